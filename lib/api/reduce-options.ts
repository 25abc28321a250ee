/**
 * Options and types of reductions.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import type { ComplexDType, DType } from '../core/dtype.js';
import type { Accumulator } from '../core/generated/reduce.js';
import { expected, Fields, listNames } from '../core/validate.js';
import type { AnySelection } from './named-selection.js';
import { type AsyncReadOptions, asyncReadKeys } from './options.js';
import { checkReadOptions } from './settings.js';
import { budgetOf } from './stream.js';

/** Reductions of many elements to one number. */
export const reductions = ['count', 'min', 'max', 'sum', 'mean', 'std'] as const satisfies readonly Accumulator[];

/**
 * A reduction of many elements to one number. `count`: number of elements; `min`: smallest element; `max`: largest
 * element; `sum`: sum of the elements; `mean`: sum divided by the number of elements; `std`: square root of the mean
 * squared distance from the mean.
 */
export type Reduction = (typeof reductions)[number];

/** Options of {@link ReadableArray.reduce}. */
export interface ReduceOptions extends Omit<AsyncReadOptions, 'mask'> {
  /**
   * Dimensions of the selection that are reduced: a position, a name, or a list of them. Negative positions count from
   * the end. Default: all dimensions.
   */
  readonly axis?: number | string | readonly (number | string)[];
  /** True to keep reduced dimensions with length 1. Default false. */
  readonly keepDims?: boolean;
  /** Selection that is reduced. Default: the whole array. */
  readonly selection?: AnySelection;
  /**
   * True to leave out NaN, and elements that are missing by the attributes that `decode` lists or, for a nullable
   * attribute of TileDB, null. The result then has a `mask` that is 1 where no element is left. Default: true with
   * `decode: 'cf'` unless the elements are complex numbers, otherwise false.
   */
  readonly skipMissing?: boolean;
  /** For `std`: number that is subtracted from the number of elements in the divisor of the variance. Default 0. */
  readonly ddof?: number;
  /**
   * Maximum number of bytes of memory for blocks of elements and for intermediate results. The result itself is not
   * counted. Default: 128 MiB.
   */
  readonly budgetBytes?: number;
}

/** Options of the reduction `histogram`. */
export interface HistogramOptions extends Omit<ReduceOptions, 'ddof'> {
  /**
   * Number of bins of equal width (at most 16,777,215), or the edges of the bins in ascending order: a list of at least
   * two numbers, which may begin and end with infinities. Default 10.
   */
  readonly bins?: number | readonly number[] | Float64Array;
  /**
   * First and last edge of bins of equal width. If both are equal, the range is extended by 0.5 on both sides. Default:
   * the smallest and the largest element of the selection, which a first pass finds.
   */
  readonly range?: readonly [low: number, high: number];
}

/** Options of the reductions `quantile` and `median`. */
export interface QuantileOptions extends Omit<ReduceOptions, 'ddof'> {
  /**
   * Only for `quantile`: share of the elements that are smaller than the result, from 0 to 1, or a list of shares. With
   * a list, the first dimension of the result is the position in the list. Default 0.5.
   */
  readonly q?: number | readonly number[] | Float64Array;
}

/** Options of all reductions. */
export type AnyReduceOptions = ReduceOptions & HistogramOptions & QuantileOptions;

const { mask: _, ...readKeys } = asyncReadKeys;

const commonKeys = {
  ...readKeys,
  axis: true,
  keepDims: true,
  selection: true,
  skipMissing: true,
  budgetBytes: true,
} as const;

/** Keys of {@link ReduceOptions}. */
const reduceKeys = { ...commonKeys, ddof: true } as const satisfies Record<keyof ReduceOptions, true>;

/** Keys of {@link HistogramOptions}. */
const histogramKeys = { ...commonKeys, bins: true, range: true } as const satisfies Record<
  keyof HistogramOptions,
  true
>;

/** Keys of {@link QuantileOptions}. */
const quantileKeys = { ...commonKeys, q: true } as const satisfies Record<keyof QuantileOptions, true>;

/** What `reduce` computes. */
export type ReduceOperation = Reduction | 'histogram' | 'quantile' | 'median';

/** Options of each operation. */
const keysOf: Readonly<Record<ReduceOperation, typeof commonKeys>> = {
  count: reduceKeys,
  min: reduceKeys,
  max: reduceKeys,
  sum: reduceKeys,
  mean: reduceKeys,
  std: reduceKeys,
  histogram: histogramKeys,
  quantile: quantileKeys,
  median: quantileKeys,
};

/** Maximum number of bins of a histogram. */
const maxBins = 2 ** 24 - 1;
/** Maximum number of quantiles of one call. */
const maxQuantiles = 1024;

/**
 * Checks the arguments of a reduction.
 * @throws {TypeError} naming the argument or option.
 */
export function checkReduce(operation: ReduceOperation, options: AnyReduceOptions = {}): void {
  if (!Object.hasOwn(keysOf, operation)) {
    throw expected(listNames(Object.keys(keysOf)), 'operation', operation);
  }
  checkReadOptions(options, keysOf[operation]);
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
  if (operation === 'histogram') checkBins(options);
  if (options.q !== undefined) checkQuantiles(operation, options.q);
}

function checkQuantiles(operation: ReduceOperation, q: unknown): void {
  if (operation !== 'quantile') throw expected("it only for 'quantile'", 'options.q', q);
  const list: readonly unknown[] =
    Array.isArray(q) || typedArrayName(q) === 'Float64Array' ? Array.from(q as ArrayLike<unknown>) : [q];
  const isValid = list.every((value) => typeof value === 'number' && value >= 0 && value <= 1);
  if (!isValid || list.length === 0 || list.length > maxQuantiles)
    throw expected(`a number from 0 to 1, or a list of 1 to ${maxQuantiles} of them`, 'options.q', q);
}

function checkBins({ bins = 10, range }: HistogramOptions): void {
  const value: unknown = bins;
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 1 || value > maxBins)
      throw expected(`an integer from 1 to ${maxBins}, or a list of edges`, 'options.bins', value);
  } else if (!isEdges(value)) {
    throw expected(`a number of bins, or 2 to ${maxBins + 1} edges in ascending order`, 'options.bins', value);
  } else if (range !== undefined) {
    throw expected('it only together with a number of bins', 'options.range', range);
  }
  if (range === undefined) return;
  const [low, high] = Array.isArray(range) && range.length === 2 ? (range as readonly unknown[]) : [];
  if (typeof low !== 'number' || typeof high !== 'number' || !(high >= low) || !Number.isFinite(high - low))
    throw expected('two finite numbers in ascending order', 'options.range', range);
}

function isEdges(value: unknown): value is ArrayLike<number> {
  if (!Array.isArray(value) && typedArrayName(value) !== 'Float64Array') return false;
  const edges: readonly unknown[] = Array.from(value as ArrayLike<unknown>);
  if (edges.length < 2 || edges.length > maxBins + 1) return false;
  return edges.every((edge, i) => {
    const previous = i === 0 ? edge : edges[i - 1];
    return typeof edge === 'number' && typeof previous === 'number' && edge >= previous;
  });
}

/**
 * Element type of the result of reduction `R` of elements of type `D`. `min` and `max` keep the type. `sum` is float64
 * for floats, complex128 for complex numbers, uint64 for unsigned integers and int64 for other integers and bool.
 * `count` and `std` are float64; so is `mean`, which is complex128 for complex numbers.
 */
export type ReducedDType<D extends DType, R extends Reduction> = R extends 'min' | 'max'
  ? D
  : R extends 'count' | 'std'
    ? 'float64'
    : D extends ComplexDType
      ? 'complex128'
      : R extends 'mean'
        ? 'float64'
        : D extends 'float16' | 'float32' | 'float64'
          ? 'float64'
          : D extends 'uint8' | 'uint16' | 'uint32' | 'uint64'
            ? 'uint64'
            : 'int64';
