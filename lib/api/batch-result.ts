/**
 * Results of `readMany`: one result per box, over shared memory.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { type DataFor, type DType, isComplex, type TypedArray } from '../core/dtype.js';
import type { ReadStats } from '../exec/stats.js';
import type { Output } from '../plan/output.js';
import { type AnyResult, ArrayResult, type ResultMemory, type TypedReadResult } from './read-result.js';
import { computeStrides } from './result.js';

/**
 * Result of `readMany` with elements of one type. It has the results of the boxes, in the order of the selections, and
 * is iterable over them. If all boxes have the same shape, it is also one array of shape `[n, ...box]`.
 *
 * All results share one block of memory: a result keeps all of it alive, and transferring the buffer of one empties
 * all. Use `result.data.slice()` for a copy.
 * @typeParam D the element type.
 * @typeParam A the typed array that holds the elements: a new one, or the target `into`.
 */
export interface BatchResult<D extends DType = DType, A extends TypedArray = DataFor<D>> {
  /** One result per selection, in the order of the selections. Their `stats` are those of the batch. */
  readonly results: readonly TypedReadResult<D, A>[];
  /** Elements of all boxes, one box after the other, each in C order. */
  readonly data: A;
  /** 1 for missing elements, else 0, in the order of `data`. Null unless the read has `mask: true`. */
  readonly mask: DataFor<'bool'> | null;
  /** `[n, ...box]` if all boxes have the same shape, otherwise null. `[0]` without selections. */
  readonly shape: readonly number[] | null;
  /** Distance between neighbouring elements along each dimension of `shape`, in elements; null if `shape` is null. */
  readonly strides: readonly number[] | null;
  /** Type of the elements of `data`. */
  readonly dtype: D;
  /**
   * Statistics of the batch. `chunks` counts a compressed chunk once, however many boxes need it. An uncompressed chunk
   * counts once for each shape of the runs of bytes that boxes read from it.
   */
  readonly stats: ReadStats;
  /**
   * Iterates over the results.
   * @example for (const crop of await arr.readMany(selections)) console.log(crop.shape)
   */
  [Symbol.iterator](): IterableIterator<TypedReadResult<D, A>>;
}

/** Result of a batch of any type, over memory of any kind. */
export type AnyBatchResult = BatchResult<DType, TypedArray>;

class ManyResults implements AnyBatchResult {
  readonly results: readonly AnyResult[];
  readonly data: TypedArray;
  readonly mask: DataFor<'bool'> | null;
  readonly shape: readonly number[] | null;
  readonly strides: readonly number[] | null;
  readonly dtype: DType;
  readonly stats: ReadStats;

  constructor(
    { data, mask, dtype, stats }: ResultMemory,
    results: readonly AnyResult[],
    shape: readonly number[] | null,
  ) {
    this.results = results;
    this.data = data;
    this.mask = mask;
    this.shape = shape;
    this.strides = shape === null ? null : computeStrides(shape);
    this.dtype = dtype;
    this.stats = stats;
  }

  [Symbol.iterator](): IterableIterator<AnyResult> {
    return this.results.values();
  }
}

/** Number of results after which their creation may be interrupted. */
const resultsPerCheckpoint = 4096;

/** Creates the result of a batch in time slices. */
export function* createBatchResult(memory: ResultMemory, outputs: readonly Output[]): Sliced<AnyBatchResult> {
  const { data, mask, dtype, stats } = memory;
  const entries = isComplex(dtype) ? 2 : 1;
  const results: AnyResult[] = [];
  let shape: readonly number[] = outputs[0]?.shape ?? [];
  let strides = computeStrides(shape);
  let isUniform = true;
  for (const [i, output] of outputs.entries()) {
    if (i % resultsPerCheckpoint === resultsPerCheckpoint - 1) yield checkpoint;
    if (!isSameShape(shape, output.shape)) {
      isUniform = false;
      shape = output.shape;
      strides = computeStrides(shape);
    }
    const { offset } = output;
    const end = offset + output.elements;
    const part = data.subarray(offset * entries, end * entries);
    results.push(
      new ArrayResult({ data: part, mask: mask?.subarray(offset, end) ?? null, shape, strides, dtype, stats }),
    );
  }
  return new ManyResults(memory, results, isUniform ? [outputs.length, ...shape] : null);
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, d) => extent === b[d]);
}
