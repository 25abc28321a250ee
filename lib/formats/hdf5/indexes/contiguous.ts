/**
 * Datasets in one run of bytes: the whole array is one plain chunk, of which any part can be read.
 * @module
 */
import { ready } from '../../../io/io.js';
import { onePlace } from '../../../plan/locations.js';
import type { ChunkIndex, ChunkLocations } from '../../format.js';

/**
 * The index of the only chunk.
 * @param offset where it starts in the file; null when it was never allocated.
 */
export function contiguousIndex(path: string, offset: number | null, length: number): ChunkIndex {
  const locations: ChunkLocations = offset === null ? { kind: 'absent' } : onePlace(path, offset, length);
  return { locate: () => ready(() => locations) };
}
