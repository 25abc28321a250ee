/**
 * Describes an output of a plan: the array in memory that receives elements, and the conversion of stored elements.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import type { DTypeInfo } from '../core/dtype.js';
import type { Overflow } from '../core/generated/choices.js';
import { type Hyperslab, shapeOf } from './hyperslab.js';

/**
 * Parameters that decode stored values; native/kernels/decode.h applies them. Bounds are inclusive, and infinite if
 * there is no bound.
 */
export interface Decoding {
  readonly scale: number;
  readonly offset: number;
  /** True if the result of every step of the decoding is rounded to float32. */
  readonly single: boolean;
  /** True if a stored NaN counts as missing in the mask. */
  readonly nanIsMissing: boolean;
  /** Stored values that mean "missing". */
  readonly missing: readonly number[];
  readonly storedRange: readonly [number, number];
  readonly decodedRange: readonly [number, number];
  /** True if the read writes a mask. */
  readonly masked: boolean;
  /** True if the output holds the stored values unchanged, and only the mask uses these parameters. */
  readonly keepsValues: boolean;
  /** Type in which stored bytes are interpreted. It has the same size as the array's type. */
  readonly storedType: DTypeInfo;
}

/** A fill value as a stored element. */
export interface StoredFill {
  /** Element type of the array. */
  readonly type: DTypeInfo;
  /** Four 32-bit words. The bits must not pass through a double, which may change a NaN. */
  readonly words: ArrayLike<number>;
}

/** Conversion of stored elements to elements of an output. */
export interface ElementConversion {
  /** Type of the output's elements. */
  readonly out: DTypeInfo;
  readonly overflow: Overflow;
  readonly scaling: { readonly scale: number; readonly offset: number } | null;
  /** Decoding of stored values, such as by the CF conventions; null for none. If it is set, `scaling` is not used. */
  readonly decoding: Decoding | null;
  /** Value of elements that no stored chunk covers. */
  readonly fill: StoredFill;
}

/** One output of a plan: a box of the result's memory. */
export interface Output {
  readonly shape: readonly number[];
  readonly elements: number;
  /** Index of the first element in the result's memory. */
  readonly offset: number;
  /**
   * Distance between neighbours along each dimension of the array, in elements of the output; 0 for dropped dimensions.
   */
  readonly strides: readonly number[];
  /** True if the layers supply every element. Otherwise the result is first filled with the fill value. */
  readonly isCovered: boolean;
}

/**
 * Creates the output of a hyperslab.
 * @param supplied number of elements that the layers supply.
 * @param offset index of the first element in the result's memory.
 */
export function createOutput(slab: Hyperslab, supplied: number, offset: number): Output {
  const strides: number[] = [];
  for (let d = 0; d < slab.length; d++) strides.push(0);
  let elements = 1;
  for (let d = slab.length - 1; d >= 0; d--) {
    const axis = slab[d];
    if (axis === undefined || axis.dropped) continue;
    strides[d] = elements;
    elements *= axis.count;
  }
  return { shape: shapeOf(slab), elements, offset, strides, isCovered: supplied === elements };
}

/** Number of boxes between two checkpoints, at which other work may run. */
const boxesPerCheckpoint = 512;

/**
 * Creates the outputs of boxes that lie one after the other in the result's memory.
 * @param supplied number of elements of each box that the layers supply; null if that does not matter.
 */
export function* createOutputs(slabs: readonly Hyperslab[], supplied: Float64Array | null): Sliced<Output[]> {
  const outputs: Output[] = [];
  let offset = 0;
  for (const [i, slab] of slabs.entries()) {
    if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    const output = createOutput(slab, supplied?.[i] ?? 0, offset);
    outputs.push(output);
    offset += output.elements;
  }
  return outputs;
}
