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

/** Result of {@link addInParts}. */
export interface AddedParts {
  /** Part of the selection that was not added; null if everything was. */
  readonly rest: Hyperslab | null;
  /** Number of elements that were added. */
  readonly elements: number;
  readonly stats: ReadStats;
}

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
  // Each position may need another chunk.
  const positions = Math.min(maxPartChunks / chunks, maxPartBytes / bytes);
  const axis = slab[cut];
  const perChunk = axis?.kind === 'range' ? Math.ceil((chunkShape[cut] ?? 1) / Math.abs(axis.step)) : 1;
  const rows = Math.floor(Math.min(maxPartChunks / chunks, maxPartBytes / (bytes * perChunk)));
  return rows >= 1 ? rows * perChunk : Math.floor(positions);
}

/**
 * Adds a selection to a state, part by part, until a part cannot be added.
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
): Promise<AddedParts> {
  const cut = source.storageOrder.find((d) => (slab[d]?.count ?? 1) > 1) ?? 0;
  const perPosition = product(slab.map((axis, d) => (d === cut ? 1 : axis.count)));
  const slice = (begin: number, end: number): Hyperslab =>
    slab.map((axis, d) => (d === cut ? sliceAxis(axis, begin, end) : axis));
  const length = choosePartLength(source, slab, cut, elementBytes);
  const [axis] = slab.slice(cut);
  // An array without dimensions is one part.
  const cuts = axis === undefined ? null : cutAxis(axis, Math.max(1, length), source.chunkShape[cut] ?? 0);
  const all: ReadStats[] = [];
  let begin = 0;
  for (let part = 0; part < (cuts?.count ?? 1); part++) {
    const end = cuts?.at(part + 1) ?? 1;
    const done = begin * perPosition;
    const readWith: AsyncReadOptions = {
      ...options,
      onProgress: ({ bytesDone }) => onProgress(done + Math.floor(bytesDone / elementBytes)),
    };
    const added = length === 0 ? null : source.addTo?.(states, toSelection(slice(begin, end)), readWith);
    const stats = (await added) ?? null;
    if (stats === null)
      return { rest: part === 0 ? slab : slice(begin, axis?.count ?? 1), elements: done, stats: sumStats(all) };
    all.push(stats);
    begin = end;
  }
  return { rest: null, elements: begin * perPosition, stats: sumStats(all) };
}
