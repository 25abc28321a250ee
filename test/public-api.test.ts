/**
 * The public surface, and the types that follow from what callers write.
 */
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { ArrayHandle, ReadResult } from '../lib/index.js';
import * as api from '../lib/index.js';

test('the package exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'AbortError',
    'ArrayHandle',
    'ClosedError',
    'CodecError',
    'ConversionError',
    'FormatError',
    'GroupHandle',
    'PosixParError',
    'ReadError',
    'SelectionError',
    'UnsupportedError',
    'allocate',
    'benchStorage',
    'configure',
    'describeStorage',
    'diagnose',
    'evict',
    'isPosixParError',
    'memoryInfo',
    'openArray',
    'openGroup',
    'parseSelection',
    'readSubset',
    'residency',
    'saveIndex',
    'slice',
  ]);
});

describe('types', () => {
  test('data follows the element type', () => {
    expect(api.slice(1)).toBeDefined(); // what follows is checked by the compiler
    expectTypeOf<ReadResult<'float32'>['data']>().toEqualTypeOf<Float32Array>();
    expectTypeOf<ReadResult<'bool'>['data']>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<ReadResult<'int64'>['data']>().toEqualTypeOf<BigInt64Array>();
    expectTypeOf<ReadResult<'uint64'>['data']>().toEqualTypeOf<BigUint64Array>();
    expectTypeOf<ReadResult<'complex64'>['data']>().toEqualTypeOf<Float32Array>();
    expectTypeOf<ReadResult<'complex128'>['data']>().toEqualTypeOf<Float64Array>();
  });

  test('a claimed type, a converted type and a narrowed type reach the result', () => {
    // Never called: only its types are looked at.
    const reads = async (array: ArrayHandle, claimed: ArrayHandle<'uint16'>) => {
      expectTypeOf((await claimed.read()).data).toEqualTypeOf<Uint16Array>();
      expectTypeOf((await claimed.read(null, { as: 'float64' })).data).toEqualTypeOf<Float64Array>();
      expectTypeOf(claimed.readSync('0:2', { as: 'int8' }).data).toEqualTypeOf<Int8Array>();
      if (array.is('float32')) expectTypeOf((await array.read([0])).data).toEqualTypeOf<Float32Array>();
      expectTypeOf((await api.readSubset<'int32'>('a.npy')).data).toEqualTypeOf<Int32Array>();
      expectTypeOf((await api.readSubset('a.npy', null, { as: 'float32' })).data).toEqualTypeOf<Float32Array>();
    };
    expect(typeof reads).toBe('function');
  });
});
