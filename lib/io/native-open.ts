/**
 * Opens what reads of data use: files, directories and roots. The calls that do not block have the addon open them on
 * the I/O lane of its pool.
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
 * Opens a file for reads of data. Equal files (device, inode, size, times) share one descriptor, unless there are
 * roots.
 * @param roots beneath which the file must lie; null: anywhere.
 * @throws {ReadError} @throws {ExternalFileError} for a path outside the roots. @throws {AbortError} by `ends`.
 */
export function openFile(path: string, roots: NativeHandle | null, ends: LookupEnds): Promise<NativeHandle> {
  return open('share', [path], roots, ends);
}

/** Opens a directory for names relative to it; parameters and errors as for {@link openFile}. */
export function openDirectory(path: string, roots: NativeHandle | null, ends: LookupEnds): Promise<NativeHandle> {
  return open('directory', [path], roots, ends);
}

/** As {@link openDirectory}, on the calling thread. */
export function openDirectorySync(path: string, roots: NativeHandle | null): NativeHandle {
  const directory = binding().open_directory(path, roots);
  if (isNativeError(directory)) throw toError(directory);
  return directory;
}

/**
 * Opens the directories beneath which files may be opened.
 * @param paths absolute.
 * @throws {ReadError} for a path that is not a directory. @throws {UnsupportedError} if the system refuses openat2(2).
 * @throws {AbortError}
 */
export function openRoots(paths: readonly string[], signal: AbortSignal | undefined): Promise<NativeHandle> {
  return open('root', paths, null, { signal, closing: undefined });
}
