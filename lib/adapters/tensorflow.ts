/**
 * Results as tensors of TensorFlow.js.
 * @module
 */
import type { DType, TypedArray } from '../core/dtype.js';
import { float16OfBits } from '../core/float16.js';
import { product } from '../core/numbers.js';
import { type ArrayData, float16BitsOf, noSuchType, shapeOf } from './result.js';

/** The functions of TensorFlow.js that make tensors. */
export interface TensorFlowModule<T> {
  /** Makes a tensor of a typed array. */
  readonly tensor: (values: never, shape: never, dtype: never) => T;
  /** Makes a complex tensor of two real ones. */
  readonly complex: (real: never, imaginary: never) => T;
}

/** Element types of TensorFlow.js that can hold all values of a type. */
const targets: Readonly<Partial<Record<DType, 'bool' | 'int32' | 'float32'>>> = {
  bool: 'bool',
  int8: 'int32',
  uint8: 'int32',
  int16: 'int32',
  uint16: 'int32',
  int32: 'int32',
  float16: 'float32',
  float32: 'float32',
};

/**
 * Returns a result as a tensor of TensorFlow.js. Its backend decides if it copies the data. The CPU backend shares the
 * memory of float32, int32 and bool results, so do not release the result while you use the tensor.
 *
 * TensorFlow.js has the types float32, int32, bool and complex64. Smaller integers become int32, and float16 becomes
 * float32, in new memory. A mask is ignored.
 * @param tf the package `@tensorflow/tfjs-core`, or one that exports it, such as `@tensorflow/tfjs-node`.
 * @throws {TypeError} for types with values that no type of TensorFlow.js can hold: float64, uint32, int64, uint64 and
 *   complex128. Read these with the option `as`.
 * @example
 * import * as tf from '@tensorflow/tfjs-node';
 * const batch = toTfTensor(await array.readMany(crops, { as: 'float32' }), tf);
 */
export function toTfTensor<T>(result: ArrayData, tf: TensorFlowModule<T>): T {
  const shape = shapeOf(result);
  const { data, dtype } = result;
  if (dtype === 'complex64') return makeComplex(data, shape, tf);
  const target = targets[dtype];
  if (target === undefined) throw noSuchType('TensorFlow.js', result, adviceFor(dtype));
  return tf.tensor(convert(data, dtype) as never, shape as never, target as never);
}

function adviceFor(dtype: DType): string {
  if (dtype === 'complex128') return 'there is no type for it';
  return `read with \`as: '${dtype === 'float64' ? 'float32' : 'int32'}'\``;
}

/** Converts the elements to the typed array that TensorFlow.js uses for them. */
function convert(data: TypedArray, dtype: DType): TypedArray {
  if (dtype === 'float16') return Float32Array.from(float16BitsOf(data), float16OfBits);
  const isKept = dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
  return isKept ? data : Int32Array.from(data as Int16Array);
}

function makeComplex<T>(data: TypedArray, shape: readonly number[], tf: TensorFlowModule<T>): T {
  const count = product(shape);
  const parts = [new Float32Array(count), new Float32Array(count)] as const;
  for (let i = 0; i < count; i++) {
    parts[0][i] = data[2 * i] as number;
    parts[1][i] = data[2 * i + 1] as number;
  }
  const [real, imaginary] = parts.map((part) => tf.tensor(part as never, [...shape] as never, 'float32' as never));
  return tf.complex(real as never, imaginary as never);
}
