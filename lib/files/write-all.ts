/**
 * Writes all bytes of a buffer. A single write call may write fewer.
 * @module
 */

/** Part of `FileHandle` (node:fs/promises) that this module needs. */
export interface Writable {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
}

/** Maximum number of bytes per write call. */
const maxBytesPerCall = 2 ** 30;

/**
 * Appends all of `bytes` to `file`.
 * @throws any error of `write`, and an error with the code `EIO` if `write` writes nothing.
 */
export async function writeAll(file: Writable, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, maxBytesPerCall));
    if (bytesWritten <= 0)
      throw Object.assign(new Error('EIO: no bytes were written, write'), { code: 'EIO', errno: 5 });
    done += bytesWritten;
  }
}
