/**
 * An output of a plan: the array in memory that elements go to, and how stored elements become elements of it.
 * @module
 */
import type { DTypeInfo } from '../core/dtype.js';
import type { Overflow } from '../core/generated/choices.js';
import { type Hyperslab, shapeOf } from './hyperslab.js';

/** What stored values mean; native/kernels/decode.h computes it. Bounds are inclusive, infinite if there is none. */
export interface Decoding {
  readonly scale: number;
  readonly offset: number;
  /** Every step is rounded to float32. */
  readonly single: boolean;
  /** A stored NaN counts as missing in the mask. */
  readonly nanIsMissing: boolean;
  /** Stored values that are missing. */
  readonly missing: readonly number[];
  readonly storedRange: readonly [number, number];
  readonly decodedRange: readonly [number, number];
  /** A mask is written. */
  readonly masked: boolean;
  /** The output holds stored values: only the mask is made of all this. */
  readonly keepsValues: boolean;
  /** The type as which stored bytes are taken, of the same size as the array's. */
  readonly storedType: DTypeInfo;
}

/** A fill value as a stored element. */
export interface StoredFill {
  /** The array's type. */
  readonly type: DTypeInfo;
  /** Four 32-bit words (bits must not pass through a double, which may change a NaN). */
  readonly words: ArrayLike<number>;
}

/** How stored elements become elements of an output. */
export interface ElementConversion {
  /** Type of the output's elements. */
  readonly out: DTypeInfo;
  readonly overflow: Overflow;
  readonly scaling: { readonly scale: number; readonly offset: number } | null;
  /** Instead of `scaling`. */
  readonly decoding: Decoding | null;
  /** Value of elements that no stored chunk covers. */
  readonly fill: StoredFill;
}

/** One output of a plan. */
export interface Output {
  readonly shape: readonly number[];
  readonly elements: number;
  /** Distance in elements of the output between neighbours along each dimension of the array; 0 for dropped dimensions. */
  readonly strides: readonly number[];
  readonly conversion: ElementConversion;
  /** True if the layers supply every element; otherwise the output is filled first. */
  readonly isCovered: boolean;
}

/** The output of a hyperslab. @param supplied elements that the layers supply. */
export function outputOf(slab: Hyperslab, conversion: ElementConversion, supplied: number): Output {
  const strides: number[] = [];
  for (let d = 0; d < slab.length; d++) strides.push(0);
  let elements = 1;
  for (let d = slab.length - 1; d >= 0; d--) {
    const axis = slab[d];
    if (axis === undefined || axis.dropped) continue;
    strides[d] = elements;
    elements *= axis.count;
  }
  return { shape: shapeOf(slab), elements, strides, conversion, isCovered: supplied === elements };
}
