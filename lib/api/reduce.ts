/**
 * Reduces arrays block by block on native threads.
 * @module
 */
import { type DType, type DTypeInfo, dtypeInfo, isComplex, type TypedArray, viewOver } from '../core/dtype.js';
import { SelectionError, UnsupportedError } from '../core/errors.js';
import { type Reduction, reductions } from '../core/generated/reduce.js';
import { expected, Fields, listNames } from '../core/validate.js';
import { type ReduceSpec, ReduceStates, stateBytes } from '../exec/reduce-states.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { runInSlices } from '../io/time-slices.js';
import { blockAt, blockCoordinates, chooseBlockShape, countBlocks, cutAxis } from '../plan/blocks.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import { type Hyperslab, shapeOf } from '../plan/hyperslab.js';
import { boundOutputs, forEachRun, reduceDims, reducedShape } from '../plan/reduce-layout.js';
import { type BoundedRead, readBounded } from './bounded-reads.js';
import type { AnySelection } from './named-selection.js';
import type { AsyncReadOptions } from './options.js';
import { type AnyResult, ArrayResult } from './read-result.js';
import type { ReduceOptions } from './reduce-options.js';
import { countElements, normalizeOne, type Selectable } from './request.js';
import { allocate, computeStrides, toNativeView } from './result.js';
import { singleOwner } from './result-memory.js';
import { budgetOf, bytesPerElement } from './stream.js';

/** An array that can be reduced. */
export interface ReduceSource extends Selectable {
  readonly dtype: DType;
  readonly path: string;
  readonly chunkShape: readonly number[];
  /** Dimensions in the order of storage, slowest first. */
  readonly storageOrder: readonly number[];
  read(selection: AnySelection, options: AsyncReadOptions): Promise<AnyResult>;
  /** Absent if the array can only be read into new memory. */
  readInto?(target: TypedArray, selection: AnySelection, options: AsyncReadOptions): Promise<AnyResult>;
}

/** Bytes of the elements of a block, unless a chunk is larger or the budget is smaller. */
const preferredBlockBytes = 8 * 2 ** 20;
/** Maximum number of blocks that are read or reduced at the same time. */
const blocksInFlight = 3;

/**
 * Checks the arguments of a reduction.
 * @throws {TypeError} naming the argument or option.
 */
export function checkReduce(operation: Reduction, options: ReduceOptions = {}): void {
  if (!reductions.includes(operation)) {
    throw expected(reductions.map((name) => `'${name}'`).join(', '), 'operation', operation);
  }
  const fields = Fields.ofOptions(options);
  budgetOf(options);
  fields.integer('ddof', 0, 0);
  if (options.ddof !== undefined && operation !== 'std')
    throw expected("it only for 'std'", 'options.ddof', options.ddof);
  for (const key of ['keepDims', 'skipMissing'] as const) {
    const value = options[key];
    if (value !== undefined && typeof value !== 'boolean') throw expected('a boolean', `options.${key}`, value);
  }
  if (options.scaled === true && options.skipMissing === true) {
    throw expected("it to be absent together with `skipMissing`; use `decode: 'cf'`", 'options.scaled', true);
  }
}

/**
 * Returns one entry per dimension of a selection: true if it is reduced.
 * @param names name of each dimension of the selection; null for a dimension without a name.
 * @throws {TypeError} if `axis` is not a dimension, or a list of different dimensions.
 */
export function reducedAxes(axis: ReduceOptions['axis'], names: readonly (string | null)[]): boolean[] {
  const rank = names.length;
  if (axis === undefined) return new Array<boolean>(rank).fill(true);
  const isReduced = new Array<boolean>(rank).fill(false);
  const list: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  for (const value of list) {
    const d = axisPosition(value, names);
    if (d === null) {
      const known = names.filter((name): name is string => name !== null);
      const range = `integers from ${-rank} to ${rank - 1}${known.length === 0 ? '' : ` or ${listNames(known)}`}`;
      const none = 'no axis, because the selection has no dimensions';
      throw expected(rank === 0 ? none : range, 'options.axis', axis);
    }
    if (isReduced[d] === true) throw expected('distinct axes', 'options.axis', axis);
    isReduced[d] = true;
  }
  return isReduced;
}

/** Returns the dimension with a name or position; null if there is none. Negative positions count from the end. */
function axisPosition(axis: unknown, names: readonly (string | null)[]): number | null {
  const position = typeof axis === 'string' ? names.indexOf(axis) : axis;
  if (typeof position !== 'number' || !Number.isInteger(position)) return null;
  if (typeof axis === 'string') return position === -1 ? null : position;
  const d = position < 0 ? position + names.length : position;
  return d >= 0 && d < names.length ? d : null;
}

/** Returns the type of the results of a reduction of elements of `type`. */
export function resultInfo(operation: Reduction, type: DTypeInfo): DTypeInfo {
  if (operation === 'min' || operation === 'max') return type;
  if (operation === 'count' || operation === 'std') return dtypeInfo('float64');
  if (type.kind === 'c') return dtypeInfo('complex128');
  if (operation === 'mean' || type.kind === 'f') return dtypeInfo('float64');
  return dtypeInfo(type.kind === 'u' ? 'uint64' : 'int64');
}

/** A reduction whose selection and options are parsed. */
interface Plan {
  readonly slab: Hyperslab;
  /** Dimensions of the array that the selection keeps. */
  readonly kept: readonly number[];
  /** True for each dimension of the selection that is reduced. */
  readonly isReduced: readonly boolean[];
  readonly shape: readonly number[];
  readonly operation: Reduction;
  readonly options: ReduceOptions;
}

/** Reduces a selection. Check the arguments with {@link checkReduce} first. */
export async function reduceArray(
  source: ReduceSource,
  operation: Reduction,
  options: ReduceOptions = {},
): Promise<AnyResult> {
  const { selection, signal } = options;
  const slab = await runInSlices(normalizeOne(source, selection, options), signal);
  const kept = slab.flatMap((axis, d) => (axis.dropped ? [] : [d]));
  const shape = shapeOf(slab);
  const names = kept.map((d) => source.dimensionNames?.[d] ?? null);
  const plan: Plan = { slab, kept, isReduced: reducedAxes(options.axis, names), shape, operation, options };
  return await runPlan(source, plan);
}

async function runPlan(source: ReduceSource, plan: Plan): Promise<AnyResult> {
  const { slab, shape, isReduced, operation, options } = plan;
  const { signal, skipMissing = false, keepDims = false } = options;
  const outShape = reducedShape(shape, isReduced, false);
  const outputs = outShape.reduce((product, size) => product * size, 1);
  // Reads no elements, but checks the options and returns the type of the elements.
  const empty = await source.read(
    toSelection(slab.map((axis) => (axis.dropped ? axis : sliceAxis(axis, 0, 0)))),
    readOptions(options, signal),
  );
  const type = dtypeInfo(empty.dtype);
  const spec = createSpec(type, plan, source.path);
  if (countElements(slab) === 0 && outputs > 0 && (operation === 'min' || operation === 'max')) {
    throw new SelectionError(`Expected at least one element for '${operation}', received an empty selection`);
  }
  const out = resultInfo(operation, type);
  const data = allocate(out, outputs);
  const none = new Uint8Array(outputs);
  let stats = empty.stats;
  for await (const tile of reduceTiles(source, plan, spec, type)) {
    stats = sumStats([stats, tile.stats]);
    await storeTile(tile, outShape, out, data, none, signal);
  }
  const resultShape = reducedShape(shape, isReduced, keepDims);
  const mask = skipMissing ? none : null;
  const strides = computeStrides(resultShape);
  return new ArrayResult({ data, mask, shape: resultShape, strides, dtype: out.name, stats }, singleOwner);
}

/** Returns the options of the reads of blocks. */
function readOptions(options: ReduceOptions, signal: AbortSignal | undefined): AsyncReadOptions {
  const { axis: _, keepDims, selection, skipMissing, ddof, budgetBytes, onProgress, ...rest } = options;
  const { signal: own, ...read } = rest;
  return {
    ...read,
    coordinates: 'positions',
    // A mask tells which elements are missing. With `decode` it is not needed, because missing elements are NaN.
    ...(skipMissing === true && options.decode === undefined ? { mask: true } : {}),
    ...(signal === undefined ? {} : { signal }),
  };
}

function createSpec(type: DTypeInfo, { operation, options }: Plan, path: string): ReduceSpec {
  const { skipMissing = false, ddof = 0 } = options;
  if (isComplex(type.name)) {
    const isSum = operation === 'sum' || operation === 'mean';
    if ((!isSum && operation !== 'count') || skipMissing) {
      const what = skipMissing ? '`skipMissing`' : `'${operation}'`;
      throw new UnsupportedError(`${what} for a reduction of complex numbers`, path);
    }
    const part = dtypeInfo(type.name === 'complex64' ? 'float32' : 'float64');
    return { operation, type: part, skipNan: false, ddof };
  }
  return { operation, type, skipNan: skipMissing, ddof };
}

/** States of the results in one range of the dimensions that are not reduced. */
interface Tile {
  readonly states: ReduceStates;
  /** Position of the first result, and lengths, in the dimensions that are not reduced. */
  readonly begin: readonly number[];
  readonly shape: readonly number[];
  readonly stats: ReadStats;
}

/**
 * Returns how many numbers an element consists of (`read`: 2 for complex numbers), and how many of them get a result
 * (`counted`). The reduction `count` counts a complex number once.
 */
function entriesOf(type: DTypeInfo, operation: Reduction): { read: number; counted: number } {
  const read = type.kind === 'c' ? 2 : 1;
  return { read, counted: operation === 'count' ? 1 : read };
}

/**
 * Yields the states of each tile after all of its blocks have been added. The blocks of a tile have the same range in
 * all dimensions that are not reduced.
 */
async function* reduceTiles(
  source: ReduceSource,
  plan: Plan,
  spec: ReduceSpec,
  type: DTypeInfo,
): AsyncGenerator<Tile, void, void> {
  const { slab, kept, isReduced, options } = plan;
  const { signal, onProgress, skipMissing = false } = options;
  const budgetBytes = budgetOf(options);
  const { counted, read } = entriesOf(type, plan.operation);
  const elementBytes = Math.max(type.size, bytesPerElement(source.dtype, options)) + (skipMissing ? 1 : 0);
  const chunkBytes = source.chunkShape.reduce((product, size) => product * size, elementBytes);
  // Blocks that hold whole chunks are preferred, because each chunk is then decoded only once.
  const blockBytes = Math.min(Math.max(preferredBlockBytes, chunkBytes), budgetBytes / 2 / blocksInFlight);
  const maxElements = Math.max(1, Math.floor(blockBytes / elementBytes));
  const maxOutputs = Math.max(1, Math.floor(budgetBytes / 2 / (counted * stateBytes(spec))));
  const order = source.storageOrder;
  const reducedOf = slab.map((axis, d) => axis.dropped || isReduced[kept.indexOf(d)] === true);
  const preferred = chooseBlockShape(slab, source.chunkShape, order, maxElements);
  const sizes = boundOutputs(preferred, slab, order, reducedOf, maxOutputs, maxElements);
  const cuts: number[][] = [];
  for (const [d, axis] of slab.entries()) {
    cuts.push(await runInSlices(cutAxis(axis, sizes[d] ?? 1, source.chunkShape[d] ?? 0), signal));
  }
  const counts = countBlocks(cuts);
  const total = counts.reduce((product, count) => product * count, 1);
  // Reduced dimensions vary fastest, so that the blocks of a tile follow each other.
  const tileOrder = [...order.filter((d) => reducedOf[d] !== true), ...order.filter((d) => reducedOf[d] === true)];
  const blocksPerTile = order.reduce((product, d) => product * (reducedOf[d] === true ? (counts[d] ?? 1) : 1), 1);
  const buffers: ArrayBufferLike[] = [];
  const bytesTotal = countElements(slab) * type.size;
  const outDims = slab.flatMap((_, d) => (reducedOf[d] === true ? [] : [d]));
  const rangeAt = (i: number) => blockAt(cuts, blockCoordinates(counts, tileOrder, i));

  const readBlock = (part: Hyperslab, blockSignal: AbortSignal): Promise<AnyResult> => {
    const readWith = readOptions(options, blockSignal);
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

  let tile: Tile | null = null;
  let stats = sumStats([]);
  const newTile = (index: number): Tile => {
    const { begin, end } = rangeAt(index);
    const shape = outDims.map((d) => (end[d] ?? 0) - (begin[d] ?? 0));
    const outputs = shape.reduce((product, size) => product * size, counted);
    return { states: new ReduceStates(spec, outputs), begin: outDims.map((d) => begin[d] ?? 0), shape, stats };
  };
  let bytesDone = 0;
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
    const outputs = shape.reduce((product, size) => product * size, counted);
    if (outputs > 0) yield { states: new ReduceStates(spec, outputs), begin: shape.map(() => 0), shape, stats };
  }
}

/** Returns the dimensions of a block. The reduction `count` visits only the first part of complex numbers. */
function blockDims(shape: readonly number[], isReduced: readonly boolean[], read: number, counted: number) {
  const dims = reduceDims(shape, isReduced, counted);
  const factor = read / counted;
  return dims.map((dim) => ({ ...dim, sourceStep: dim.sourceStep * factor }));
}

/** Computes the results of a tile and stores them in `data`. Stores 1 in `none` for each result without elements. */
async function storeTile(
  { states, begin, shape }: Tile,
  outShape: readonly number[],
  out: DTypeInfo,
  data: TypedArray,
  none: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const outputs = shape.reduce((product, size) => product * size, 1);
  const entries = out.kind === 'c' ? 2 : 1;
  if (outputs === none.length && entries === 1) {
    await states.finish(toNativeView(data) as TypedArray, none, signal);
    return;
  }
  const results = allocate(out, outputs);
  const empty = new Uint8Array(outputs * entries);
  await states.finish(toNativeView(results) as TypedArray, empty, signal);
  forEachRun(shape, begin, outShape, (from, to, length) => {
    data.set(results.subarray(from * entries, (from + length) * entries) as never, to * entries);
    for (let i = 0; i < length; i++) none[to + i] = empty[(from + i) * entries] ?? 0;
  });
}
