/**
 * Output files that are either complete or not there.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A file that is written under another name beside its place, and moved there when it is complete. */
export class PartialFile {
  readonly #handle: FileHandle;
  /** null for a pipe or device: what is written to it is gone at once. */
  readonly #temporary: string | null;
  readonly path: string;
  #ended = false;

  private constructor(handle: FileHandle, temporary: string | null, path: string) {
    this.#handle = handle;
    this.#temporary = temporary;
    this.path = path;
  }

  /** @throws the system's errors; EISDIR for a directory. */
  static async create(path: string): Promise<PartialFile> {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    // Opening a directory fails with the right words; a device must not be replaced by a file.
    if (found !== null && !found.isFile()) return new PartialFile(await open(path, 'w'), null, path);
    const place = found === null ? path : await realpath(path);
    const temporary = join(dirname(place), `.${basename(place)}.${randomBytes(4).toString('hex')}.partial`);
    const handle = await open(temporary, 'wx');
    const file = new PartialFile(handle, temporary, place);
    // A file that is replaced keeps its permissions.
    if (found !== null) await handle.chmod(found.mode & 0o777).catch(() => {});
    return file;
  }

  /** Appends; all of it, or an error. */
  async write(chunk: Uint8Array | string): Promise<void> {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, at, Math.min(bytes.length - at, 1 << 30));
      at += bytesWritten;
    }
  }

  /** The file is complete: moves it to its place. */
  async commit(): Promise<void> {
    await this.#handle.close();
    if (this.#temporary !== null) await rename(this.#temporary, this.path);
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
