import { describe, expect, expectTypeOf, test } from 'vitest';
import { allocate } from '../../../lib/api/memory.js';
import { binding } from '../../../lib/native/binding.js';

describe('allocate()', () => {
  test.each(['uint8', 'float32', 'int64', 'complex128'] as const)(
    'aligns %s to a page, or to a cache line if it is smaller than a page',
    (dtype) => {
      for (const length of [0, 1, 1000, 1 << 20]) {
        const data = allocate(dtype, length);
        expect(binding().advise_memory(data) % (data.byteLength < 4096 ? 64 : 4096)).toBe(0);
        expect(data.length).toBe(dtype === 'complex128' ? 2 * length : length);
        expect(data.every((value: number | bigint) => Number(value) === 0)).toBe(true);
      }
    },
  );

  test('allocates shared memory on request, with the type of the elements', () => {
    const shared = allocate('uint16', 100, { shared: true });
    expect(shared.buffer).toBeInstanceOf(SharedArrayBuffer);
    expectTypeOf(shared).toEqualTypeOf<Uint16Array>();
    expectTypeOf(allocate('int64', 1)).toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
  });

  test('rejects an unknown type and an invalid length', () => {
    expect(() => allocate('float99' as 'float32', 1)).toThrow(/an element type.*dtype/);
    expect(() => allocate('float32', -1)).toThrow(/length/);
    expect(() => allocate('float32', 1.5)).toThrow(/length/);
  });
});
