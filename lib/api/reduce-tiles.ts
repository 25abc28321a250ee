/**
 * Reads the blocks of a reduction and adds their elements to states, within a budget.
 * @module
 */
import { type DType, type DTypeInfo, dtypeInfo, isComplex, type TypedArray, viewOver } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import type { Accumulator } from '../core/generated/reduce.js';
import { product } from '../core/numbers.js';
import { type BinTable, type ReduceSpec, ReduceStates, stateBytes } from '../exec/reduce-states.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { cutAxis } from '../plan/axis-cuts.js';
import { blockAt, blockCoordinates, chooseBlockShape, countBlocks } from '../plan/blocks.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { boundOutputs, type ReduceDim, reduceDims, reducedShape } from '../plan/reduce-layout.js';
import { type BoundedRead, readBounded } from './bounded-reads.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import type { AnyResult } from './read-result.js';
import type { AnyReduceOptions } from './reduce-options.js';
import { type AddingSource, addInParts } from './reduce-read.js';
import { reductionMemory } from './reduction-memory.js';
import { countElements, type Selectable } from './request.js';
import { toNativeView } from './result.js';
import { budgetOf, bytesPerElement } from './stream.js';

/** An array that can be reduced. */
export interface ReduceSource extends Selectable, AddingSource {
  readonly dtype: DType;
  readonly path: string;
  /** True if the format stores which elements are missing, in addition to the attributes. */
  readonly storesMissing?: boolean;
  read(selection: AnySelection, options: AsyncReadOptions): Promise<AnyResult>;
  /** Absent if the array can only be read into new memory. */
  readInto?(target: TypedArray, selection: AnySelection, options: AsyncReadOptions): Promise<AnyResult>;
}

/** Reduces elements of `source`. */
export type ReduceWith<T> = (source: ReduceSource, options: AnyReduceOptions) => Promise<T>;

/** Preferred size of a block in bytes, unless a chunk is larger or the budget is smaller. */
const preferredBlockBytes = 8 * 2 ** 20;
/** Maximum size of a state to which reads add elements, because each thread has a temporary copy. */
const maxStateBytes = 2 * 2 ** 20;
/** Maximum share of the memory budget that such a state may use. */
const maxStateShare = 1 / 1024;
/** Maximum number of blocks that are read or reduced at the same time. */
const blocksInFlight = 3;

/** A reduction whose selection and options are parsed. */
export interface ReducePlan {
  readonly slab: Hyperslab;
  /** Dimensions of the array that the selection keeps. */
  readonly kept: readonly number[];
  /** True for each dimension of the selection that is reduced. */
  readonly isReduced: readonly boolean[];
  readonly shape: readonly number[];
  readonly operation: Accumulator;
  readonly options: AnyReduceOptions;
  /** Bins of a histogram, or digits of a quantile. */
  readonly table?: BinTable;
}

/** Returns the options of the reads of blocks. */
export function readOptions(
  { storesMissing = false }: ReduceSource,
  options: AnyReduceOptions,
  signal: AbortSignal | undefined,
): AsyncReadOptions {
  const { axis: _, keepDims, selection, skipMissing, ddof, budgetBytes, onProgress, bins, range, q, ...rest } = options;
  const { signal: own, ...read } = rest;
  return {
    ...read,
    coordinates: 'positions',
    // A mask tells which elements are missing. Elements that are missing by attributes are NaN after decoding.
    ...(skipMissing === true && (options.decode === undefined || storesMissing) ? { mask: true } : {}),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Describes a reduction for the native side. @throws {UnsupportedError} if it is not defined for complex numbers. */
export function createSpec(type: DTypeInfo, { operation, options, table }: ReducePlan, path: string): ReduceSpec {
  const { skipMissing = false, ddof = 0 } = options;
  if (isComplex(type.name)) {
    const isSum = operation === 'sum' || operation === 'mean';
    if ((!isSum && operation !== 'count') || skipMissing) {
      const name = operation === 'bounds' ? 'histogram' : operation === 'digits' ? 'quantile' : operation;
      const what = skipMissing ? '`skipMissing`' : `'${name}'`;
      throw new UnsupportedError(`${what} for a reduction of complex numbers`, path);
    }
    const part = dtypeInfo(type.name === 'complex64' ? 'float32' : 'float64');
    return { operation, type: part, skipNan: false, ddof, table: null };
  }
  return { operation, type, skipNan: skipMissing, ddof, table: table ?? null };
}

/** The states of some results. */
interface BlockStates {
  /** Adds the elements of a block, as {@link ReduceStates.add} does. */
  add(
    elements: ArrayBufferView,
    mask: Uint8Array | null,
    dims: readonly ReduceDim[],
    signal: AbortSignal | undefined,
  ): Promise<void>;
}

/** A kind of states. */
interface StateKind<S> {
  /** Bytes of the state of one result. */
  readonly bytes: number;
  create(outputs: number): S;
  /** Returns the native states of one result, to which a read can add elements. Absent for other kinds of states. */
  toNative?(states: S): ReduceStates;
}

/** Returns the states of a native reduction. */
export function nativeStates(spec: ReduceSpec): StateKind<ReduceStates> {
  return {
    bytes: stateBytes(spec),
    create: (outputs) => new ReduceStates(spec, outputs),
    toNative: (states) => states,
  };
}

/** States of the results in one range of the dimensions that are not reduced. */
export interface Tile<S = ReduceStates> {
  readonly states: S;
  /** Position of the first result, and lengths, in the dimensions that are not reduced. */
  readonly begin: readonly number[];
  readonly shape: readonly number[];
  readonly stats: ReadStats;
}

/**
 * Returns how many numbers an element consists of (`read`: 2 for complex numbers), and how many of them get a result
 * (`counted`). The reduction `count` counts a complex number once.
 */
function entriesOf(type: DTypeInfo, operation: Accumulator): { read: number; counted: number } {
  const read = type.kind === 'c' ? 2 : 1;
  return { read, counted: operation === 'count' ? 1 : read };
}

/**
 * Yields the states of each tile after all of its elements have been added. If there is only one state, threads add
 * elements as they read them. Otherwise, the elements are read in blocks.
 */
export async function* reduceTiles<S extends BlockStates>(
  source: ReduceSource,
  plan: ReducePlan,
  kind: StateKind<S>,
  type: DTypeInfo,
): AsyncGenerator<Tile<S>, void, void> {
  const { slab, isReduced, options } = plan;
  const { onProgress, signal } = options;
  const hasOneState = isReduced.every(Boolean) && type.kind !== 'c' && countElements(slab) > 0;
  const isSmall = kind.bytes <= Math.min(maxStateBytes, reductionMemory.limitBytes * maxStateShare);
  if (source.addTo === undefined || kind.toNative === undefined || !hasOneState || !isSmall) {
    yield* reduceBlocks(source, plan, kind, type);
    return;
  }
  const states = kind.create(1);
  const bytesTotal = countElements(slab) * type.size;
  const chunksTotal = Math.ceil(bytesTotal / preferredBlockBytes);
  const stats = await addInParts(
    source,
    kind.toNative(states),
    slab,
    type.size,
    readOptions(source, options, signal),
    (elements) => {
      const bytesDone = elements * type.size;
      const chunksDone = Math.floor((bytesDone / bytesTotal) * chunksTotal);
      onProgress?.({ bytesDone, bytesTotal, chunksDone, chunksTotal });
    },
  );
  if (stats === null) yield* reduceBlocks(source, plan, kind, type);
  else yield { states, begin: [], shape: [], stats };
}

/**
 * Yields the states of each tile after all of its blocks have been read and added. The blocks of a tile have the same
 * range in all dimensions that are not reduced.
 */
async function* reduceBlocks<S extends BlockStates>(
  source: ReduceSource,
  plan: ReducePlan,
  kind: StateKind<S>,
  type: DTypeInfo,
): AsyncGenerator<Tile<S>, void, void> {
  const { slab, kept, isReduced, options } = plan;
  const { signal, onProgress, skipMissing = false } = options;
  const budgetBytes = budgetOf(options);
  const { counted, read } = entriesOf(type, plan.operation);
  const elementBytes = Math.max(type.size, bytesPerElement(source.dtype, options)) + (skipMissing ? 1 : 0);
  const chunkBytes = product(source.chunkShape, elementBytes);
  // Blocks that hold whole chunks are preferred, because each chunk is then decoded only once.
  const blockBytes = Math.min(Math.max(preferredBlockBytes, chunkBytes), budgetBytes / 2 / blocksInFlight);
  const maxElements = Math.max(1, Math.floor(blockBytes / elementBytes));
  const maxOutputs = Math.max(1, Math.floor(budgetBytes / 2 / (counted * kind.bytes)));
  const order = source.storageOrder;
  const reducedOf = slab.map((axis, d) => axis.dropped || isReduced[kept.indexOf(d)] === true);
  const preferred = chooseBlockShape(slab, source.chunkShape, order, maxElements);
  const sizes = boundOutputs(preferred, slab, order, reducedOf, maxOutputs, maxElements);
  const cuts = slab.map((axis, d) => cutAxis(axis, sizes[d] ?? 1, source.chunkShape[d] ?? 0));
  const counts = countBlocks(cuts);
  const total = product(counts);
  // Reduced dimensions vary fastest, so that the blocks of a tile follow each other.
  const tileOrder = [...order.filter((d) => reducedOf[d] !== true), ...order.filter((d) => reducedOf[d] === true)];
  const blocksPerTile = order.reduce((product, d) => product * (reducedOf[d] === true ? (counts[d] ?? 1) : 1), 1);
  const buffers: ArrayBufferLike[] = [];
  const bytesTotal = countElements(slab) * type.size;
  const outDims = slab.flatMap((_, d) => (reducedOf[d] === true ? [] : [d]));
  const rangeAt = (i: number) => blockAt(cuts, blockCoordinates(counts, tileOrder, i));

  const readBlock = (part: Hyperslab, blockSignal: AbortSignal): Promise<AnyResult> => {
    const readWith = readOptions(source, options, blockSignal);
    const elements = countElements(part);
    if (source.readInto === undefined) return source.read(toSelection(part), readWith);
    const buffer = buffers.pop() ?? new ArrayBuffer(maxElements * type.size);
    const fits = buffer.byteLength >= elements * type.size;
    const memory = fits ? buffer : new ArrayBuffer(elements * type.size);
    return source.readInto(viewOver(type, memory, elements), toSelection(part), readWith);
  };
  const reads = (function* (): Generator<BoundedRead<{ index: number; result: AnyResult }>> {
    for (let index = 0; index < total && bytesTotal > 0; index++) {
      const { begin, end } = rangeAt(index);
      const part = slab.map((axis, d) => sliceAxis(axis, begin[d] ?? 0, end[d] ?? 0));
      const bytes = countElements(part) * elementBytes;
      yield { bytes, start: async (blockSignal) => ({ index, result: await readBlock(part, blockSignal) }) };
    }
  })();

  const outputsPerTile = outDims.reduce((count, d) => count * Math.min(sizes[d] ?? 1, slab[d]?.count ?? 1), counted);
  // The blocks in flight, and the block that is added.
  const blocksBytes = Math.min((blocksInFlight + 1) * maxElements, countElements(slab)) * elementBytes;
  const bytes = Math.min(blocksBytes, budgetBytes / 2) + outputsPerTile * kind.bytes;
  let tile: Tile<S> | null = null;
  let stats = sumStats([]);
  const newTile = (index: number): Tile<S> => {
    const { begin, end } = rangeAt(index);
    const shape = outDims.map((d) => (end[d] ?? 0) - (begin[d] ?? 0));
    const outputs = product(shape, counted);
    return { states: kind.create(outputs), begin: outDims.map((d) => begin[d] ?? 0), shape, stats };
  };
  let bytesDone = 0;
  const leave = await reductionMemory.enter(bytes, signal);
  try {
    const bounds = { budgetBytes: budgetBytes / 2, maxInFlight: blocksInFlight, order: 'asked' as const, signal };
    for await (const { index, result } of readBounded(reads, bounds)) {
      tile ??= newTile(index);
      const dims = blockDims(result.shape, isReduced, read, counted);
      await tile.states.add(toNativeView(result.data), result.mask, dims, signal);
      stats = stats.engine === 'none' && stats.chunks === 0 ? result.stats : sumStats([stats, result.stats]);
      if (source.readInto !== undefined) buffers.push(result.data.buffer);
      bytesDone += result.data.byteLength;
      onProgress?.({ bytesDone, bytesTotal, chunksDone: index + 1, chunksTotal: total });
      if ((index + 1) % blocksPerTile !== 0) continue;
      yield { ...tile, stats };
      tile = null;
      stats = sumStats([]);
    }
    // No block was read, because the selection has no elements. Yields states to which no element was added.
    if (bytesTotal === 0) {
      const shape = reducedShape(plan.shape, isReduced, false);
      const outputs = product(shape, counted);
      if (outputs > 0) yield { states: kind.create(outputs), begin: shape.map(() => 0), shape, stats };
    }
  } finally {
    leave();
  }
}

/** Returns the dimensions of a block. The reduction `count` visits only the first part of complex numbers. */
function blockDims(shape: readonly number[], isReduced: readonly boolean[], read: number, counted: number) {
  const dims = reduceDims(shape, isReduced, counted);
  const factor = read / counted;
  return dims.map((dim) => ({ ...dim, sourceStep: dim.sourceStep * factor }));
}
