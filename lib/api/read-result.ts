/**
 * Results of reads: the elements, and ways to look at them.
 * @module
 */
import type { InspectOptions } from 'node:util';
import { dispose } from '../core/dispose.js';
import { type ComplexDType, type DataFor, type DType, isComplex, type TypedArray } from '../core/dtype.js';
import { toJsonValue } from '../core/json-value.js';
import { expected, withStackFrom } from '../core/validate.js';
import type { ReadStats } from '../exec/stats.js';
import type { Output } from '../plan/output.js';
import { formatInspect, omittedStats, printedAs } from './inspect.js';
import { type NestedArray, nest } from './nested-array.js';
import { computeStrides } from './result.js';
import { goneError, type MemoryOwner, singleOwner } from './result-memory.js';

/**
 * One element of type `D`: 64-bit integers are `bigint`, complex numbers are pairs. If the runtime has no
 * `Float16Array`, a float16 is a number that holds its 16 bits.
 */
export type ElementFor<D extends DType> = D extends 'int64' | 'uint64'
  ? bigint
  : D extends ComplexDType
    ? readonly [re: number, im: number]
    : number;

/**
 * Result of a read with elements of one type. Its properties are plain data: spreading, `structuredClone` and
 * `postMessage` keep them, without the methods.
 * @typeParam D the element type.
 * @typeParam A the typed array that holds the elements: a new one, or the target of `readInto`.
 */
export interface TypedReadResult<D extends DType, A extends TypedArray = DataFor<D>> {
  /** Elements in C order. */
  readonly data: A;
  /**
   * Contains 1 for each missing element and 0 for the others, in the order of `data`. Null unless the read has
   * `mask: true`. The result type of reads with `mask: true` says that `mask` is never null.
   */
  readonly mask: DataFor<'bool'> | null;
  /** Shape of the selection. A dimension that was selected by an integer is dropped. */
  readonly shape: readonly number[];
  /** Distance between neighbouring elements along each dimension, in elements. */
  readonly strides: readonly number[];
  /** Type of the elements of `data`: the array's type, unless the options of the read change it. */
  readonly dtype: D;
  /** Statistics of the read. */
  readonly stats: ReadStats;
  /**
   * Returns one element. Negative indices count from the end.
   * @param indices one index per dimension.
   * @throws {RangeError} if there are more or fewer indices than dimensions, or if an index is outside of its
   *   dimension.
   * @throws {ClosedError} if the memory was released or transferred.
   * @example result.at(0, -1)
   */
  at(...indices: readonly number[]): ElementFor<D>;
  /**
   * Iterates over the rows: runs of elements along the last dimension, without copying them. A result without
   * dimensions has one row of one element.
   * @example for (const row of result.rows()) console.log(row)
   */
  rows(): IterableIterator<A>;
  /**
   * Iterates over the first dimension. Yields results that have one dimension less and share memory with this result.
   * @throws {TypeError} if the result has no dimensions.
   * @example for (const plane of result) console.log(plane.shape)
   */
  [Symbol.iterator](): IterableIterator<TypedReadResult<D, A>>;
  /**
   * Returns a copy of the elements as nested arrays, one level per dimension, like NumPy's `tolist`. The elements are
   * those of {@link at}. Without dimensions, returns the element itself.
   * @throws {ClosedError} if the memory was released or transferred.
   * @example console.table(result.toNestedArray())
   */
  toNestedArray(): NestedArray<ElementFor<D>>;
  /**
   * Returns the type, the shape, the elements and the mask, if there is one, for `JSON.stringify`. 64-bit integers, NaN
   * and infinities become strings. The statistics are omitted: serialize `result.stats` separately.
   */
  toJSON(): Record<string, unknown>;
  /**
   * Gives the memory of the result back at once, so that a later read can use it. Without this call, the memory is in
   * use until the garbage collector finds that nothing refers to it. Afterwards `data` and `mask` throw a ClosedError,
   * and typed arrays over the memory have length 0. In a loop, `using result = await arr.read(…)` is much faster than
   * without `using` for results of 64 KiB or more (docs/guide/memory.md).
   *
   * Does nothing for a result in the caller's memory (`readInto`), for a part of a result that iteration yields, for
   * memory that was transferred to another thread, and if it is called again. Wait for other APIs that use `data`, such
   * as `fs.write`, before you call it.
   * @throws {TypeError} if a read or write in flight uses the memory.
   * @example
   * for (const selection of selections) {
   *   using result = await arr.read(selection);
   *   sum += result.data[0];
   * }
   */
  release(): void;
  /** Calls {@link release}, for `using`. */
  [dispose](): void;
}

/**
 * Result of a read into new memory. Comparing `dtype` narrows the type of `data`.
 * @typeParam D the element type; a union gives a union of results.
 * @example switch (result.dtype) { case 'int64': total += result.data[0] }
 */
export type ReadResult<D extends DType = DType> = D extends DType ? TypedReadResult<D> : never;

/** A result of any type, over memory of any kind. */
export type AnyResult = TypedReadResult<DType, TypedArray>;

/** Fields of a result. */
type Fields = Pick<AnyResult, 'data' | 'mask' | 'shape' | 'strides' | 'dtype' | 'stats'>;

/** Memory that a read has filled. */
export interface ResultMemory extends Pick<Fields, 'data' | 'mask' | 'dtype' | 'stats'> {
  /** True if the library allocated the memory. */
  readonly isOwned: boolean;
}

const goneProperty: PropertyDescriptor = {
  enumerable: true,
  get: () => {
    throw goneError();
  },
};

/** Properties that replace `data` and `mask` of a released result. They throw a ClosedError. */
export const goneProperties: PropertyDescriptorMap = { data: goneProperty, mask: goneProperty };

const released = printedAs('[released]');

/** A result of any type. */
export class ArrayResult implements AnyResult {
  readonly data: TypedArray;
  readonly mask: DataFor<'bool'> | null;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly dtype: DType;
  readonly stats: ReadStats;
  /** Owner of the memory; null if the result does not own it, or if it was released. */
  #owner: MemoryOwner | null;

  constructor({ data, mask, shape, strides, dtype, stats }: Fields, owner: MemoryOwner | null) {
    this.data = data;
    this.mask = mask;
    this.shape = shape;
    this.strides = strides;
    this.dtype = dtype;
    this.stats = stats;
    this.#owner = owner;
  }

  release(): void {
    const owner = this.#owner;
    if (owner === null) return;
    owner.release(this.data, this.mask);
    this.#owner = null;
    Object.defineProperties(this, goneProperties);
  }

  [dispose](): void {
    this.release();
  }

  /** Number of entries of `data` per element. */
  get #entries(): 1 | 2 {
    return isComplex(this.dtype) ? 2 : 1;
  }

  at(...indices: readonly number[]): never {
    const { shape, strides, data } = this;
    if (indices.length !== shape.length) {
      const message = `Expected ${shape.length} indices, one per dimension, received ${indices.length}`;
      throw withStackFrom(new RangeError(message), this.at);
    }
    let offset = 0;
    for (const [d, index] of indices.entries()) {
      const length = shape[d] ?? 0;
      const position = index < 0 ? index + length : index;
      if (!Number.isInteger(index) || position < 0 || position >= length) {
        const message = `Expected an integer from ${-length} to ${length - 1} for dimension ${d}, received ${index}`;
        throw withStackFrom(new RangeError(message), this.at);
      }
      offset += position * (strides[d] ?? 0);
    }
    if (data.length === 0) throw goneError();
    const element = this.#entries === 2 ? [data[2 * offset], data[2 * offset + 1]] : data[offset];
    return element as never; // The interface states the type of the element.
  }

  toNestedArray(): never {
    const { data, shape } = this;
    if (data.length === 0 && !shape.includes(0)) throw goneError();
    return nest(data, shape, this.#entries) as never; // The interface states the type of the elements.
  }

  *rows(): IterableIterator<TypedArray> {
    const length = (this.shape.at(-1) ?? 1) * this.#entries;
    const { data } = this;
    if (data.length === 0 && !this.shape.includes(0)) throw goneError();
    for (let begin = 0; begin < data.length; begin += length) yield data.subarray(begin, begin + length);
  }

  *[Symbol.iterator](): IterableIterator<ArrayResult> {
    const [count, ...shape] = this.shape;
    if (count === undefined) throw expected('a result with dimensions to iterate over', 'result', this.shape);
    const { mask, dtype, stats, data } = this;
    const strides = this.strides.slice(1);
    const length = this.strides[0] ?? 0;
    const entries = length * this.#entries;
    for (let i = 0; i < count; i++) {
      const part = data.subarray(i * entries, (i + 1) * entries);
      const partMask = mask?.subarray(i * length, (i + 1) * length) ?? null;
      yield createPart({ data: part, mask: partMask, shape, strides, dtype, stats });
    }
  }

  /** @internal Formats the result for `console.log`: omits the statistics, which are longer than most results. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { dtype, shape } = this;
    const isReleased = Object.getOwnPropertyDescriptor(this, 'data')?.get !== undefined;
    const { data, mask } = isReleased ? { data: released, mask: null } : this;
    const fields = { dtype, shape, data, ...(mask === null ? {} : { mask }), stats: omittedStats };
    return formatInspect('ReadResult', fields, depth, options);
  }

  toJSON(): Record<string, unknown> {
    const { dtype, shape, data, mask } = this;
    return { dtype, shape, data: toJsonValue(data), ...(mask === null ? {} : { mask: toJsonValue(mask) }) };
  }
}

/**
 * Creates a part of a result. The class does not do this itself, because bundlers rename classes that refer to
 * themselves, and `console.log` would print `_ArrayResult`.
 */
function createPart(fields: Fields): ArrayResult {
  return new ArrayResult(fields, null);
}

/** Creates the result of a read of one box over the memory that the read filled. */
export function createResult(memory: ResultMemory, outputs: readonly Output[]): ArrayResult {
  const { data, mask, dtype, stats, isOwned } = memory;
  const shape = outputs[0]?.shape ?? [];
  const strides = computeStrides(shape);
  return new ArrayResult({ data, mask, shape, strides, dtype, stats }, isOwned ? singleOwner : null);
}
