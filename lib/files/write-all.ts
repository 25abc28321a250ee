/**
 * Writes that are whole: one call of the system may take less than it was given.
 * @module
 */

/** A file as far as it is written to; `FileHandle` of node:fs/promises is one. */
export interface Writable {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
}

/** Bytes that one call is given at most. */
const mostBytes = 2 ** 30;

/**
 * Appends all of `bytes` to `file`.
 * @throws what `write` throws; an error with the code `EIO` when it takes nothing.
 */
export async function writeAll(file: Writable, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, mostBytes));
    if (bytesWritten <= 0) throw Object.assign(new Error('EIO: nothing was taken, write'), { code: 'EIO', errno: 5 });
    done += bytesWritten;
  }
}
