/**
 * Writes output files under temporary names, so that a file has its final name only when it is complete.
 * @module
 */

import { type FileHandle, lstat, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isError } from '../core/brands.js';
import { asyncDispose } from '../core/dispose.js';
import { partialPath, removeStalePartials } from './partial.js';
import { writeAll } from './write-all.js';

/** Maximum number of symbolic links to follow, which is the limit of the kernel. */
const maxLinks = 40;

/**
 * Converts a system error about the temporary file to an error about the path that the caller gave. Returns other
 * errors unchanged.
 */
export function errorAbout(path: string, error: unknown): Error {
  if (!isError(error)) return new Error(String(error));
  const { code, errno, syscall }: NodeJS.ErrnoException = error;
  if (code === undefined) return error;
  // To the caller, system calls that resolve the target are part of opening it.
  const message = error.message.replace(/ '.*$/s, '').replace(/, (?:realpath|lstat|readlink|stat)$/, ', open');
  return Object.assign(new Error(`${message} '${path}'`, { cause: error }), { code, errno, syscall, path });
}

/** Awaits `action`. Its system errors are converted to errors about `path`. */
export async function withErrorsAbout<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw errorAbout(path, error);
  }
}

const isMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null;
  throw error;
};

/** Returns the path at which a new file would be created. Follows symbolic links, even to files that do not exist. */
export async function resolveTarget(path: string): Promise<string> {
  let place = resolve(path);
  for (let links = 0; links <= maxLinks; links++) {
    place = join(await realpath(dirname(place)), basename(place));
    const found = await lstat(place).catch(isMissing);
    if (found?.isSymbolicLink() !== true) return place;
    place = resolve(dirname(place), await readlink(place));
  }
  throw Object.assign(new Error('ELOOP: too many symbolic links encountered, open'), { code: 'ELOOP', errno: 40 });
}

/**
 * A file that is written under a temporary name in the same directory, and renamed after it is complete. First removes
 * temporary files of killed processes that wrote the same target. Follows symbolic links and keeps them. Writes
 * directly to devices and pipes, which must not be replaced. Errors name the caller's path.
 */
export class OutputFile {
  readonly #handle: FileHandle;
  /** Path of the temporary file; null for a pipe or device. */
  readonly #temporary: string | null;
  readonly #target: string;
  /** Path as the caller gave it. */
  readonly path: string;
  #ended = false;

  private constructor(path: string, handle: FileHandle, place: string, temporary: string | null) {
    this.path = path;
    this.#handle = handle;
    this.#target = place;
    this.#temporary = temporary;
  }

  /** Creates the file. @throws the system's error; EISDIR for a directory. */
  static async create(path: string): Promise<OutputFile> {
    return await withErrorsAbout(path, OutputFile.#create(path));
  }

  static async #create(path: string): Promise<OutputFile> {
    const found = await stat(path).catch(isMissing);
    // Directories, pipes and devices are opened directly: for a directory this fails with the right error, and a device
    // must not be replaced by a file.
    if (found !== null && !found.isFile()) return new OutputFile(path, await open(path, 'w'), path, null);
    const place = await resolveTarget(path);
    await removeStalePartials(place);
    const temporary = await partialPath(place);
    const handle = await open(temporary, 'wx');
    // Keeps the permissions of the file that will be replaced.
    if (found !== null) await handle.chmod(found.mode & 0o777).catch(() => {});
    return new OutputFile(path, handle, place, temporary);
  }

  /** Appends all bytes of `chunk`. @throws the system's error if that fails; some bytes may then be in the file. */
  async write(chunk: Uint8Array | string): Promise<void> {
    await withErrorsAbout(this.path, writeAll(this.#handle, typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  }

  /** Closes the file, and renames it to its final path unless it is a pipe or device. */
  async commit(): Promise<void> {
    await withErrorsAbout(this.path, this.#handle.close());
    if (this.#temporary !== null) await withErrorsAbout(this.path, rename(this.#temporary, this.#target));
    this.#ended = true;
  }

  /** Closes and removes the temporary file, unless it was committed. */
  async [asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close().catch(() => {});
    if (this.#temporary !== null) await rm(this.#temporary, { force: true });
  }
}
