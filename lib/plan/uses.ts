/**
 * Inverts projections: finds the distinct chunks of many boxes, and the boxes that need each of them. Linear in the
 * number of chunks of all boxes, and in time slices.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { sortKeys } from './order.js';
import type { ChunkUses, Projection } from './read-plan.js';
import { type AxisProjection, chunkAt, countChunks, findSegments } from './segments.js';

/**
 * Finds the distinct chunks of `projections`, in row-major order of their coordinates, and the uses of each.
 * @param projections projections of the same grid; together they have at most 2^32 chunks.
 */
export function* invertProjections(projections: readonly Projection[]): Sliced<ChunkUses> {
  const uses = yield* listUses(projections);
  const keys: Float64Array[] = [];
  let order: Uint32Array | undefined;
  // The sort is stable, so sorting by the keys from the least to the most significant one sorts by all of them.
  for (const strides of yield* keyStrides(projections)) {
    const key = yield* computeKeys(projections, strides, uses.total);
    keys.push(key);
    const sorted = order === undefined ? key : yield* permute(key, order);
    order = (yield* sortKeys(sorted, order)).positions;
  }
  return yield* groupUses(uses, keys, order ?? new Uint32Array(0));
}

/** All pairs of a projection and one of its chunks, one projection after the other. */
interface Uses {
  readonly total: number;
  /** Index of the projection of each use. */
  readonly projection: Uint32Array;
  /** Index of the chunk in its projection. */
  readonly index: Uint32Array;
}

function* listUses(projections: readonly Projection[]): Sliced<Uses> {
  let total = 0;
  for (const projection of projections) total += countChunks(projection.axes);
  const projection = new Uint32Array(total);
  const index = new Uint32Array(total);
  let at = 0;
  for (const [p, of] of projections.entries()) {
    const chunks = countChunks(of.axes);
    for (let i = 0; i < chunks; i++) {
      projection[at] = p;
      index[at++] = i;
      if (at % stepsPerCheckpoint === 0) yield checkpoint;
    }
  }
  return { total, projection, index };
}

/**
 * Contribution of one dimension to a sort key: `(coordinate - low) * stride`. `low` is the lowest chunk coordinate. If
 * the stride is 0, the key does not contain the dimension.
 */
interface KeyStride {
  readonly low: number;
  readonly stride: number;
}

/**
 * Divides the dimensions among keys below 2^53, least significant first. One key is enough unless the grid region that
 * contains all boxes has 2^53 or more chunks.
 */
function* keyStrides(projections: readonly Projection[]): Sliced<KeyStride[][]> {
  const rank = projections[0]?.axes.length ?? 0;
  const lows = new Array<number>(rank).fill(Number.POSITIVE_INFINITY);
  const highs = new Array<number>(rank).fill(0);
  for (const [p, { axes }] of projections.entries()) {
    if (p % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    for (const [d, axis] of axes.entries()) {
      // Segments are in ascending order of their chunks.
      lows[d] = Math.min(lows[d] ?? 0, chunkAt(axis, 0));
      highs[d] = Math.max(highs[d] ?? 0, chunkAt(axis, axis.count - 1));
    }
  }
  const unused = (): KeyStride[] => lows.map((low) => ({ low, stride: 0 }));
  let key = unused();
  const keys = [key];
  let stride = 1;
  for (let d = rank - 1; d >= 0; d--) {
    const low = lows[d] ?? 0;
    const span = (highs[d] ?? 0) - low + 1;
    if (stride * span > Number.MAX_SAFE_INTEGER) {
      key = unused();
      keys.push(key);
      stride = 1;
    }
    key[d] = { low, stride };
    stride *= span;
  }
  return keys;
}

function* computeKeys(
  projections: readonly Projection[],
  strides: readonly KeyStride[],
  total: number,
): Sliced<Float64Array> {
  const keys = new Float64Array(total);
  let at = 0;
  const segments: number[] = [];
  for (const { axes } of projections) {
    const chunks = countChunks(axes);
    for (let i = 0; i < chunks; i++) {
      findSegments(axes, i, segments);
      let key = 0;
      for (let d = 0; d < axes.length; d++) {
        const { low, stride } = strides[d] as KeyStride;
        key += (chunkAt(axes[d] as AxisProjection, segments[d] ?? 0) - low) * stride;
      }
      keys[at++] = key;
      if (at % stepsPerCheckpoint === 0) yield checkpoint;
    }
  }
  return keys;
}

function* permute(keys: Float64Array, order: Uint32Array): Sliced<Float64Array> {
  const permuted = new Float64Array(keys.length);
  for (let i = 0; i < order.length; ) {
    const stop = Math.min(order.length, i + stepsPerCheckpoint);
    for (; i < stop; i++) permuted[i] = keys[order[i] ?? 0] ?? 0;
    if (i < order.length) yield checkpoint;
  }
  return permuted;
}

/** Groups sorted uses by chunk. */
function* groupUses(uses: Uses, keys: readonly Float64Array[], order: Uint32Array): Sliced<ChunkUses> {
  const { total, projection, index } = uses;
  const starts = new Uint32Array(total + 1);
  const entries = new Uint32Array(2 * total);
  let chunks = 0;
  let before = -1;
  for (let i = 0; i < total; ) {
    const stop = Math.min(total, i + stepsPerCheckpoint);
    for (; i < stop; i++) {
      const use = order[i] ?? 0;
      if (before < 0 || keys.some((key) => key[use] !== key[before])) starts[chunks++] = i;
      entries[2 * i] = projection[use] ?? 0;
      entries[2 * i + 1] = index[use] ?? 0;
      before = use;
    }
    if (i < total) yield checkpoint;
  }
  starts[chunks] = total;
  return { starts: starts.subarray(0, chunks + 1), entries };
}
