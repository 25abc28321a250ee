/**
 * Projects a list of indices on a grid, in linear time and in time slices.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { firstNumbers, type Sorted, sortKeys } from './order.js';
import { type AxisProjection, emptyProjection, type GridAxis, segmentWord, segmentWords } from './segments.js';

/** A list of indices, which may be unordered and contain repeats. */
export interface IndexList {
  readonly indices: Float64Array;
  /** Lower and upper bound of the indices. Infinite if they are not known. */
  readonly low: number;
  readonly high: number;
}

/** Projects a list. The projection may refer to its indices, so do not change them. */
export function* projectList(list: IndexList, grid: GridAxis): Sliced<AxisProjection> {
  const sorted = yield* sortInside(list, grid);
  const n = sorted.keys.length;
  if (n === 0) return emptyProjection;
  const { starts, from } = isInFirstChunk(list, grid)
    ? { starts: Uint32Array.of(0, n), from: toFloat64(sorted.keys) }
    : yield* cutIntoChunks(sorted.keys, grid);
  const count = starts.length - 1;
  const segments = new Float64Array(count * segmentWords);
  let largest = 0;
  let distance = 0;
  for (let s = 0; s < count; ) {
    const stop = Math.min(count, s + stepsPerCheckpoint);
    for (; s < stop; s++) {
      const begin = starts[s] ?? 0;
      const taken = (starts[s + 1] ?? 0) - begin;
      const low = from[begin] ?? 0;
      const w = s * segmentWords;
      segments[w + segmentWord.chunk] = Math.floor(((sorted.keys[begin] ?? 0) - grid.origin) / grid.chunkSize);
      segments[w + segmentWord.from] = low;
      segments[w + segmentWord.step] = 1;
      segments[w + segmentWord.count] = taken;
      segments[w + segmentWord.out] = sorted.positions[begin] ?? 0;
      segments[w + segmentWord.list] = taken === 1 ? -1 : begin;
      if (taken <= largest) continue;
      largest = taken;
      distance = taken < 2 ? 0 : ((from[begin + taken - 1] ?? 0) - low) / (taken - 1);
    }
    if (s < count) yield checkpoint;
  }
  return { count, segments, lists: { from, out: sorted.positions }, elements: n, largest, distance };
}

function toFloat64(keys: Sorted['keys']): Float64Array {
  return typedArrayName(keys) === 'Float64Array' ? (keys as Float64Array) : new Float64Array(keys);
}

/** True if the index of each element is also its position in the first chunk. Lists of one large chunk are frequent. */
function isInFirstChunk({ low, high }: IndexList, { start, origin, chunkSize }: GridAxis): boolean {
  return origin === 0 && start <= low && high < chunkSize;
}

/** Returns the indices inside the grid's region in ascending order, each with its position in the list. */
function* sortInside({ indices, low, high }: IndexList, { start, stop }: GridAxis): Sliced<Sorted> {
  const n = indices.length;
  if (low >= start && high < stop) return yield* sortKeys(indices, yield* firstNumbers(n));
  let inside = 0;
  for (let i = 0; i < n; ) {
    const end = Math.min(n, i + stepsPerCheckpoint);
    for (; i < end; i++) {
      const index = indices[i] ?? 0;
      if (index >= start && index < stop) inside += 1;
    }
    if (i < n) yield checkpoint;
  }
  if (inside === n) return yield* sortKeys(indices);
  const keys = new Float64Array(inside);
  const positions = new Uint32Array(inside);
  let at = 0;
  for (let i = 0; i < n; ) {
    const end = Math.min(n, i + stepsPerCheckpoint);
    for (; i < end; i++) {
      const index = indices[i] ?? 0;
      if (index < start || index >= stop) continue;
      keys[at] = index;
      positions[at++] = i;
    }
    if (i < n) yield checkpoint;
  }
  return yield* sortKeys(keys, positions);
}

/** Array indices, split by the chunks that contain them. */
interface CutIndices {
  /** For each chunk, the position of its first index in the sorted indices; then their number. */
  readonly starts: Uint32Array;
  /** Position of each index in its chunk. */
  readonly from: Float64Array;
}

/** Splits sorted array indices by the chunks that contain them. @param keys array indices, ascending. */
function* cutIntoChunks(keys: Sorted['keys'], { origin, chunkSize }: GridAxis): Sliced<CutIndices> {
  const n = keys.length;
  const from = new Float64Array(n);
  const starts = new Uint32Array(n + 1);
  let count = 0;
  let low = 0;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; ) {
    const stop = Math.min(n, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const key = keys[i] ?? 0;
      if (key >= high) {
        low = origin + Math.floor((key - origin) / chunkSize) * chunkSize;
        high = low + chunkSize;
        starts[count++] = i;
      }
      from[i] = key - low;
    }
    if (i < n) yield checkpoint;
  }
  starts[count] = n;
  return { starts: starts.subarray(0, count + 1), from };
}
