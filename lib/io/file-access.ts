/**
 * How the files of an opened path are reached: by which backends its metadata is read, and beneath which roots its files are
 * opened. Travels with the array or group from the opening to the last read.
 * @module
 */
import type { ExternalFiles } from '../core/external-files.js';
import { binding, isNativeError, type NativeHandle } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import type { AsyncBackend, SyncBackend } from './backend.js';
import { createAsyncBackend, createSyncBackend, nativeAsyncBackend } from './native-backend.js';
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
 * Access under a policy. Opens the roots, if there are any, on the calling thread.
 * @param externalFiles roots are absolute paths.
 * @throws {ReadError} for a root that is not a directory. @throws {UnsupportedError} if the system refuses openat2(2).
 */
export function openFileAccess(externalFiles: ExternalFiles): FileAccess {
  if (typeof externalFiles === 'string') {
    return { externalFiles, roots: null, asyncBackend: nativeAsyncBackend, syncBackend: nodeSyncBackend };
  }
  const roots = binding().open_roots(externalFiles.roots);
  if (isNativeError(roots)) throw toError(roots);
  const [asyncBackend, syncBackend] = [createAsyncBackend(roots), createSyncBackend(roots)];
  return { externalFiles, roots, asyncBackend, syncBackend };
}
