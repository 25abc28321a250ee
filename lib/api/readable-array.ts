/**
 * Base class of everything that can be read like an array, and views (sub-arrays) of arrays.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { finish } from '../core/checkpoint.js';
import type { DType, TypedArray } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { checkKeys, expected } from '../core/validate.js';
import { useGivenMemory } from '../exec/target-memory.js';
import type { DomainBounds } from '../formats/format.js';
import { runInSlices } from '../io/time-slices.js';
import { type Axis, type Hyperslab, shapeOf } from '../plan/hyperslab.js';
import type { AnyBatchResult, BatchResult, ManyResult } from './batch-result.js';
import { type BlockOptions, blockKeys } from './block-options.js';
import { type AnyBlock, type Block, type BlockSource, checkBlockOptions, readBlocks } from './blocks.js';
import { withCaller } from './caller-stack.js';
import { composeMany, composeOne, composeSlab } from './compose-selections.js';
import type { HistogramResult } from './histogram.js';
import { formatInspect } from './inspect.js';
import type { AnySelection } from './named-selection.js';
import {
  type AsyncReadOptions,
  asyncReadKeys,
  type ReadManyOptions,
  type ReadOptions,
  readManyKeys,
  type StreamOptions,
  streamKeys,
} from './options.js';
import { type BooleanMask, type PointLists, PointSelection } from './point-selection.js';
import type { AnyResult, ReadResult, TypedReadResult } from './read-result.js';
import { reduceArray } from './reduce.js';
import {
  type AnyReduceOptions,
  checkReduce,
  type HistogramOptions,
  type QuantileOptions,
  type ReducedDType,
  type ReduceOperation,
  type ReduceOptions,
  type Reduction,
} from './reduce-options.js';
import type { ReduceSource, ReduceWith } from './reduce-tiles.js';
import { checkListLengths, normalizeOne } from './request.js';
import type { MaskFor, Only, ResultDType } from './result-types.js';
import { checkReadOptions } from './settings.js';
import { type AnyBox, type BatchSource, type BoxOf, budgetOf, type StreamedBox, streamBoxes } from './stream.js';

type MaybeReduce = AnyReduceOptions | undefined;

/**
 * An array that can be read: an open array, a view, or several joined arrays.
 * @typeParam D the element type.
 */
export abstract class ReadableArray<D extends DType = DType> {
  /** Absolute path that was opened. */
  abstract readonly path: string;
  /** Length of each dimension; empty for a scalar. */
  abstract readonly shape: readonly number[];
  /** Element type. Reads return this type unless their options ask for another. */
  abstract readonly dtype: D;
  /** Shape of one chunk; the shape of the array if it is not chunked. */
  abstract readonly chunkShape: readonly number[];
  /** Name of each dimension; null if there are no dimension names. */
  abstract readonly dimensionNames: readonly (string | null)[] | null;
  /** Coordinate range of each dimension; null if positions count from 0. */
  abstract readonly domain: readonly DomainBounds[] | null;

  /** @internal Dimensions in the order of storage, slowest first. */
  get storageOrder(): readonly number[] {
    return this.shape.map((_, d) => d);
  }

  /** @internal True if the format stores which elements are missing, in addition to the attributes. */
  get storesMissing(): boolean {
    return false;
  }

  /** Number of elements. */
  get size(): number {
    return product(this.shape);
  }

  /** Reads a selection into new memory. */
  abstract read(selection?: AnySelection): Promise<ReadResult<D>>;
  abstract read<O extends AsyncReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>> & MaskFor<O>>;

  /** Reads a selection into the caller's memory, a typed array of the result's type and length. */
  abstract readInto<A extends TypedArray>(target: A, selection?: AnySelection): Promise<TypedReadResult<D, A>>;
  abstract readInto<A extends TypedArray, O extends AsyncReadOptions | undefined>(
    target: A,
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<TypedReadResult<ResultDType<D, O>, A> & MaskFor<O>>;

  /** Reads many selections in one call. */
  abstract readMany(selections: readonly AnySelection[]): Promise<BatchResult<D>>;
  abstract readMany<A extends TypedArray, O extends ReadManyOptions>(
    selections: readonly AnySelection[],
    options: O & { readonly into: A } & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O, A>>;
  abstract readMany<O extends ReadManyOptions | undefined>(
    selections: readonly AnySelection[],
    options: O & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O>>;

  /**
   * Reads single elements, as NumPy's `a[z, y, x]` does with lists of indices and `a[mask]` with a mask. Each encoded
   * chunk is read and decoded once for all points in it. The time and memory of planning are linear in the number of
   * points.
   * @param points one list of indices per dimension, all of the same length: element i of the result has the indices
   *   `points[0][i]`, `points[1][i]`, …. Points may repeat and be in any order; negative indices count from the end. Or
   *   a mask of the shape of the array, which selects the elements where it is true, in C order. Do not change either
   *   before the promise settles.
   * @param options as for {@link read}.
   * @returns a result of shape `[n]`. Of an array without dimensions, `readPoints([])` reads the only element, and the
   *   shape is `[]`.
   * @throws as {@link read}. {SelectionError} if the number of lists or their lengths are wrong, or if an index is out
   *   of bounds; the message then contains the dimension, the position and the value of the index.
   * @example
   * const { data } = await arr.readPoints([[0, 5, -1], [7, 7, 2]]); // arr[0, 7], arr[5, 7], arr[-1, 2]
   * const wet = await arr.readPoints(await seaMask.read());
   */
  readPoints(points: PointLists | BooleanMask): Promise<ReadResult<D>>;
  readPoints<O extends AsyncReadOptions | undefined>(
    points: PointLists | BooleanMask,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>> & MaskFor<O>>;
  readPoints(points: PointLists | BooleanMask, options?: AsyncReadOptions): Promise<ReadResult> {
    const selection = new PointSelection(points) as unknown as AnySelection;
    return this.read(selection, options as object) as Promise<ReadResult>;
  }

  /**
   * Reads many selections in groups and yields the boxes of each group when it is complete, in any order. Use it
   * instead of `readMany` if the boxes do not all fit into memory, or to use the first boxes while others are read.
   *
   * A group decodes each of its chunks once. Boxes that begin in the same chunk are in the same group, unless the group
   * would exceed its share of the budget or have more than 4,096 boxes. The first group has about 4 MiB and each later
   * one up to twice as much as the one before it, so the first boxes come early. An array of one chunk has no small
   * groups.
   *
   * Leaving the loop cancels the reads in flight; the loop ends when they have ended.
   * @param selections the selections, each as for {@link read}. Do not change them before the loop ends.
   * @param options as for {@link readMany} without `into`, and `budgetBytes`.
   * @throws as {@link readMany}, from the loop.
   * @example
   * for await (const { index, result } of arr.stream(selections)) train(labels[index], result.data)
   */
  stream(selections: readonly AnySelection[]): AsyncGenerator<StreamedBox<D>, void, void>;
  stream<O extends StreamOptions | undefined>(
    selections: readonly AnySelection[],
    options: O & Only<O, StreamOptions>,
  ): AsyncGenerator<BoxOf<D, O>, void, void>;
  stream(selections: readonly AnySelection[], options?: StreamOptions): AsyncGenerator<AnyBox, void, void> {
    checkReadOptions(options, streamKeys);
    budgetOf(options);
    return streamBoxes(this as unknown as BatchSource, selections, options);
  }

  /**
   * Reads a selection block by block, within a byte budget. The blocks cover the selection exactly once. Without
   * `shape`, the blocks of an ascending range begin at chunk boundaries if a chunk fits into a block; without
   * `overlap`, each chunk is then decoded once. The next blocks are read while the loop uses one.
   *
   * Leaving the loop cancels the reads in flight; the loop ends when they have ended.
   * @param options as for {@link read}, and {@link BlockOptions}.
   * @throws as {@link read}; errors other than invalid options come from the loop.
   * @example
   * let sum = 0;
   * for await (const { result } of arr.blocks({ as: 'float64' })) for (const value of result.data) sum += value;
   */
  blocks(): AsyncGenerator<Block<D>, void, void>;
  blocks<O extends BlockOptions | undefined>(
    options: O & Only<O, BlockOptions>,
  ): AsyncGenerator<Block<ResultDType<D, O>>, void, void>;
  blocks(options?: BlockOptions): AsyncGenerator<AnyBlock, void, void> {
    checkReadOptions(options, blockKeys);
    checkBlockOptions(options);
    return readBlocks(this as unknown as BlockSource, options);
  }

  /**
   * Reduces a selection to one number, or along dimensions, as NumPy does. The selection is read in chunks or in blocks
   * within a byte budget, and reduced on native threads, so the array may be larger than memory.
   *
   * The result does not depend on threads, chunks or the order of the elements, because sums are exact and only the
   * final result is rounded. Sums and means are the nearest float64; the error of `std` is below two units in the last
   * place. A sum of integers that does not fit into 64 bits is an error. A NaN makes the result NaN (except of
   * `count`), unless `skipMissing` leaves it out: the default with `decode: 'cf'`, as in xarray.
   * @param operation `count`, `min`, `max`, `sum`, `mean` or `std`. Complex numbers have no `min`, `max` and `std`.
   * @param options as for {@link read}, and {@link ReduceOptions}.
   * @returns a result like that of {@link read}; {@link ReducedDType} is its type. Without elements, `count` and `sum`
   *   are 0, and `mean` and `std` are NaN. The same holds if `skipMissing` leaves out all elements; `min` and `max` are
   *   then NaN, or 0 for integers.
   * @throws as {@link read}. {SelectionError} for `min` and `max` of no elements. {UnsupportedError} for `min`, `max`
   *   and `std` of complex numbers. {ConversionError} if a sum of integers does not fit into 64 bits.
   * @example
   * const perMonth = await arr.reduce('max', { axis: [1, 2], decode: 'cf' });
   */
  reduce<R extends Reduction>(operation: R): Promise<ReadResult<ReducedDType<D, R>>>;
  reduce<R extends Reduction, O extends ReduceOptions | undefined>(
    operation: R,
    options: O & Only<O, ReduceOptions>,
  ): Promise<ReadResult<ReducedDType<ResultDType<D, O>, R>>>;
  /**
   * Counts elements per bin, as `numpy.histogram` does with float64 edges. An element is in the last bin whose lower
   * edge is not greater; the last bin also contains its upper edge. For float16 and float32 elements, the edges of
   * equal bins are rounded to that type. 64-bit integers are rounded to float64 before they are compared.
   *
   * With `axis`, there is one histogram per position along the other dimensions, all with the same bins, and the last
   * dimension of the result is the bin. If nothing is selected and no range is given, the bins are between 0 and 1.
   * @throws as {@link read}. {TypeError} if there are so many bins that edges would be equal. {SelectionError} if the
   *   elements are not finite and there is no `range`. {UnsupportedError} for complex numbers.
   * @example
   * const { data, edges } = await arr.reduce('histogram', { bins: 100, range: [0, 1] });
   */
  reduce(operation: 'histogram'): Promise<HistogramResult>;
  reduce<O extends HistogramOptions | undefined>(
    operation: 'histogram',
    options: O & Only<O, HistogramOptions>,
  ): Promise<HistogramResult>;
  /**
   * Computes quantiles with linear interpolation, as `numpy.quantile` and `numpy.median` do for the elements as float64
   * numbers. A NaN makes the result NaN, unless `skipMissing` leaves it out. Without elements, the result is NaN.
   *
   * If a result needs more elements than fit into the budget, they are read several times: at most once per 16 bits of
   * the element type if the result is a single number. Nothing else may write the array in the meantime.
   * @throws as {@link read}. {UnsupportedError} for complex numbers. {ReadError} with the code `ECHANGED` if elements
   *   change between two passes.
   * @example
   * const { data: [low, high] } = await arr.reduce('quantile', { q: [0.05, 0.95] });
   * const median = await arr.reduce('median', { axis: 0 });
   */
  reduce(operation: 'quantile' | 'median'): Promise<ReadResult<'float64'>>;
  reduce<O extends QuantileOptions | undefined>(
    operation: 'quantile' | 'median',
    options: O & Only<O, QuantileOptions>,
  ): Promise<ReadResult<'float64'>>;
  reduce(operation: ReduceOperation, options?: AnyReduceOptions): Promise<AnyResult> {
    return withCaller(this.reduceSelection(operation, options, (...composed) => reduceArray(operation, ...composed)));
  }

  /** @internal Checks the arguments of a reduction, and calls `reduce` with the array that stores the elements. */
  async reduceSelection<T>(operation: ReduceOperation, options: MaybeReduce, reduce: ReduceWith<T>): Promise<T> {
    checkReduce(operation, options);
    return await reduce(this as unknown as ReduceSource, options ?? {});
  }

  /**
   * Returns a sub-array. Nothing is read until the view is read. A view of a view selects from the same array. Use the
   * view only while the array is open. The view itself need not be closed.
   * @param selection one entry per dimension, text, or entries by dimension name. Lists and masks may have at most
   *   1,048,576 entries.
   * @throws {SelectionError} if the selection does not fit the array.
   * @example
   * const europe = arr.view({ lat: slice(120, 200), lon: slice(300, 400) });
   * console.log(europe.shape, (await europe.read([0])).data);
   */
  view(selection: AnySelection, options?: Pick<ReadOptions, 'coordinates'>): ArrayView<D> {
    if (options !== undefined) checkKeys(options, { coordinates: true });
    checkListLengths(selection, 'view()');
    return new ArrayView(this, finish(normalizeOne(this, selection, options)));
  }
}

/**
 * A sub-array of an array. Its reads compose their selections with the selection of the view. It has no coordinates:
 * positions count from 0.
 * @typeParam D the element type.
 */
export class ArrayView<D extends DType = DType> extends ReadableArray<D> {
  readonly #array: ReadableArray<D>;
  readonly #slab: Hyperslab;

  /** @internal Use {@link ReadableArray.view}. */
  constructor(array: ReadableArray<D>, slab: Hyperslab) {
    super();
    this.#array = array;
    this.#slab = slab;
  }

  get path(): string {
    return this.#array.path;
  }
  get shape(): readonly number[] {
    return shapeOf(this.#slab);
  }
  get dtype(): D {
    return this.#array.dtype;
  }
  get chunkShape(): readonly number[] {
    return this.#kept().map(([axis, d]) => {
      const step = axis.kind === 'range' ? Math.abs(axis.step) : 1;
      return Math.min(axis.count, Math.ceil((this.#array.chunkShape[d] ?? 1) / step));
    });
  }
  get dimensionNames(): readonly (string | null)[] | null {
    const names = this.#array.dimensionNames;
    return names === null ? null : this.#kept().map(([, d]) => names[d] ?? null);
  }
  get domain(): null {
    return null;
  }
  /** @internal */
  override get storesMissing(): boolean {
    return this.#array.storesMissing;
  }

  /** @internal Formats the view for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { dtype, shape, path } = this;
    return formatInspect('ArrayView', { dtype, shape, path }, depth, options);
  }

  read(selection?: AnySelection): Promise<ReadResult<D>>;
  read<O extends AsyncReadOptions | undefined>(
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<ReadResult<ResultDType<D, O>> & MaskFor<O>>;
  async read(selection?: AnySelection, options?: AsyncReadOptions): Promise<ReadResult> {
    checkReadOptions(options, asyncReadKeys);
    const composed = await runInSlices(composeOne(this.#slab, this, selection, options), options?.signal);
    return (await this.#array.read(composed, { ...options, coordinates: 'positions' })) as ReadResult;
  }

  readInto<A extends TypedArray>(target: A, selection?: AnySelection): Promise<TypedReadResult<D, A>>;
  readInto<A extends TypedArray, O extends AsyncReadOptions | undefined>(
    target: A,
    selection: AnySelection | undefined,
    options: O & Only<O, AsyncReadOptions>,
  ): Promise<TypedReadResult<ResultDType<D, O>, A> & MaskFor<O>>;
  async readInto(target: TypedArray, selection?: AnySelection, options?: AsyncReadOptions): Promise<AnyResult> {
    const endUse = useGivenMemory(target);
    try {
      checkReadOptions(options, asyncReadKeys);
      const composed = await runInSlices(composeOne(this.#slab, this, selection, options), options?.signal);
      return await this.#array.readInto(target, composed, { ...options, coordinates: 'positions' });
    } finally {
      endUse();
    }
  }

  readMany(selections: readonly AnySelection[]): Promise<BatchResult<D>>;
  readMany<A extends TypedArray, O extends ReadManyOptions>(
    selections: readonly AnySelection[],
    options: O & { readonly into: A } & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O, A>>;
  readMany<O extends ReadManyOptions | undefined>(
    selections: readonly AnySelection[],
    options: O & Only<O, ReadManyOptions>,
  ): Promise<ManyResult<D, O>>;
  async readMany(selections: readonly AnySelection[], options?: ReadManyOptions): Promise<AnyBatchResult> {
    checkReadOptions(options, readManyKeys);
    if (!Array.isArray(selections)) throw expected('an array of selections', 'selections', selections);
    const composed = await runInSlices(composeMany(this.#slab, this, selections, options), options?.signal);
    const source = this.#array as unknown as BatchSource;
    return await source.readMany(composed, { ...options, coordinates: 'positions' });
  }

  override view(selection: AnySelection, options?: Pick<ReadOptions, 'coordinates'>): ArrayView<D> {
    if (options !== undefined) checkKeys(options, { coordinates: true });
    checkListLengths(selection, 'view()');
    return new ArrayView(this.#array, finish(composeSlab(this.#slab, this, selection, options)));
  }

  override blocks(): AsyncGenerator<Block<D>, void, void>;
  override blocks<O extends BlockOptions | undefined>(
    options: O & Only<O, BlockOptions>,
  ): AsyncGenerator<Block<ResultDType<D, O>>, void, void>;
  override async *blocks(options?: BlockOptions): AsyncGenerator<AnyBlock, void, void> {
    checkReadOptions(options, blockKeys);
    checkBlockOptions(options);
    // Divides the selection in terms of the array and not of the view, so that blocks begin at chunk boundaries.
    const selection = await runInSlices(composeOne(this.#slab, this, options?.selection, options), options?.signal);
    yield* readBlocks(this.#array as unknown as BlockSource, { ...options, selection, coordinates: 'positions' });
  }

  /** @internal */
  override async reduceSelection<T>(op: ReduceOperation, options: MaybeReduce, reduce: ReduceWith<T>): Promise<T> {
    checkReduce(op, options);
    const selection = await runInSlices(composeOne(this.#slab, this, options?.selection, options), options?.signal);
    const given = { ...options, selection, coordinates: 'positions' as const };
    return await (this.#array as ReadableArray).reduceSelection(op, given, reduce);
  }

  /** Returns the axes that are not dropped by the view, each with its dimension in the array. */
  #kept(): readonly (readonly [Axis, number])[] {
    return this.#slab.flatMap((axis, d) => (axis.dropped ? [] : [[axis, d] as const]));
  }
}
