/**
 * Results of `readMany`: one result per box, over shared memory.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { dispose } from '../core/dispose.js';
import { type DataFor, type DType, isComplex, type TypedArray } from '../core/dtype.js';
import type { PosixParError } from '../core/errors.js';
import type { ReadStats } from '../exec/stats.js';
import type { Output } from '../plan/output.js';
import { formatInspect, omittedStats } from './inspect.js';
import { type AnyResult, ArrayResult, goneProperties, type ResultMemory, type TypedReadResult } from './read-result.js';
import { computeStrides } from './result.js';
import { SharedOwner } from './result-memory.js';
import type { OptionValue, ResultDType } from './result-types.js';

/**
 * Result of `readMany` with elements of one type. Iterating over it yields the results of the boxes, in the order of
 * the selections. If all boxes have the same shape, it is also one array of shape `[n, ...box]`.
 *
 * All results share one block of memory, and each result keeps the whole block alive. If the buffer of one result is
 * transferred, all results become empty. Use `result.data.slice()` for a copy. Memory of the library is
 * released by {@link release}, or when every result was released.
 * @typeParam D the element type.
 * @typeParam A the typed array that holds the elements: a new one, or the target `into`.
 */
export interface BatchResult<D extends DType = DType, A extends TypedArray = DataFor<D>> {
  /**
   * One result per selection, in the order of the selections. Each has the statistics of the whole batch as its
   * `stats`.
   */
  readonly results: readonly TypedReadResult<D, A>[];
  /** Elements of all boxes, one box after the other, each in C order. */
  readonly data: A;
  /** Contains 1 for each missing element and 0 for the others, in the order of `data`. Null without `mask: true`. */
  readonly mask: DataFor<'bool'> | null;
  /** `[n, ...box]` if all boxes have the same shape, otherwise null. `[0]` without selections. */
  readonly shape: readonly number[] | null;
  /** Distance between neighbouring elements along each dimension of `shape`, in elements; null if `shape` is null. */
  readonly strides: readonly number[] | null;
  /** Type of the elements of `data`. */
  readonly dtype: D;
  /**
   * Statistics of the batch. `chunks` counts a compressed chunk once, however many boxes need it. An uncompressed chunk
   * may count several times, because boxes whose byte runs differ in shape are planned separately.
   */
  readonly stats: ReadStats;
  /** Always empty. A read with `onError: 'collect'` returns a {@link CollectedBatch}, which may contain errors. */
  readonly errors: ReadonlyMap<number, PosixParError>;
  /**
   * Iterates over the results.
   * @example for (const crop of await arr.readMany(selections)) console.log(crop.shape)
   */
  [Symbol.iterator](): IterableIterator<TypedReadResult<D, A>>;
  /**
   * Gives the memory of all results back at once; see {@link TypedReadResult.release}.
   * @throws {TypeError} if a read or write in flight uses the memory.
   */
  release(): void;
  /** Calls {@link release}, for `using`. */
  [dispose](): void;
}

/**
 * Result of `readMany` with `onError: 'collect'`: like {@link BatchResult}, but boxes that could not be read have an
 * error instead of a result.
 * @typeParam D the element type.
 * @typeParam A the typed array that holds the elements: a new one, or the target `into`.
 */
export interface CollectedBatch<D extends DType = DType, A extends TypedArray = DataFor<D>>
  extends Omit<BatchResult<D, A>, 'results' | typeof Symbol.iterator> {
  /** One result per selection, in the order of the selections; null for boxes that could not be read. */
  readonly results: readonly (TypedReadResult<D, A> | null)[];
  /**
   * Errors of the boxes that could not be read, by the index of the selection. The elements of these boxes are 0 in
   * `data`, and are marked as missing in `mask`.
   */
  readonly errors: ReadonlyMap<number, PosixParError>;
  /** Iterates over the results. */
  [Symbol.iterator](): IterableIterator<TypedReadResult<D, A> | null>;
}

/**
 * Result of `readMany` with options of type `O`.
 * @typeParam D the element type of the array.
 */
export type ManyResult<D extends DType, O, A extends TypedArray = DataFor<ResultDType<D, O>>> =
  'collect' extends OptionValue<O, 'onError'>
    ? CollectedBatch<ResultDType<D, O>, A>
    : BatchResult<ResultDType<D, O>, A>;

/** Result of a batch of any type, over memory of any kind. */
export type AnyBatchResult = CollectedBatch<DType, TypedArray>;

/** Errors of a batch in which no box failed. */
export const noErrors: ReadonlyMap<number, PosixParError> = new Map();

class ManyResults implements AnyBatchResult {
  readonly results: readonly (AnyResult | null)[];
  readonly errors: ReadonlyMap<number, PosixParError>;
  readonly data: TypedArray;
  readonly mask: DataFor<'bool'> | null;
  readonly shape: readonly number[] | null;
  readonly strides: readonly number[] | null;
  readonly dtype: DType;
  readonly stats: ReadStats;
  /** Owner of the memory; null if the memory belongs to the caller or was released. */
  #owner: SharedOwner | null;

  constructor(
    { data, mask, dtype, stats }: ResultMemory,
    results: readonly (AnyResult | null)[],
    errors: ReadonlyMap<number, PosixParError>,
    shape: readonly number[] | null,
    owner: SharedOwner | null,
  ) {
    this.results = results;
    this.errors = errors;
    this.data = data;
    this.mask = mask;
    this.shape = shape;
    this.strides = shape === null ? null : computeStrides(shape);
    this.dtype = dtype;
    this.stats = stats;
    this.#owner = owner;
  }

  release(): void {
    if (this.#owner === null) return;
    this.#owner.releaseAll();
    this.#owner = null;
    Object.defineProperties(this, goneProperties);
  }

  [dispose](): void {
    this.release();
  }

  [Symbol.iterator](): IterableIterator<AnyResult | null> {
    return this.results.values();
  }

  /** @internal Formats the result for `console.log`: omits the statistics. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { dtype, shape, results, errors } = this;
    const fields = { dtype, shape, results, ...(errors.size === 0 ? {} : { errors }), stats: omittedStats };
    return formatInspect('BatchResult', fields, depth, options);
  }
}

/** Number of results between two checkpoints, at which other work may run. */
const resultsPerCheckpoint = 4096;

/**
 * Creates the result of a batch in time slices.
 * @param errors errors of boxes without a result, by the index of the box.
 */
export function* createBatchResult(
  memory: ResultMemory,
  outputs: readonly Output[],
  errors: ReadonlyMap<number, PosixParError>,
): Sliced<AnyBatchResult> {
  const { data, mask, dtype, stats } = memory;
  const owner = memory.isOwned ? new SharedOwner(data, mask) : null;
  const entries = isComplex(dtype) ? 2 : 1;
  const results: (AnyResult | null)[] = [];
  let shape: readonly number[] = outputs[0]?.shape ?? [];
  let strides = computeStrides(shape);
  for (const [i, output] of outputs.entries()) {
    if (i % resultsPerCheckpoint === resultsPerCheckpoint - 1) yield checkpoint;
    if (!isSameShape(shape, output.shape)) {
      shape = output.shape;
      strides = computeStrides(shape);
    }
    if (errors.has(i)) {
      results.push(null);
      continue;
    }
    const { offset } = output;
    const end = offset + output.elements;
    const part = data.subarray(offset * entries, end * entries);
    const partMask = mask?.subarray(offset, end) ?? null;
    results.push(new ArrayResult({ data: part, mask: partMask, shape, strides, dtype, stats }, owner));
    owner?.hold();
  }
  return new ManyResults(memory, results, errors, yield* commonShape(outputs), owner);
}

/** Returns `[n, ...shape]` if all outputs have the same shape, otherwise null. */
export function* commonShape(outputs: readonly Output[]): Sliced<readonly number[] | null> {
  const shape = outputs[0]?.shape ?? [];
  for (const [i, output] of outputs.entries()) {
    if (i % resultsPerCheckpoint === resultsPerCheckpoint - 1) yield checkpoint;
    if (!isSameShape(shape, output.shape)) return null;
  }
  return [outputs.length, ...shape];
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, d) => size === b[d]);
}
