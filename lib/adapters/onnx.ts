/**
 * Results as tensors of ONNX Runtime.
 * @module
 */
import { isComplex, type TypedArray } from '../core/dtype.js';
import { type ArrayData, float16BitsOf, noSuchType, readComplexAsPairs, shapeOf } from './result.js';

/** The class `Tensor` of ONNX Runtime. */
export type OnnxTensorConstructor<T> = new (type: never, data: never, dims: never) => T;

/**
 * Returns a result as a tensor of ONNX Runtime. Shares the memory of the result, so do not release the result while you
 * use the tensor.
 *
 * All real types have an equal type in ONNX Runtime. Not every operator supports every type. A mask is ignored.
 * @param Tensor the class of the package: `Tensor` of `onnxruntime-node`, `onnxruntime-web` or `onnxruntime-common`.
 * @throws {TypeError} for complex results (see {@link viewAsReal}).
 * @example
 * import { InferenceSession, Tensor } from 'onnxruntime-node';
 * const input = toOnnxTensor(await array.readMany(crops, { as: 'float32' }), Tensor);
 * const { output } = await session.run({ input });
 */
export function toOnnxTensor<T>(result: ArrayData, Tensor: OnnxTensorConstructor<T>): T {
  const shape = shapeOf(result);
  const { data, dtype } = result;
  if (isComplex(dtype)) throw noSuchType('ONNX Runtime', result, readComplexAsPairs);
  // Tensors of float16 can always be made of their bits; older versions of ONNX Runtime refuse a Float16Array.
  const elements: TypedArray = dtype === 'float16' ? float16BitsOf(data) : data;
  return new Tensor(dtype as never, elements as never, shape as never);
}
