/**
 * Reads points of arrays that consist of other arrays.
 * @module
 */
import { onAbort, throwIfAborted } from '../core/abort.js';
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { dtypeInfo, isComplex, type TypedArray } from '../core/dtype.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import { createOutput } from '../plan/output.js';
import type { Points } from '../plan/points.js';
import { type JoinedArrays, sourceOf } from './joined-parts.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import { PointSelection } from './point-selection.js';
import { type AnyResult, createResult, type ReadResult } from './read-result.js';
import type { ReadableArray } from './readable-array.js';
import { allocateResult } from './result-memory.js';
import { sumProgress } from './stream.js';

/** Points that one source supplies. */
interface PointsOfSource {
  /** Positions of the points in the result. */
  readonly positions: Uint32Array;
  readonly lists: readonly Float64Array[];
}

/** Reads `points` of joined arrays: the points of each source with one call. */
export async function readJoinedPoints(
  joined: JoinedArrays,
  points: Points,
  options: AsyncReadOptions = {},
): Promise<ReadResult> {
  const { onProgress, signal, ...common } = options;
  throwIfAborted(signal);
  const { sources } = joined;
  const parts = await runInSlices(splitPoints(joined, points), signal);
  const slab = [{ kind: 'range', start: 0, step: 1, count: points.count, dropped: false }] as const;
  const progress = sumProgress([slab], dtypeInfo(sources[0]?.dtype ?? 'uint8').size, onProgress);
  const controller = new AbortController();
  const unwatch = onAbort(signal, () => controller.abort(signal?.reason));
  const reading = parts.map(async ({ positions, lists }, s): Promise<AnyResult | null> => {
    // Always reads from the first source, even if it supplies no element, because its result determines the type.
    if (positions.length === 0 && s > 0) return null;
    const reported = progress?.();
    const watch = { signal: controller.signal, ...(reported === undefined ? {} : { onProgress: reported }) };
    const selection = new PointSelection(lists) as unknown as AnySelection;
    const source = sources[s] as ReadableArray;
    return (await source.read(selection, { ...common, coordinates: 'positions', ...watch } as object)) as AnyResult;
  });
  const results = await allOrAbort(reading, controller).finally(unwatch);
  const dtype = results[0]?.dtype ?? 'uint8';
  const out = dtypeInfo(dtype);
  const memory = allocateResult({ out, elements: points.count, isMasked: options.mask === true });
  try {
    const { data, mask } = memory;
    for (const [s, result] of results.entries()) {
      const positions = parts[s]?.positions;
      if (result === null || positions === undefined) continue;
      await runInSlices(scatter(result.data, data, positions, isComplex(dtype) ? 2 : 1), signal);
      if (mask !== null && result.mask !== null) await runInSlices(scatter(result.mask, mask, positions, 1), signal);
      result.release();
    }
    const sum = sumStats(results.flatMap((result) => (result === null ? [] : [result.stats])));
    const stats = { ...sum, bytesRecycled: memory.recycledBytes };
    return createResult({ data, mask, dtype, stats, isOwned: true }, [createOutput(slab, 0, 0)]) as ReadResult;
  } finally {
    memory.begun();
  }
}

/** Waits for all reads. If one fails, aborts the others and throws its error when all have ended. */
export async function allOrAbort<T>(reading: readonly Promise<T>[], controller: AbortController): Promise<T[]> {
  try {
    return await Promise.all(reading);
  } catch (error) {
    controller.abort();
    await Promise.allSettled(reading);
    throw error;
  }
}

function* splitPoints({ sources, starts, axis, kind }: JoinedArrays, points: Points): Sliced<PointsOfSource[]> {
  const along = points.lists[axis] ?? new Float64Array(0);
  const owners = new Uint32Array(points.count);
  const counts = sources.map(() => 0);
  for (let i = 0; i < points.count; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const s = sourceOf(along[i] ?? 0, starts);
    owners[i] = s;
    counts[s] = (counts[s] ?? 0) + 1;
  }
  const kept = kind === 'stack' ? points.lists.toSpliced(axis, 1) : points.lists;
  const parts = counts.map((count) => ({
    positions: new Uint32Array(count),
    lists: kept.map(() => new Float64Array(count)),
  }));
  const filled = sources.map(() => 0);
  for (let i = 0; i < points.count; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const s = owners[i] ?? 0;
    const part = parts[s] as (typeof parts)[number];
    const at = filled[s] ?? 0;
    filled[s] = at + 1;
    part.positions[at] = i;
    const start = starts[s] ?? 0;
    for (let d = 0; d < kept.length; d++) {
      const index = (kept[d] as Float64Array)[i] ?? 0;
      (part.lists[d] as Float64Array)[at] = kind === 'concat' && d === axis ? index - start : index;
    }
  }
  return parts;
}

/**
 * Copies element i of `from` to position `positions[i]` of `to`. A source without dimensions has only one element,
 * which is copied to all positions.
 */
function* scatter(from: TypedArray, to: TypedArray, positions: Uint32Array, entries: number): Sliced<void> {
  for (let i = 0; i < positions.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const at = (positions[i] ?? 0) * entries;
    const element = from.length === entries ? 0 : i * entries;
    for (let e = 0; e < entries; e++) to[at + e] = from[element + e] as never;
  }
}
