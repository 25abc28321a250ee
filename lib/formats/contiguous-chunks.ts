/**
 * Divides contiguous data whose elements are converted into chunks, so that a read converts only the chunks that it
 * needs.
 * @module
 */
import { checkpoint, stepsPerCheckpoint } from '../core/checkpoint.js';
import { product } from '../core/numbers.js';
import type { Io } from '../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLocations } from './format.js';

/** Size of a chunk in stored bytes, unless one element is longer. */
const chunkBytes = 2 ** 20;

/** Returns the shape of chunks that are contiguous in an array in C order. */
export function contiguousChunkShape(shape: readonly number[], elementBytes: number): number[] {
  const chunk = shape.map(() => 1);
  let room = Math.max(1, Math.floor(chunkBytes / elementBytes));
  for (let d = shape.length - 1; d >= 0 && room > 1; d--) {
    const size = Math.max(1, shape[d] ?? 1);
    chunk[d] = Math.min(size, room);
    // Slower dimensions have one index per chunk if this dimension is divided.
    room = size > room ? 1 : Math.floor(room / size);
  }
  return chunk;
}

/**
 * Returns the index of the chunks of contiguous data. Chunks at the upper edge are shorter.
 * @param offset offset of the data in the file.
 */
export function contiguousChunks(
  path: string,
  offset: number,
  shape: readonly number[],
  chunkShape: readonly number[],
  elementBytes: number,
): ChunkIndex {
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      let offsets = Float64Array.of(offset);
      let lengths = Float64Array.of(elementBytes);
      let stride = elementBytes * product(shape);
      for (const [d, coordinates] of box.entries()) {
        const [size, chunk] = [shape[d] ?? 1, chunkShape[d] ?? 1];
        stride /= size;
        const [before, lengthsBefore] = [offsets, lengths];
        offsets = new Float64Array(before.length * coordinates.length);
        lengths = new Float64Array(offsets.length);
        let at = 0;
        for (const [i, start] of before.entries()) {
          for (const coordinate of coordinates) {
            offsets[at] = start + coordinate * chunk * stride;
            lengths[at++] = (lengthsBefore[i] ?? 0) * Math.min(chunk, size - coordinate * chunk);
            if (at % stepsPerCheckpoint === 0) yield checkpoint;
          }
        }
      }
      return { kind: 'table', files: [path], fileIndex: null, offsets, lengths, filterMasks: null };
    },
  };
}
