/**
 * Output files that are either complete or not there.
 * @module
 */

import { type FileHandle, lstat, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isError } from '../core/brands.js';
import { partialPath, removeStalePartials } from './partial.js';
import { writeAll } from './write-all.js';

/** Links behind links that are followed, as many as the kernel follows. */
const mostLinks = 40;

/** An error of the system about the file that the caller named, and not about the name that it has until it is complete. */
export function errorAbout(path: string, error: unknown): Error {
  if (!isError(error)) return new Error(String(error));
  const { code, errno, syscall }: NodeJS.ErrnoException = error;
  if (code === undefined) return error;
  // What is asked on the way to its place is part of opening it.
  const said = error.message.replace(/ '.*$/s, '').replace(/, (?:realpath|lstat|readlink|stat)$/, ', open');
  return Object.assign(new Error(`${said} '${path}'`, { cause: error }), { code, errno, syscall, path });
}

/** What `action` gives; an error of the system that it fails with is one about `path`. */
export async function naming<T>(path: string, action: Promise<T>): Promise<T> {
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

/** Where a file that is made at `path` comes to lie: links are followed, also those that lead to what is not there yet. */
async function placeOf(path: string): Promise<string> {
  let place = resolve(path);
  for (let links = 0; links <= mostLinks; links++) {
    place = join(await realpath(dirname(place)), basename(place));
    const found = await lstat(place).catch(isMissing);
    if (found?.isSymbolicLink() !== true) return place;
    place = resolve(dirname(place), await readlink(place));
  }
  throw Object.assign(new Error('ELOOP: too many symbolic links encountered, open'), { code: 'ELOOP', errno: 40 });
}

/**
 * A file that is written under another name in the same directory, and moved to its place when it is complete. What killed
 * writers of the same target left is removed first. Links are followed and
 * stay; devices and pipes are written to directly, and are never replaced. Errors name the path that was asked for.
 */
export class OutputFile {
  readonly #handle: FileHandle;
  /** null for a pipe or device: what is written to it is gone at once. */
  readonly #temporary: string | null;
  readonly #place: string;
  /** As the caller gave it. */
  readonly path: string;
  #ended = false;

  private constructor(path: string, handle: FileHandle, place: string, temporary: string | null) {
    this.path = path;
    this.#handle = handle;
    this.#place = place;
    this.#temporary = temporary;
  }

  /** @throws the system's errors; EISDIR for a directory. */
  static async create(path: string): Promise<OutputFile> {
    return await naming(path, OutputFile.#create(path));
  }

  static async #create(path: string): Promise<OutputFile> {
    const found = await stat(path).catch(isMissing);
    // Opening a directory fails with the right words; a device must not be replaced by a file.
    if (found !== null && !found.isFile()) return new OutputFile(path, await open(path, 'w'), path, null);
    const place = await placeOf(path);
    await removeStalePartials(place);
    const temporary = await partialPath(place);
    const handle = await open(temporary, 'wx');
    // A file that is replaced keeps its permissions.
    if (found !== null) await handle.chmod(found.mode & 0o777).catch(() => {});
    return new OutputFile(path, handle, place, temporary);
  }

  /** Appends; all of it, or an error. */
  async write(chunk: Uint8Array | string): Promise<void> {
    await naming(this.path, writeAll(this.#handle, typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  }

  /** The file is complete: moves it to its place. */
  async commit(): Promise<void> {
    await naming(this.path, this.#handle.close());
    if (this.#temporary !== null) await naming(this.path, rename(this.#temporary, this.#place));
    this.#ended = true;
  }

  /** Takes away what was written, unless it was committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close().catch(() => {});
    if (this.#temporary !== null) await rm(this.#temporary, { force: true });
  }
}
