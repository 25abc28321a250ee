import { expect, test } from 'vitest';
import { type DType, dtypeInfo, machineByteOrder } from '../../../lib/core/dtype.js';
import { readElement } from '../../../lib/core/element.js';
import { type FillValue, fillBytes } from '../../../lib/core/fill.js';
import { float16Bits, float16OfBits } from '../../../lib/core/float16.js';

test.each<[DType, readonly FillValue[]]>([
  ['bool', [true, false]],
  ['int8', [-128, 127]],
  ['uint8', [0, 255]],
  ['int16', [-32768, 32767]],
  ['uint16', [65535]],
  ['int32', [-(2 ** 31), 2 ** 31 - 1]],
  ['uint32', [2 ** 32 - 1]],
  ['float16', [1.5, -65504, Number.NaN, Number.NEGATIVE_INFINITY]],
  ['float32', [0.5, Number.NaN, -0]],
  ['float64', [0.1, Number.POSITIVE_INFINITY]],
  ['complex64', [[0.5, -2]]],
  ['complex128', [[0.1, Number.NaN]]],
])('reads an element of %s as it was written, in either byte order', (dtype, values) => {
  const { size, swapSize } = dtypeInfo(dtype);
  for (const value of values) {
    const bytes = Uint8Array.of(9, ...fillBytes(value, dtype).subarray(0, size));
    expect(readElement(new DataView(bytes.buffer), 1, dtype, machineByteOrder)).toEqual(value);
    for (let unit = 1; unit < size; unit += swapSize) bytes.subarray(unit, unit + swapSize).reverse();
    const other = machineByteOrder === 'little' ? 'big' : 'little';
    expect(readElement(new DataView(bytes.buffer), 1, dtype, other)).toEqual(value);
  }
});

test('64-bit integers are read exactly', () => {
  for (const [dtype, value] of [
    ['int64', -(2n ** 63n)],
    ['uint64', 2n ** 64n - 1n],
  ] as const) {
    expect(readElement(new DataView(fillBytes(value, dtype).buffer), 0, dtype, machineByteOrder)).toBe(value);
  }
});

test('every binary16 except NaN keeps its bits', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = float16OfBits(bits);
    const isNone = (bits & 0x7fff) > 0x7c00;
    if (Number.isNaN(value) !== isNone || (!isNone && float16Bits(value) !== bits)) expect.fail(`${bits} is ${value}`);
  }
  expect([2049, 2051, 65519, 65520, 2 ** -25, 1.5 * 2 ** -24].map(float16Bits)).toEqual([
    0x6800, 0x6802, 0x7bff, 0x7c00, 0, 2,
  ]);
});
