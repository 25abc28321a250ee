/**
 * Reads an array block by block.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type DType, dtypeInfo } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { expected, Fields } from '../core/validate.js';
import { runInSlices } from '../io/time-slices.js';
import { type AxisCuts, cutAxis } from '../plan/axis-cuts.js';
import { blockAt, blockCoordinates, chooseBlockShape, countBlocks, extendRange } from '../plan/blocks.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { ascending } from '../plan/order.js';
import type { BlockOptions } from './block-options.js';
import { type BoundedRead, readBounded } from './bounded-reads.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import type { AnyResult, ReadResult } from './read-result.js';
import { countElements, normalizeOne, type Selectable } from './request.js';
import { budgetOf, bytesPerElement } from './stream.js';

/** A block of an array. Its lists have one entry per dimension of the selection. */
export interface Block<D extends DType = DType> {
  /** Index of the block, if all blocks of the selection are numbered in C order. */
  readonly index: number;
  /** Position of the block's first element in the selection. The overlap is not part of the block. */
  readonly start: readonly number[];
  /** Shape of the block without the overlap. */
  readonly shape: readonly number[];
  /**
   * Number of elements of the overlap before the block, along each dimension. Smaller near the start of the selection.
   */
  readonly before: readonly number[];
  /** Elements of the block with the overlap. */
  readonly result: ReadResult<D>;
}

/** A block of any type. */
export type AnyBlock = Omit<Block, 'result'> & { readonly result: AnyResult };

/** An array that can be read in blocks. */
export interface BlockSource extends Selectable {
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  /** Dimensions in the order of storage, slowest first. */
  readonly storageOrder: readonly number[];
  read(selection: AnySelection, options: AsyncReadOptions): Promise<AnyResult>;
}

/** Default of `maxBytes`, unless a chunk is larger or the budget is smaller. */
const defaultBlockBytes = 16 * 2 ** 20;
/** Maximum number of blocks that are read at the same time. */
const blocksInFlight = 3;
/** Largest number of blocks that can be shuffled. */
const maxShuffled = 2 ** 28;

/**
 * Checks the options that `blocks` has in addition to the options of a read.
 * @throws {TypeError} naming the option.
 */
export function checkBlockOptions(options: BlockOptions | undefined): void {
  if (options === undefined) return;
  const { shape, maxBytes, order, overlap } = options;
  const fields = Fields.ofOptions(options);
  budgetOf(options);
  if (shape !== undefined && maxBytes !== undefined) throw expected('`shape` or `maxBytes`', 'options', options);
  if (shape !== undefined) fields.shape('shape', 1);
  if (maxBytes !== undefined) fields.integer('maxBytes', 1);
  if (Array.isArray(overlap)) fields.shape('overlap', 0);
  else if (overlap !== undefined) fields.integer('overlap', 0);
  if (order === undefined || order === 'storage' || order === 'C') return;
  if (typeof order !== 'object' || order === null || !Number.isSafeInteger(order.shuffle)) {
    throw expected("'storage', 'C' or { shuffle: seed }", 'options.order', order);
  }
}

/** Reads the blocks of a selection. Blocks are read ahead within the byte budget. */
export async function* readBlocks(
  source: BlockSource,
  options: BlockOptions | undefined,
): AsyncGenerator<AnyBlock, void, void> {
  const {
    shape: _,
    maxBytes: __,
    selection,
    overlap: ___,
    order: ____,
    budgetBytes: _____,
    ...readOptions
  } = options ?? {};
  const { signal, onProgress } = readOptions;
  const slab = await runInSlices(normalizeOne(source, selection, options), signal);
  const kept = slab.flatMap((axis, d) => (axis.dropped ? [] : [d]));
  const overlap = overlapOf(slab, kept, options);
  const elementBytes = bytesPerElement(source.dtype, options);
  const cuts = cutSlab(slab, kept, source, elementBytes, options);
  const counts = countBlocks(cuts);
  const total = product(counts);
  const isEmpty = slab.some(({ count }) => count === 0);
  const cOrder = slab.map((_, d) => d);
  const axisOrder = options?.order === 'C' ? cOrder : source.storageOrder;
  const shuffled = await runInSlices(shuffle(total, options), signal);
  const progress = totals(slab, total, elementBytes);
  const reads = (function* (): Generator<BoundedRead<AnyBlock>> {
    for (let i = 0; i < total && !isEmpty; i++) {
      const coordinates = blockCoordinates(counts, axisOrder, shuffled?.[i] ?? i);
      const inner = blockAt(cuts, coordinates);
      const outer = extendRange(inner, overlap, slab);
      const part = slab.map((axis, d) => sliceAxis(axis, outer.begin[d] ?? 0, outer.end[d] ?? 0));
      const elements = countElements(part);
      const block = {
        index: coordinates.reduce((index, b, d) => index * (counts[d] ?? 1) + b, 0),
        start: kept.map((d) => inner.begin[d] ?? 0),
        shape: kept.map((d) => (inner.end[d] ?? 0) - (inner.begin[d] ?? 0)),
        before: kept.map((d) => (inner.begin[d] ?? 0) - (outer.begin[d] ?? 0)),
      };
      yield {
        bytes: elements * elementBytes,
        start: async (blockSignal) => {
          const { onProgress: _, ...options } = readOptions;
          const result = await source.read(toSelection(part), {
            ...options,
            coordinates: 'positions',
            signal: blockSignal,
          });
          progress.add(block.shape);
          onProgress?.(progress.now());
          return { ...block, result };
        },
      };
    }
  })();
  const bounds = { budgetBytes: budgetOf(options), maxInFlight: blocksInFlight, order: 'asked' as const, signal };
  yield* readBounded(reads, bounds);
}

/** Computes the totals for progress reports, in which each block counts as one chunk. */
function totals(slab: Hyperslab, chunksTotal: number, elementBytes: number) {
  const bytesTotal = countElements(slab) * elementBytes;
  let bytesDone = 0;
  let chunksDone = 0;
  return {
    add: (shape: readonly number[]): void => {
      bytesDone += product(shape, elementBytes);
      chunksDone += 1;
    },
    now: () => ({ bytesDone, bytesTotal, chunksDone, chunksTotal }),
  };
}

/** Cuts each dimension of a selection into the ranges of blocks. */
function cutSlab(
  slab: Hyperslab,
  kept: readonly number[],
  { chunkShape, dtype, storageOrder }: BlockSource,
  elementBytes: number,
  options: BlockOptions | undefined,
): AxisCuts[] {
  const { shape, maxBytes } = options ?? {};
  const given = shape === undefined ? undefined : perDimension(shape, 'shape', slab.length, kept, 1);
  const chunkBytes = product(chunkShape, dtypeInfo(dtype).size);
  // Prefers blocks that hold whole chunks, because each chunk is then decoded only once.
  const preferred = Math.max(defaultBlockBytes, Math.min(chunkBytes, budgetOf(options) / blocksInFlight));
  const bytes = maxBytes ?? Math.min(preferred, budgetOf(options));
  const maxElements = Math.max(1, Math.floor(bytes / elementBytes));
  const sizes = given ?? chooseBlockShape(slab, chunkShape, storageOrder, maxElements);
  // Blocks of a given shape begin at the start of the selection.
  return slab.map((axis, d) => cutAxis(axis, sizes[d] ?? 1, given === undefined ? (chunkShape[d] ?? 0) : 0));
}

function overlapOf(slab: Hyperslab, kept: readonly number[], options: BlockOptions | undefined): number[] {
  const { overlap = 0 } = options ?? {};
  if (typeof overlap === 'number') return slab.map(({ dropped }) => (dropped ? 0 : overlap));
  return perDimension(overlap, 'overlap', slab.length, kept, 0);
}

/** Expands a list with one entry per dimension of the selection to all dimensions of the array. */
function perDimension(
  list: readonly number[],
  name: string,
  rank: number,
  kept: readonly number[],
  other: number,
): number[] {
  if (list.length !== kept.length) throw expected(`${kept.length} integers`, `options.${name}`, list);
  const all = new Array<number>(rank).fill(other);
  for (const [i, d] of kept.entries()) all[d] = list[i] ?? other;
  return all;
}

/** Returns a random order of `total` blocks, which is the same for the same seed; null if no shuffle is requested. */
function* shuffle(total: number, options: BlockOptions | undefined): Sliced<Uint32Array | null> {
  const { order } = options ?? {};
  if (typeof order !== 'object') return null;
  if (total > maxShuffled) throw expected(`at most ${maxShuffled} blocks to shuffle`, 'options.shape', total);
  const shuffled = yield* ascending(total);
  const next = randomNumbers(order.shuffle);
  for (let i = total - 1; i > 0; i--) {
    const other = Math.floor(next() * (i + 1));
    const value = shuffled[i] ?? 0;
    shuffled[i] = shuffled[other] ?? 0;
    shuffled[other] = value;
    if (i % stepsPerCheckpoint === 0) yield checkpoint;
  }
  return shuffled;
}

/** Returns a generator of numbers in [0, 1) that follow from a seed (mulberry32 by Tommy Ettinger, public domain). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
