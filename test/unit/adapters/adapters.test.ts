// Tests the adapters with the real packages, for all element types.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as arrow from 'apache-arrow';
import ndarray from 'ndarray';
import { Tensor } from 'onnxruntime-common';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type ArrayData,
  toArrow,
  toNdarray,
  toOnnxTensor,
  toTfTensor,
  viewAsReal,
} from '../../../lib/adapters/index.js';
import {
  type DType,
  dtypeInfo,
  type RealDType,
  realDTypes,
  type TypedArray,
  viewOver,
} from '../../../lib/core/dtype.js';
import { float16Bits } from '../../../lib/core/float16.js';
import { openArray, readSubset } from '../../../lib/index.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

/** Values that every real type can represent, except bool. */
const values = [0, 1, 2, 3, 100, 5];

/** Returns values as elements of type `dtype`, as reads return them. */
function elements(dtype: RealDType, numbers: readonly number[]): TypedArray {
  const info = dtypeInfo(dtype);
  const data = viewOver(info, new ArrayBuffer(numbers.length * info.size), numbers.length);
  for (const [i, number] of numbers.entries()) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(number);
    else data[i] = dtype === 'float16' && data instanceof Uint16Array ? float16Bits(number) : number;
  }
  return data;
}

function matrix(dtype: RealDType, mask: Uint8Array | null = null): ArrayData {
  const numbers = dtype === 'bool' ? [1, 0, 1, 1, 0, 0] : values;
  return { data: elements(dtype, numbers), shape: [2, 3], dtype, mask };
}

const complex64: ArrayData = { data: Float32Array.of(1, 2, 3, 4), shape: [2], dtype: 'complex64' };
const complex128: ArrayData = { data: Float64Array.of(1, 2, 3, 4), shape: [2], dtype: 'complex128' };

describe('toNdarray', () => {
  it('shares the memory of a result', async () => {
    const result = await readSubset<'float32'>(writeNpy(folder, 'a.npy', [4, 5, 6]), [[0, 3]]);
    const cube = toNdarray(result, ndarray);
    expectTypeOf(cube.data).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expect(cube.data).toBe(result.data);
    expect(cube.shape).toEqual([2, 5, 6]);
    for (const at of [
      [0, 0, 0],
      [1, 4, 5],
      [1, 2, 3],
    ] as const)
      expect(cube.get(...at)).toBe(result.at(...at));
  });

  it.each(realDTypes.filter((dtype) => dtype !== 'float16'))('has elements of type %s', (dtype) => {
    const result = matrix(dtype);
    const { data } = result;
    const made = toNdarray(result as ArrayData<Float32Array>, ndarray);
    expect(made.dtype).toBe({ bool: 'uint8', int64: 'bigint64', uint64: 'biguint64' }[dtype as string] ?? dtype);
    expect([made.get(0, 0), made.get(1, 2)]).toEqual([data[0], data[5]]);
  });

  it('has float16 elements if the runtime has them', () => {
    const result = matrix('float16');
    if (result.data instanceof Uint16Array) {
      expect(() => toNdarray(result, Object)).toThrow(/ndarray.* float16: .*`as: 'float32'`/);
    } else {
      expect(toNdarray(result as ArrayData<Float32Array>, ndarray).get(1, 1)).toBe(100);
    }
  });

  it('has no dimensions if the result has none', () => {
    expect(toNdarray({ data: Float32Array.of(7), shape: [], dtype: 'float32' }, ndarray).get()).toBe(7);
  });

  it('refuses complex results, which viewAsReal converts', () => {
    expect(() => toNdarray(complex64, Object)).toThrow(
      new TypeError(
        'Expected a result of a type that ndarray supports, received complex64: convert it with viewAsReal() first',
      ),
    );
    const real = viewAsReal(complex64 as ArrayData<Float32Array>);
    expect(real).toEqual({ data: complex64.data, shape: [2, 2], dtype: 'float32' });
    expect(toNdarray(real, ndarray).get(1, 0)).toBe(3);
    expect(viewAsReal(complex128).dtype).toBe('float64');
    expect(viewAsReal(real)).toBe(real);
  });
});

describe('toArrow', () => {
  const numberOf = (dtype: DType, value: number): unknown => {
    if (dtype === 'bool') return value === 1;
    return dtype === 'int64' || dtype === 'uint64' ? BigInt(value) : value;
  };

  it.each(realDTypes)('makes a column of lists of type %s, which survives a file', (dtype) => {
    const vector = toArrow(matrix(dtype), arrow);
    expectTypeOf(vector).toExtend<arrow.Vector>();
    const table = arrow.tableFromIPC(arrow.tableToIPC(new arrow.Table({ x: vector })));
    const column = table.getChild('x');
    const item = { bool: 'Bool' }[dtype as string] ?? dtype.replace(/^./, (first) => first.toUpperCase());
    expect(String(column?.type)).toBe(`FixedSizeList[3]<${item}>`);
    const rows = [...(column ?? [])].map((row) => [...row]);
    const numbers = dtype === 'bool' ? [1, 0, 1, 1, 0, 0] : values;
    const expected = numbers.map((value) => numberOf(dtype, value));
    expect(rows).toEqual([expected.slice(0, 3), expected.slice(3)]);
  });

  it('shares the memory of a result', () => {
    const { data } = matrix('float64');
    const vector = toArrow({ data, shape: [6], dtype: 'float64' }, arrow);
    data[4] = 42;
    expect(vector.get(4)).toBe(42);
    expect(vector.data[0]?.values.buffer).toBe(data.buffer);
  });

  it('has nulls for missing elements', () => {
    const flat = toArrow({ ...matrix('int16', Uint8Array.of(0, 1, 0, 0, 0, 1)), shape: [6] }, arrow);
    expect(flat.nullCount).toBe(2);
    expect(flat.toJSON()).toEqual([0, null, 2, 3, 100, null]);
    const nested = toArrow(matrix('float32', Uint8Array.of(0, 1, 0, 0, 0, 1)), arrow);
    expect([...nested].map((row) => row.toJSON())).toEqual([
      [0, null, 2],
      [3, 100, null],
    ]);
    const none = toArrow(matrix('float32', new Uint8Array(6)), arrow);
    expect(none.nullCount).toBe(0);
  });

  it('has one list per further dimension, and one element for a result without dimensions', () => {
    const data = Int32Array.from({ length: 24 }, (_, i) => i);
    const cube = toArrow({ data, shape: [2, 3, 4], dtype: 'int32' }, arrow);
    expect(String(cube.type)).toBe('FixedSizeList[3]<FixedSizeList[4]<Int32>>');
    expect(cube.get(1)?.get(2)?.toJSON()).toEqual([20, 21, 22, 23]);
    expect(toArrow({ data: data.subarray(7, 8), shape: [], dtype: 'int32' }, arrow).toJSON()).toEqual([7]);
    expect(toArrow({ data: new Int32Array(0), shape: [0, 3], dtype: 'int32' }, arrow).length).toBe(0);
    expect(
      toArrow({ data: new Int32Array(0), shape: [3, 0], dtype: 'int32' }, arrow)
        .get(2)
        ?.toJSON(),
    ).toEqual([]);
  });

  it('refuses complex results', () => {
    for (const result of [complex64, complex128]) expect(() => toArrow(result, arrow)).toThrow(TypeError);
    expect(String(toArrow(viewAsReal(complex64), arrow).type)).toBe('FixedSizeList[2]<Float32>');
  });
});

describe('toOnnxTensor', () => {
  it.each(realDTypes)('makes a tensor of type %s that shares the memory of the result', (dtype) => {
    const result = matrix(dtype);
    const tensor = toOnnxTensor(result, Tensor);
    expect(tensor.type).toBe(dtype);
    expect(tensor.dims).toEqual([2, 3]);
    expect((tensor.data as TypedArray).buffer).toBe(result.data.buffer);
    expect([...(tensor.data as TypedArray)]).toEqual([...result.data]);
  });

  it('accepts batches whose boxes have the same shape', async () => {
    await using array = await openArray(writeNpy(folder, 'b.npy', [4, 6]));
    const batch = await array.readMany([[0], [3]]);
    expect(toOnnxTensor(batch, Tensor).dims).toEqual([2, 6]);
    const mixed = await array.readMany([[0], [3, 3]]);
    expect(() => toOnnxTensor(mixed, Tensor)).toThrow(/one shape for all boxes/);
  });

  it('refuses complex results, and results that were transferred', async () => {
    expect(() => toOnnxTensor(complex128, Tensor)).toThrow(/ONNX Runtime supports, received complex128/);
    const { data } = matrix('float32');
    structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
    expect(() => toOnnxTensor({ data, shape: [6], dtype: 'float32' }, Tensor)).toThrow(/Expected 6 entries/);
    expect(() => toOnnxTensor(null as never, Tensor)).toThrow(/result of a read/);
  });
});

describe('toTfTensor', () => {
  const converted: readonly (readonly [RealDType, string])[] = [
    ['bool', 'bool'],
    ['int8', 'int32'],
    ['uint8', 'int32'],
    ['int16', 'int32'],
    ['uint16', 'int32'],
    ['int32', 'int32'],
    ['float16', 'float32'],
    ['float32', 'float32'],
  ];

  it.each(converted)('makes a tensor of %s values of type %s', (dtype, target) => {
    const tensor = toTfTensor(matrix(dtype), tf);
    expectTypeOf(tensor).toExtend<tf.Tensor>();
    expect(tensor.dtype).toBe(target);
    expect(tensor.shape).toEqual([2, 3]);
    expect([...tensor.dataSync()]).toEqual(dtype === 'bool' ? [1, 0, 1, 1, 0, 0] : values);
    expect([...tf.sum(tf.cast(tensor, 'int32')).dataSync()]).toEqual([dtype === 'bool' ? 3 : 111]);
  });

  it.each(['float32', 'int32', 'bool'] as const)('shares the memory of %s results with the CPU backend', (dtype) => {
    const result = matrix(dtype);
    const tensor = toTfTensor(result, tf);
    result.data[1] = dtype === 'bool' ? 1 : 42;
    expect(tensor.dataSync()[1]).toBe(result.data[1]);
  });

  it('makes complex tensors', () => {
    const tensor = toTfTensor(complex64, tf);
    expect(tensor.dtype).toBe('complex64');
    expect([...tf.real(tensor).dataSync()]).toEqual([1, 3]);
    expect([...tf.imag(tensor).dataSync()]).toEqual([2, 4]);
  });

  it.each([
    ['float64', 'float32'],
    ['uint32', 'int32'],
    ['int64', 'int32'],
    ['uint64', 'int32'],
  ] as const)('refuses %s, which may have values that no type holds', (dtype, as) => {
    expect(() => toTfTensor(matrix(dtype), tf)).toThrow(
      `Expected a result of a type that TensorFlow.js supports, received ${dtype}: read with \`as: '${as}'\``,
    );
    expect(() => toTfTensor(complex128, tf)).toThrow(TypeError);
  });
});
