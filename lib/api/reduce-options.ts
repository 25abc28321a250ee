/**
 * Options and types of reductions.
 * @module
 */
import type { ComplexDType, DType } from '../core/dtype.js';
import type { Reduction } from '../core/generated/reduce.js';
import type { AnySelection } from './named-selection.js';
import { type AsyncReadOptions, asyncReadKeys } from './options.js';

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
   * attribute of TileDB, null. The result then has a `mask` that is 1 where no element is left. Default false.
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

const { mask: _, ...readKeys } = asyncReadKeys;

/** Keys of {@link ReduceOptions}. */
export const reduceKeys = {
  ...readKeys,
  axis: true,
  keepDims: true,
  selection: true,
  skipMissing: true,
  ddof: true,
  budgetBytes: true,
} as const satisfies Record<keyof ReduceOptions, true>;

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
