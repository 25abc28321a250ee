/**
 * Locates the data of contiguous datasets. The whole array is one chunk without codecs, so any part of it can be read.
 * @module
 */
import { ready } from '../../../io/io.js';
import { onePlace } from '../../../plan/locations.js';
import type { ChunkIndex, ChunkLocations } from '../../format.js';

/**
 * Returns the chunk index of a contiguous dataset, which is one chunk.
 * @param offset file offset of the chunk; null if it was never allocated.
 */
export function contiguousIndex(path: string, offset: number | null, length: number): ChunkIndex {
  const locations: ChunkLocations = offset === null ? { kind: 'absent' } : onePlace(path, offset, length);
  return { locate: () => ready(() => locations) };
}
