/**
 * Defines limits for all formats. Larger input is refused with an error that names the limit, before memory is
 * allocated for it.
 * @module
 */
import { UnsupportedError } from './errors.js';
import { maxEncodedChunkBytes } from './generated/limits.js';

export { maxEncodedChunkBytes, maxRank } from './generated/limits.js';

/**
 * Maximum size of an uncompressed chunk in bytes. With this limit, the end of a chunk whose offset is at most 2^52 is
 * at most 2^53, and a double represents it exactly.
 */
export const maxPlainChunkBytes = 2 ** 52;

/** Maximum number of chunks of one read. This limits the memory that chunk locations take. */
export const maxChunksOfRead = 2 ** 26;

/** Throws if `count` chunks are too many for one read. @throws {UnsupportedError} */
export function checkChunkCount(count: number, path: string): void {
  if (count > maxChunksOfRead)
    throw new UnsupportedError(
      `a selection of ${count} chunks`,
      path,
      `Read at most ${maxChunksOfRead} chunks at a time`,
    );
}

/**
 * Checks the size of the chunks of a format.
 * @param bytes size of a decoded chunk; may be inexact if it exceeds every limit.
 * @param what name of the chunks, such as `Zarr chunks`.
 * @throws {UnsupportedError} if they are too large.
 */
export function checkChunkBytes(bytes: number, storage: 'encoded' | 'plain', what: string, path: string): void {
  const limit = storage === 'encoded' ? maxEncodedChunkBytes : maxPlainChunkBytes;
  if (!(bytes <= limit)) throw new UnsupportedError(`${what} of ${bytes} bytes`, path, `The maximum is ${limit} bytes`);
}
