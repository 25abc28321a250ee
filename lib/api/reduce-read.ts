/**
 * Adds elements to the state of a reduction while they are read, without storing them.
 * @module
 */
import { product } from '../core/numbers.js';
import type { ReduceStates } from '../exec/reduce-states.js';
import type { ReadStats } from '../exec/stats.js';
import type { Watch } from '../exec/submit.js';
import { sumStats } from '../exec/sum-stats.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { cutAxis } from '../plan/axis-cuts.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { closedErrorOr } from './closing.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import { type OpenedArray, readSteps, runStepsAsync } from './reading.js';
import { nothingToDo, type ReadDestination, type ReadRequest } from './request.js';

/** The statistics of a read that has added its elements to a state; null if nothing was added. */
export type Added = Promise<ReadStats | null>;

/** An array that can add its elements to a state while it reads them. */
export interface AddingSource {
  readonly chunkShape: readonly number[];
  /** Dimensions in the order of storage, slowest first. */
  readonly storageOrder: readonly number[];
  /**
   * Reads a selection and adds its elements to a state. Returns null if it cannot; then nothing was added. Absent if
   * the array never can.
   */
  addTo?(states: ReduceStates, selection: AnySelection, options: AsyncReadOptions): Added;
}

/**
 * True if the elements of `request` can be added while they are read. They cannot if the format stores which of them
 * are missing in another place, or if the array is a compressed stream: it would be decoded as a whole into memory.
 */
function canAdd(descriptor: ArrayDescriptor, { isMasked }: ReadRequest): boolean {
  return descriptor.stream === undefined && (!isMasked || descriptor.validity?.() === undefined);
}

/** Returns the destination of a read that adds its elements to the only state of `states`. */
function toDestination(states: ReduceStates): ReadDestination {
  const before = states.words.slice();
  return {
    data: null,
    mask: null,
    native: states.asTarget(),
    isFresh: false,
    recycledBytes: 0,
    begun: nothingToDo,
    reset: () => states.words.set(before),
  };
}

/** Implements {@link AddingSource.addTo}. */
export async function addWhileReading(
  array: OpenedArray,
  request: Promise<ReadRequest>,
  states: ReduceStates,
  { signal, onProgress, closing }: AsyncReadOptions & Pick<Watch, 'closing'>,
): Added {
  try {
    const parsed = await request;
    if (!canAdd(array.descriptor, parsed)) return null;
    const steps = readSteps(array, parsed, toDestination(states));
    return (await runStepsAsync(steps, array.access, { signal, onProgress, closing, isOwned: true })).stats;
  } catch (error) {
    throw closedErrorOr(error, signal);
  }
}

/**
 * Maximum number of chunks and of bytes that are read by one call, because its plan contains all of its chunks. Threads
 * that have finished wait for the end of each call, so few large calls are faster than many small ones.
 */
const maxPartChunks = 65_536;
const maxPartBytes = 2 ** 32;

/** Returns the number of positions of a part along dimension `cut`; 0 if no part is small enough for one call. */
function choosePartLength({ chunkShape }: AddingSource, slab: Hyperslab, cut: number, elementBytes: number): number {
  let chunks = 1;
  let bytes = elementBytes;
  for (const [d, axis] of slab.entries()) {
    if (d === cut) continue;
    const length = chunkShape[d] ?? 1;
    const inRange = axis.kind === 'range' ? Math.ceil((axis.count * Math.abs(axis.step)) / length) + 1 : axis.count;
    chunks *= Math.min(axis.count, inRange);
    bytes *= axis.count;
  }
  const [byChunks, byBytes] = [maxPartChunks / chunks, maxPartBytes / bytes];
  const axis = slab[cut];
  const perChunk = axis?.kind === 'range' ? Math.ceil((chunkShape[cut] ?? 1) / Math.abs(axis.step)) : 1;
  const rows = Math.floor(Math.min(byChunks, byBytes / perChunk));
  // Without a complete chunk, each position may need another chunk.
  return rows >= 1 ? rows * perChunk : Math.floor(Math.min(byChunks, byBytes));
}

/**
 * Adds a selection to a state, part by part. Returns null if a part cannot be added; the state must then be discarded.
 * @param slab at least one element.
 * @param elementBytes size of an element.
 * @param onProgress receives the number of elements that were added.
 */
export async function addInParts(
  source: AddingSource,
  states: ReduceStates,
  slab: Hyperslab,
  elementBytes: number,
  options: AsyncReadOptions,
  onProgress: (elements: number) => void,
): Added {
  const cut = source.storageOrder.find((d) => (slab[d]?.count ?? 1) > 1) ?? 0;
  const perPosition = product(slab.map((axis, d) => (d === cut ? 1 : axis.count)));
  const length = choosePartLength(source, slab, cut, elementBytes);
  if (length === 0) return null;
  const axis = slab[cut];
  // An array without dimensions is one part.
  const cuts =
    axis === undefined ? { count: 1, at: (p: number) => p } : cutAxis(axis, length, source.chunkShape[cut] ?? 0);
  const all: ReadStats[] = [];
  for (let part = 0; part < cuts.count; part++) {
    const [begin, end] = [cuts.at(part), cuts.at(part + 1)];
    const selected = slab.map((axis, d) => (d === cut ? sliceAxis(axis, begin, end) : axis));
    const stats = await source.addTo?.(states, toSelection(selected), {
      ...options,
      onProgress: ({ bytesDone }) => onProgress(begin * perPosition + Math.floor(bytesDone / elementBytes)),
    });
    if (stats === undefined || stats === null) return null;
    all.push(stats);
  }
  return sumStats(all);
}
