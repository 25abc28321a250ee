/**
 * Groups whole chunks that are neighbours in a file, so that many small chunks need few reads.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { Coalescing } from './extent-shape.js';
import type { TableLocations } from './locations.js';
import { sortKeys } from './order.js';

/** Total size of the chunks from which on there are enough extents for all threads, even if large chunks are joined. */
const manyBytes = 8 * 1024 * 1024;
/** Size of a chunk from which on joining it with its neighbours saves little time. */
const largeChunkBytes = 64 * 1024;

/** Chunks in reading order, and the extents in which neighbours are read together. */
export interface ChunkExtents {
  /** Indices of the table's entries, ordered by file and offset. Absent chunks come last, each in a separate extent. */
  readonly order: Uint32Array;
  /** Extent `e` contains `order[starts[e]] .. order[starts[e + 1] - 1]`. There is one more entry than extents. */
  readonly starts: Uint32Array;
}

/**
 * Coalesces neighbouring chunks. One thread decodes all chunks of an extent, so if there are few bytes in total, large
 * chunks stay separate and several threads decode them. Returns null if no two chunks can be read together and the
 * table is already in file order. Chunks that overlap in the file (deduplicated storage) may share an extent.
 */
export function* coalesceChunks(table: TableLocations, coalescing: Coalescing): Sliced<ChunkExtents | null> {
  const { offsets, lengths, fileIndex } = table;
  const n = offsets.length;
  const isInOrder = yield* isInFileOrder(table);
  const order = yield* fileOrder(table);
  const joinsLarge = yield* hasManyBytes(lengths);
  const starts = new Uint32Array(n + 1);
  let extents = 0;
  let begin = 0;
  let end = 0;
  let file = -1;
  for (let k = 0; k < n; ) {
    const slice = Math.min(n, k + stepsPerCheckpoint);
    for (; k < slice; k++) {
      const i = order[k] ?? 0;
      const offset = offsets[i] ?? -1;
      const length = lengths[i] ?? 0;
      const stop = offset + length;
      const chunkFile = offset < 0 ? -1 : (fileIndex?.[i] ?? 0);
      const joins =
        k > 0 &&
        offset >= 0 &&
        chunkFile === file &&
        (joinsLarge || length < largeChunkBytes) &&
        offset - end <= coalescing.gapBytes &&
        Math.max(stop, end) - begin <= coalescing.maxBytes;
      if (!joins) {
        starts[extents++] = k;
        begin = offset;
        end = stop;
        file = chunkFile;
      } else if (stop > end) {
        end = stop;
      }
    }
    if (k < n) yield checkpoint;
  }
  starts[extents] = n;
  if (extents === n && isInOrder) return null;
  return { order, starts: starts.subarray(0, extents + 1) };
}

/** True if the chunks have {@link manyBytes} in total. Stops adding once they do. */
function* hasManyBytes(lengths: Float64Array): Sliced<boolean> {
  let total = 0;
  for (let i = 0; i < lengths.length; ) {
    const stop = Math.min(lengths.length, i + stepsPerCheckpoint);
    for (; i < stop; i++) total += lengths[i] ?? 0;
    if (total >= manyBytes) return true;
    if (i < lengths.length) yield checkpoint;
  }
  return false;
}

function* isInFileOrder({ offsets, fileIndex }: TableLocations): Sliced<boolean> {
  const n = offsets.length;
  for (let i = 1; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const before = fileIndex?.[i - 1] ?? 0;
      const file = fileIndex?.[i] ?? 0;
      if (file < before || (file === before && (offsets[i] ?? 0) < (offsets[i - 1] ?? 0))) return false;
    }
    if (i < n) yield checkpoint;
  }
  return true;
}

/** Returns the table entries ordered by file, then offset. Absent chunks come last, in table order. */
function* fileOrder({ offsets, fileIndex }: TableLocations): Sliced<Uint32Array> {
  const n = offsets.length;
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  let absent = 0;
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const offset = offsets[i] ?? -1;
      if (offset < 0) absent += 1;
      else {
        least = Math.min(least, offset);
        greatest = Math.max(greatest, offset);
      }
    }
    if (i < n) yield checkpoint;
  }
  // A smaller key range needs fewer passes of the radix sort.
  const last = absent === n ? 0 : greatest - least + 1;
  const keys = last < 2 ** 32 ? new Uint32Array(n) : new Float64Array(n);
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const offset = offsets[i] ?? -1;
      keys[i] = offset < 0 ? last : offset - least;
    }
    if (i < n) yield checkpoint;
  }
  const { positions } = yield* sortKeys(keys);
  return fileIndex === null ? positions : yield* byFile(positions, offsets, fileIndex);
}

/**
 * Sorts entries by file. They must already be ordered by offset. The sort is stable, so this order remains within a
 * file.
 */
function* byFile(positions: Uint32Array, offsets: Float64Array, fileIndex: Uint32Array): Sliced<Uint32Array> {
  const n = positions.length;
  const files = new Float64Array(n);
  for (let k = 0; k < n; ) {
    const stop = Math.min(n, k + stepsPerCheckpoint);
    for (; k < stop; k++) {
      const i = positions[k] ?? 0;
      files[k] = (offsets[i] ?? -1) < 0 ? 2 ** 32 : (fileIndex[i] ?? 0);
    }
    if (k < n) yield checkpoint;
  }
  return (yield* sortKeys(files, positions)).positions;
}
