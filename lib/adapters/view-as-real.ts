/**
 * Complex results as real ones.
 * @module
 */
import { type DType, isComplex, type TypedArray } from '../core/dtype.js';
import { type ArrayData, shapeOf } from './result.js';

/**
 * Returns a complex result as a real one whose last dimension contains the real and the imaginary part, like
 * `torch.view_as_real`. Shares the memory of `result`. A result of another type is returned unchanged. A mask is
 * dropped, because its length would not fit any more.
 * @example toOnnxTensor(viewAsReal(spectrum), Tensor)
 */
export function viewAsReal<A extends TypedArray>(result: ArrayData<A>): ArrayData<A> {
  const shape = shapeOf(result);
  const { data, dtype } = result;
  if (!isComplex(dtype)) return result;
  const real: DType = dtype === 'complex64' ? 'float32' : 'float64';
  return { data, shape: [...shape, 2], dtype: real };
}
