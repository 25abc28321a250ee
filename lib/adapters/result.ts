/**
 * Results that the adapters accept.
 * @module
 */
import { type DType, isComplex, type TypedArray } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { expected } from '../core/validate.js';

/**
 * A result to convert: of any read, of a reduction, or with these fields after it was posted to another thread. A batch
 * of `readMany` can be converted if all of its boxes have the same shape.
 * @typeParam A the typed array that holds the elements.
 */
export interface ArrayData<A extends TypedArray = TypedArray> {
  /** Elements in C order. */
  readonly data: A;
  /** Shape of the result. Null for a batch whose boxes have different shapes, which the adapters refuse. */
  readonly shape: readonly number[] | null;
  /** Type of the elements. */
  readonly dtype: DType;
  /** 1 for each missing element. Only Arrow has missing elements; the other targets ignore it. */
  readonly mask?: Uint8Array | null;
}

/** Creates the error for a result whose element type the target lacks. */
export function noSuchType(target: string, { dtype }: ArrayData, advice: string): TypeError {
  return new TypeError(`Expected a result of a type that ${target} supports, received ${dtype}: ${advice}`);
}

/** Advice for complex results, in errors. */
export const readComplexAsPairs = 'convert it with viewAsReal() first';

/**
 * Returns the shape of `result`, and checks that its elements fit it.
 * @throws {TypeError} for other values, for a batch whose boxes have different shapes, and for a result whose memory
 *   was transferred. @throws {ClosedError} if its memory was released.
 */
export function shapeOf(result: ArrayData): number[] {
  if (typeof result !== 'object' || result === null || !ArrayBuffer.isView(result.data)) {
    throw expected('the result of a read', 'result', result);
  }
  const { data, shape, dtype } = result;
  if (shape === null) throw expected('one shape for all boxes', 'result.shape', shape);
  const entries = product(shape) * (isComplex(dtype) ? 2 : 1);
  if (data.length !== entries) {
    throw new TypeError(`Expected ${entries} entries in \`result.data\`, received ${data.length}`);
  }
  return [...shape];
}

/** Returns the bits of float16 elements, without copying them. */
export function float16BitsOf({ buffer, byteOffset, length }: TypedArray): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}
