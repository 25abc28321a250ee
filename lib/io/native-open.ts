/**
 * Opens files, directories and roots for reads of data. The non-blocking calls open them on the I/O lane of the addon's
 * thread pool.
 * @module
 */
import { binding, isNativeError, type NativeHandle } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { type LookupEnds, lookUp } from './native-lookup.js';

async function open(
  kind: 'share' | 'directory' | 'root',
  paths: readonly string[],
  roots: NativeHandle | null,
  ends: LookupEnds,
): Promise<NativeHandle> {
  const lookup = { kind, subject: paths, offsets: paths.map(() => 0), memory: paths.map(() => new Uint8Array(0)) };
  const { details } = await lookUp(lookup, roots, ends);
  return details as NativeHandle;
}

/**
 * Opens a file for reads of data. Calls with the same path share one descriptor while the path leads to the same file
 * in the same state (device, inode, size and times), unless `roots` are given.
 * @param roots if given, the file must be below one of these directories.
 * @throws {ReadError} if it cannot be opened. @throws {ExternalFileError} for a path outside the roots.
 * @throws {AbortError} if a signal in `ends` ends the call.
 */
export function openFile(path: string, roots: NativeHandle | null, ends: LookupEnds): Promise<NativeHandle> {
  return open('share', [path], roots, ends);
}

/**
 * Opens a directory, so that files can be opened by names relative to it. Parameters and errors are those of {@link
 * openFile}.
 */
export function openDirectory(path: string, roots: NativeHandle | null, ends: LookupEnds): Promise<NativeHandle> {
  return open('directory', [path], roots, ends);
}

/** Works like {@link openDirectory}, but on the calling thread. */
export function openDirectorySync(path: string, roots: NativeHandle | null): NativeHandle {
  const directory = binding().open_directory(path, roots);
  if (isNativeError(directory)) throw toError(directory);
  return directory;
}

/**
 * Opens root directories. Files may only be opened below them.
 * @param paths absolute paths.
 * @throws {ReadError} for a path that is not a directory. @throws {UnsupportedError} if the system does not support
 * openat2(2).
 * @throws {AbortError} if `signal` is aborted.
 */
export function openRoots(paths: readonly string[], signal: AbortSignal | undefined): Promise<NativeHandle> {
  return open('root', paths, null, { signal, closing: undefined });
}
