/**
 * Limits that hold for every format. What is beyond them is refused by name before anything is allocated.
 * @module
 */
import { UnsupportedError } from './errors.js';
import { maxEncodedChunkBytes } from './generated/limits.js';

export { maxEncodedChunkBytes, maxRank } from './generated/limits.js';

/** The most bytes of a plain chunk: so that its place in a file, up to the same, ends below 2^53. */
export const maxPlainChunkBytes = 2 ** 52;

/** The most chunks of one read: what says where they lie is memory too. */
export const maxChunksOfRead = 2 ** 26;

/** @throws {UnsupportedError} when `count` chunks are too many for one read. */
export function checkChunkCount(count: number, path: string): void {
  if (count > maxChunksOfRead)
    throw new UnsupportedError(`a box of ${count} chunks`, path, `Read at most ${maxChunksOfRead} at once`);
}

/**
 * Checks the size of the chunks of a format.
 * @param bytes of a decoded chunk; inexact where it is beyond every limit.
 * @param what the chunks' name, such as `Zarr chunks`.
 * @throws {UnsupportedError} when they are too large.
 */
export function checkChunkBytes(bytes: number, storage: 'encoded' | 'plain', what: string, path: string): void {
  const most = storage === 'encoded' ? maxEncodedChunkBytes : maxPlainChunkBytes;
  if (!(bytes <= most)) throw new UnsupportedError(`${what} of ${bytes} bytes`, path, `At most ${most} are read`);
}
