/**
 * Prepares access to the files of a path: creates the backends that read its metadata, and opens the root directories
 * to which its files are restricted. An array or group keeps the result until its last read.
 * @module
 */
import type { ExternalFiles } from '../core/external-files.js';
import type { NativeHandle } from '../native/binding.js';
import type { AsyncBackend, SyncBackend } from './backend.js';
import { createAsyncBackend, createSyncBackend, nativeAsyncBackend } from './native-backend.js';
import { openRoots } from './native-open.js';
import { nodeSyncBackend } from './node-backend.js';

/** Access to the files of an opened path. */
export interface FileAccess {
  /** Policy for files that are named by other files. */
  readonly externalFiles: ExternalFiles;
  /** Open root directories. Every opened file must be below one of them; null means that files may be anywhere. */
  readonly roots: NativeHandle | null;
  readonly asyncBackend: AsyncBackend;
  readonly syncBackend: SyncBackend;
}

/**
 * Prepares access to files under a policy. Opens the root directories of the policy, if it has any.
 * @param externalFiles policy. Its roots must be absolute paths.
 * @throws {ReadError} if a root cannot be opened as a directory. @throws {UnsupportedError} if the system does not
 * support openat2(2).
 * @throws {AbortError} if `signal` is aborted.
 */
export async function openFileAccess(
  externalFiles: ExternalFiles,
  signal: AbortSignal | undefined,
): Promise<FileAccess> {
  const roots = typeof externalFiles === 'string' ? null : await openRoots(externalFiles.roots, signal);
  return accessWithin(externalFiles, roots);
}

/**
 * Prepares access to files under a policy whose root directories are already open.
 * @param roots the root directories; null if the policy has none.
 */
export function accessWithin(externalFiles: ExternalFiles, roots: NativeHandle | null): FileAccess {
  if (roots === null) return { externalFiles, roots, asyncBackend: nativeAsyncBackend, syncBackend: nodeSyncBackend };
  const [asyncBackend, syncBackend] = [createAsyncBackend(roots), createSyncBackend(roots)];
  return { externalFiles, roots, asyncBackend, syncBackend };
}
