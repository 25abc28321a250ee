/**
 * Datasets in one run of bytes: the whole array is one plain chunk, of which any part can be read.
 * @module
 */
import type { Io } from '../../../io/io.js';
import type { ChunkIndex, ChunkLocations } from '../../format.js';

/**
 * The index of the only chunk.
 * @param offset where it starts in the file; null when it was never allocated.
 */
export function contiguousIndex(path: string, offset: number | null, length: number): ChunkIndex {
  return {
    // biome-ignore lint/correctness/useYield: the place is known
    *locate(): Io<ChunkLocations> {
      if (offset === null) return { kind: 'absent' };
      return {
        kind: 'table',
        files: [path],
        fileIndex: null,
        offsets: Float64Array.of(offset),
        lengths: Float64Array.of(length),
        filterMasks: null,
      };
    },
  };
}
