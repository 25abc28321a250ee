/**
 * Projects a list of indices on a grid, in linear time and in time slices.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type Sorted, sortKeys } from './order.js';
import { type AxisProjection, emptyProjection, type GridAxis, segmentWord, segmentWords } from './segments.js';

/** Projects `indices`, which may be unordered and contain repeats. */
export function* projectList(indices: Float64Array, grid: GridAxis): Sliced<AxisProjection> {
  const sorted = yield* sortInside(indices, grid);
  const n = sorted.keys.length;
  if (n === 0) return emptyProjection;
  const from = new Float64Array(n);
  const starts = yield* cutIntoChunks(sorted.keys, grid, from);
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

/** Returns the indices inside the grid's region in ascending order, each with its position in the list. */
function* sortInside(indices: Float64Array, { start, stop }: GridAxis): Sliced<Sorted> {
  const n = indices.length;
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

/**
 * Splits sorted array indices by the chunks that contain them. Writes the position of each index in its chunk to
 * `from`.
 * @param keys array indices, ascending.
 * @returns for each chunk, the position of its first index in `keys`; then the number of keys.
 */
function* cutIntoChunks(
  keys: Sorted['keys'],
  { origin, chunkSize }: GridAxis,
  from: Float64Array,
): Sliced<Uint32Array> {
  const n = keys.length;
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
  return starts.subarray(0, count + 1);
}
