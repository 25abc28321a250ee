/**
 * Adds cached elements to the state of a reduction directly from the file, without storing them.
 * @module
 */
import { product } from '../core/numbers.js';
import type { ReduceStates } from '../exec/reduce-states.js';
import { type ReadStats, toReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { encodePlan, needsSlices } from '../exec/wire.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import type { OpenedArray } from './reading.js';
import type { ReadRequest } from './request.js';
import { resolveOneChunk } from './resolve.js';

/** A state to which elements of a file can be added directly. */
export type CachedStates = Pick<ReduceStates, 'addCached'>;

/** An array that can add its elements to a state directly. */
export interface CachedSource {
  readonly storageOrder: readonly number[];
  /**
   * Adds a selection to the state, if its elements are a contiguous range of an open file and in the page cache.
   * Returns null if nothing was added. Absent if the array never can.
   */
  addCached?(states: CachedStates, selection: AnySelection, options: AsyncReadOptions): Promise<ReadStats | null>;
}

/**
 * Preferred size of the parts that are added by one call. Starting a call takes little time compared to adding so many
 * bytes, and progress is reported after each part.
 */
const preferredPartBytes = 64 * 2 ** 20;

/** Result of {@link addCachedParts}. */
export interface CachedParts {
  /** Part of the selection that was not added; null if everything was. */
  readonly rest: Hyperslab | null;
  readonly progress: PartProgress;
  readonly stats: ReadStats;
}

/** Progress of {@link addCachedParts}. */
export interface PartProgress {
  /** Number of parts and elements that were added, and of all parts. */
  readonly done: number;
  readonly elements: number;
  readonly total: number;
}

/**
 * Adds a selection to a state, part by part, until a part cannot be added directly.
 * @param slab at least one element.
 * @param elementBytes size of an element.
 * @param onPart is called after each part.
 */
export async function addCachedParts(
  source: CachedSource,
  states: CachedStates,
  slab: Hyperslab,
  elementBytes: number,
  options: AsyncReadOptions,
  onPart: (progress: PartProgress) => void,
): Promise<CachedParts> {
  // A contiguous range of the file is cut into contiguous parts along the slowest dimension.
  const cut = source.storageOrder.find((d) => (slab[d]?.count ?? 1) > 1) ?? 0;
  const count = slab[cut]?.count ?? 1;
  const perPosition = product(slab.map((axis, d) => (d === cut ? 1 : axis.count)));
  const length = Math.max(1, Math.floor(preferredPartBytes / (perPosition * elementBytes)));
  const total = Math.ceil(count / length);
  const slice = (begin: number, end: number): Hyperslab =>
    slab.map((axis, d) => (d === cut ? sliceAxis(axis, begin, end) : axis));
  const all: ReadStats[] = [];
  let progress = { done: 0, elements: 0, total };
  for (let begin = 0; begin < count; begin += length) {
    const end = Math.min(count, begin + length);
    const stats = (await source.addCached?.(states, toSelection(slice(begin, end)), options)) ?? null;
    if (stats === null) return { rest: slice(begin, count), progress, stats: sumStats(all) };
    all.push(stats);
    progress = { done: all.length, elements: end * perPosition, total };
    onPart(progress);
  }
  return { rest: null, progress, stats: sumStats(all) };
}

/** Adds the elements of a request to a state, as {@link CachedSource.addCached} does. */
export async function addCached(
  { descriptor, resources }: OpenedArray,
  { slab, conversion, defaults, isMasked, elements, out, startedMs }: ReadRequest,
  states: CachedStates,
  signal: AbortSignal | undefined,
): Promise<ReadStats | null> {
  const plan = isMasked ? null : resolveOneChunk(descriptor, { slab, conversion, coalescing: defaults.coalescing });
  const isOfFiles = plan?.layers.every(({ locations }) => locations.kind === 'table') ?? false;
  if (plan === null || !isOfFiles || needsSlices(plan)) return null;
  const encoded = encodePlan(plan, resources, defaults, false);
  const planMs = performance.now() - startedMs;
  const words = await states.addCached(encoded, elements, signal);
  return words === null ? null : toReadStats(words, elements * out.size, plan.chunkCount, planMs);
}
