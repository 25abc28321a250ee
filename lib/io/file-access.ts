/**
 * Access to the files of an opened path: the backends that read its metadata, and the roots beneath which its files are
 * opened. An array or group keeps it from the opening to the last read.
 * @module
 */
import type { ExternalFiles } from '../core/external-files.js';
import type { NativeHandle } from '../native/binding.js';
import type { AsyncBackend, SyncBackend } from './backend.js';
import { createAsyncBackend, createSyncBackend, nativeAsyncBackend } from './native-backend.js';
import { openRoots } from './native-open.js';
import { nodeSyncBackend } from './node-backend.js';

/** Access to files. */
export interface FileAccess {
  /** Which files may be opened because another one names them. */
  readonly externalFiles: ExternalFiles;
  /** The open roots beneath which every file is opened; null: files are opened anywhere. */
  readonly roots: NativeHandle | null;
  readonly asyncBackend: AsyncBackend;
  readonly syncBackend: SyncBackend;
}

/**
 * Opens the access to files under a policy, and its roots if it has any.
 * @param externalFiles roots are absolute paths.
 * @throws {ReadError} for a root that is not a directory. @throws {UnsupportedError} if the system refuses openat2(2).
 * @throws {AbortError}
 */
export async function openFileAccess(
  externalFiles: ExternalFiles,
  signal: AbortSignal | undefined,
): Promise<FileAccess> {
  if (typeof externalFiles === 'string') {
    return { externalFiles, roots: null, asyncBackend: nativeAsyncBackend, syncBackend: nodeSyncBackend };
  }
  const roots = await openRoots(externalFiles.roots, signal);
  const [asyncBackend, syncBackend] = [createAsyncBackend(roots), createSyncBackend(roots)];
  return { externalFiles, roots, asyncBackend, syncBackend };
}
