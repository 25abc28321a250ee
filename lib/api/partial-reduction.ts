/**
 * Reductions of which other processes compute a part.
 * @module
 */
import { type DType, type DTypeInfo, dtypeInfo } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { expected, listNames } from '../core/validate.js';
import { type ReduceSpec, ReduceStates, stateBytes } from '../exec/reduce-states.js';
import type { ReadStats } from '../exec/stats.js';
import { sumStats } from '../exec/sum-stats.js';
import { forEachRun, reducedShape } from '../plan/reduce-layout.js';
import { withCaller } from './caller-stack.js';
import { decodePartial, encodePartial, type PartialHeader } from './partial-reduction-bytes.js';
import { type AnyResult, ArrayResult, type ReadResult } from './read-result.js';
import { ReadableArray } from './readable-array.js';
import { checkNotEmpty, planReduction, resultInfo, storeTile } from './reduce.js';
import {
  type AnyReduceOptions,
  type ReducedDType,
  type ReduceOptions,
  type Reduction,
  reductions,
} from './reduce-options.js';
import { createSpec, nativeStates, type ReduceSource, reduceTiles } from './reduce-tiles.js';
import { countElements } from './request.js';
import { allocate, computeStrides } from './result.js';
import { singleOwner } from './result-memory.js';
import type { Only, ResultDType } from './result-types.js';

/**
 * The exact intermediate state of a reduction, to which more elements can be added: those of other parts of an array,
 * of other arrays, or from other threads and processes. Create it with {@link partialReduce}.
 *
 * The order in which parts are merged does not change the result, not even its last bit, because sums are exact and
 * only {@link finish} rounds.
 * @typeParam R element type of the result.
 */
export class PartialReduction<R extends DType = DType> {
  readonly operation: Reduction;
  /** Type of the elements that were added. */
  readonly elementType: DType;
  /** Shape of the result of {@link finish}. */
  readonly shape: readonly number[];
  readonly #skipMissing: boolean;
  readonly #ddof: number;
  #elements: number;
  #stats: ReadStats;
  readonly #states: ReduceStates;
  /** Settles when the last call that uses the states has ended. Never rejects. */
  #idle: Promise<unknown> = Promise.resolve();

  /** @internal Use {@link partialReduce} or {@link fromBytes}. */
  constructor(header: PartialHeader, states: ReduceStates, stats: ReadStats = sumStats([])) {
    this.operation = header.operation;
    this.elementType = header.elementType;
    this.shape = header.shape;
    this.#skipMissing = header.skipMissing;
    this.#ddof = header.ddof;
    this.#elements = header.elements;
    this.#states = states;
    this.#stats = stats;
  }

  /**
   * Recreates a partial reduction from the bytes of {@link toBytes}, of any thread, process or machine.
   * @param bytes are copied. Bytes from strangers are safe: they are checked, or give a meaningless result.
   * @throws {FormatError} if they are not the bytes of a partial reduction. {TypeError} if they are not a Uint8Array.
   */
  static fromBytes(bytes: Uint8Array): PartialReduction {
    const { header, words } = decodePartial(bytes, (of) => outputsOf(of) * (stateBytes(stateSpec(of)) / 8));
    return new PartialReduction(header, new ReduceStates(stateSpec(header), outputsOf(header), words));
  }

  /**
   * Adds the elements of another partial reduction, which does not change.
   * @throws {TypeError} if the two have different operations, element types, shapes or options, or are the same object.
   * @example
   * const total = PartialReduction.fromBytes(await results.get());
   * await total.merge(PartialReduction.fromBytes(await results.get()));
   * const { data } = await total.finish();
   */
  merge(other: PartialReduction): Promise<void> {
    return withCaller(this.#merge(other));
  }

  async #merge(other: PartialReduction): Promise<void> {
    if (!(other instanceof PartialReduction) || other === (this as PartialReduction))
      throw expected('another partial reduction', 'other', other);
    for (const key of ['operation', 'elementType'] as const) {
      if (other[key] !== this[key]) throw expected(`the ${key} '${this[key]}'`, `other.${key}`, other[key]);
    }
    if (String(other.shape) !== String(this.shape))
      throw expected(`the shape [${this.shape.join(', ')}]`, 'other.shape', other.shape);
    if (other.#skipMissing !== this.#skipMissing || other.#ddof !== this.#ddof)
      throw expected('the same `skipMissing` and `ddof`', 'other', other);
    const before = Promise.all([this.#idle, other.#idle]);
    const merging = before.then(() => this.#states.merge(other.#states, undefined));
    this.#idle = merging.catch(() => undefined);
    other.#idle = this.#idle;
    await merging;
    this.#elements += other.#elements;
    this.#stats = sumStats([this.#stats, other.#stats]);
  }

  /**
   * Computes the result of all elements that were added so far. More elements can be added later.
   * @returns the result that `reduce` returns for these elements. Its statistics count the reads of this process.
   * @throws {SelectionError} for `min` and `max` if no elements were selected. {ConversionError} if a sum of integers
   *   does not fit into 64 bits.
   */
  finish(): Promise<ReadResult<R>> {
    return withCaller(this.#finish()) as unknown as Promise<ReadResult<R>>;
  }

  async #finish(): Promise<AnyResult> {
    const { operation, shape } = this;
    const outputs = product(shape);
    const finishing = this.#idle.then(async () => {
      if (this.#elements === 0) checkNotEmpty(operation, outputs);
      const out = resultInfo(operation, dtypeInfo(this.elementType));
      const data = allocate(out, outputs);
      const empty = new Uint8Array(outputs);
      const whole = { states: this.#states, begin: shape.map(() => 0), shape };
      await storeTile(whole, shape, out, data, empty, undefined);
      const mask = this.#skipMissing ? empty : null;
      const fields = { data, mask, shape, strides: computeStrides(shape), dtype: out.name, stats: this.#stats };
      return new ArrayResult(fields, singleOwner);
    });
    this.#idle = finishing.catch(() => undefined);
    return await finishing;
  }

  /**
   * Returns the state as bytes, which you can store, or send to another thread or process. Do not call it while
   * {@link merge} is changing the state.
   */
  toBytes(): Uint8Array {
    const { operation, elementType, shape } = this;
    const header = { operation, elementType, shape, skipMissing: this.#skipMissing, ddof: this.#ddof };
    return encodePartial({ ...header, elements: this.#elements }, this.#states.words);
  }
}

/** Returns the type of the numbers of which the elements consist. */
function numberType(info: DTypeInfo): DTypeInfo {
  return info.kind === 'c' ? dtypeInfo(info.name === 'complex64' ? 'float32' : 'float64') : info;
}

function stateSpec({ operation, elementType, skipMissing, ddof }: PartialHeader): ReduceSpec {
  return { operation, type: numberType(dtypeInfo(elementType)), skipNan: skipMissing, ddof, table: null };
}

/** Returns the number of states: one per result, and two for complex numbers, except for `count`. */
function outputsOf({ operation, elementType, shape }: PartialHeader): number {
  return product(shape, dtypeInfo(elementType).kind === 'c' && operation !== 'count' ? 2 : 1);
}

/**
 * Reduces a selection like {@link ReadableArray.reduce}, but returns the exact intermediate state. Merge the states of
 * several parts of an array, which may be computed by several threads, processes or machines. The result is the same,
 * to the last bit, as if one call had reduced all elements.
 *
 * The states of all results are in memory: 288 bytes per result for sums and means of float64, 64 for float32, and 32
 * for integers; for `std` 824, 144 and 56.
 * @param operation as for `reduce`. Histograms need no state: add the `data` of those with the same bins.
 * @param options as for `reduce`.
 * @throws as `reduce`, except that an empty selection is not an error.
 * @example
 * const first = await partialReduce(arr, 'mean', { axis: 0, selection: [slice(0, 500)] });
 * const second = await partialReduce(arr, 'mean', { axis: 0, selection: [slice(500, 1000)] });
 * await first.merge(second);
 * const { data } = await first.finish();
 */
export function partialReduce<D extends DType, R extends Reduction>(
  array: ReadableArray<D>,
  operation: R,
): Promise<PartialReduction<ReducedDType<D, R>>>;
export function partialReduce<D extends DType, R extends Reduction, O extends ReduceOptions | undefined>(
  array: ReadableArray<D>,
  operation: R,
  options: O & Only<O, ReduceOptions>,
): Promise<PartialReduction<ReducedDType<ResultDType<D, O>, R>>>;
export function partialReduce(
  array: ReadableArray,
  operation: Reduction,
  options?: ReduceOptions,
): Promise<PartialReduction> {
  return withCaller(checkAndReduce(array, operation, options));
}

async function checkAndReduce(
  array: ReadableArray,
  operation: Reduction,
  options: ReduceOptions | undefined,
): Promise<PartialReduction> {
  if (!(array instanceof ReadableArray)) throw expected('an open array', 'array', array);
  if (!reductions.includes(operation)) throw expected(listNames(reductions), 'operation', operation);
  return await array.reduceSelection(operation, options, (source, composed) =>
    reduceToStates(source, operation, composed),
  );
}

/** Reduces a selection to states. */
async function reduceToStates(
  source: ReduceSource,
  operation: Reduction,
  given: AnyReduceOptions,
): Promise<PartialReduction> {
  const { plan: parsed, none } = await planReduction(source, given);
  const plan = { ...parsed, operation };
  const { slab, shape, isReduced, options } = plan;
  const { skipMissing = false, ddof = 0, keepDims = false } = options;
  const type = dtypeInfo(none.dtype);
  const spec = createSpec(type, plan, source.path);
  const outShape = reducedShape(shape, isReduced, false);
  const resultShape = reducedShape(shape, isReduced, keepDims);
  const elements = countElements(slab);
  const header = { operation, elementType: none.dtype, shape: resultShape, skipMissing, ddof, elements };
  const outputs = outputsOf(header);
  const states = new ReduceStates(spec, outputs);
  const perResult = outputs / Math.max(1, product(outShape));
  let stats = none.stats;
  for await (const tile of reduceTiles(source, plan, nativeStates(spec), type)) {
    stats = sumStats([stats, tile.stats]);
    forEachRun(tile.shape, tile.begin, outShape, (from, to, length) => {
      states.copy(tile.states, from * perResult, to * perResult, length * perResult);
    });
  }
  return new PartialReduction(header, states, stats);
}
