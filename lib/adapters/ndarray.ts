/**
 * Results as `ndarray` of scijs.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import { isComplex, type TypedArray } from '../core/dtype.js';
import { type ArrayData, noSuchType, readComplexAsPairs, shapeOf } from './result.js';

/**
 * Returns a result as an `ndarray` (https://github.com/scijs/ndarray). Shares the memory of the result, so do not
 * release the result while you use the `ndarray`.
 *
 * bool becomes uint8. 64-bit integers stay `bigint`, which few packages for `ndarray` support. A mask is ignored.
 * @param ndarray the function that the package `ndarray` exports.
 * @throws {TypeError} for complex results (see {@link viewAsReal}), and for float16 if the runtime has no
 *   `Float16Array`.
 * @example
 * import ndarray from 'ndarray';
 * const image = toNdarray(await array.read([0]), ndarray);
 * image.get(5, 7);
 */
export function toNdarray<A extends TypedArray, N>(result: ArrayData<A>, ndarray: (data: A, shape: number[]) => N): N {
  const shape = shapeOf(result);
  const { data, dtype } = result;
  if (isComplex(dtype)) throw noSuchType('ndarray', result, readComplexAsPairs);
  if (dtype === 'float16' && typedArrayName(data) === 'Uint16Array') {
    throw noSuchType('ndarray', result, "this runtime has no Float16Array, so read with `as: 'float32'`");
  }
  return ndarray(data, shape);
}
