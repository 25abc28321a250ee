import { describe, expect, test } from 'vitest';
import { nearestFloat, type SmallNumber, smallFloat, smallInteger } from '../../../lib/formats/small-numbers.js';

function float(exponentSize: number, mantissaSize: number, bias: number, storedBytes = 1): SmallNumber {
  const sign = exponentSize + mantissaSize;
  const places = { sign, exponentAt: mantissaSize, exponentSize, mantissaAt: 0, mantissaSize, bias };
  const found = smallFloat({ storedBytes, ...places, specials: 'ieee' });
  if (found === null) throw new Error('Expected a float');
  return found;
}

describe('nearestFloat', () => {
  test('rounds to the nearest value, and to even bits between two values', () => {
    const bfloat16 = float(8, 7, 127, 2);
    const view = new DataView(new ArrayBuffer(4));
    for (const value of [0.1, 1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -3.15, 1e-40, 1e38, 0]) {
      view.setFloat32(0, value);
      // Rounds to even as bfloat16 libraries do: adds half of the last place, and the lowest bit that stays.
      const bits = view.getUint32(0);
      view.setUint32(0, ((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0);
      expect(nearestFloat(Math.fround(value), bfloat16), String(value)).toBe(view.getFloat32(0));
    }
  });

  test('returns the largest finite value for larger values', () => {
    expect(nearestFloat(1e9, float(4, 3, 7))).toBe(240);
    expect(nearestFloat(-1e9, float(4, 3, 7))).toBe(-240);
  });
});

describe('smallFloat', () => {
  test('chooses the smallest float type that represents all values', () => {
    expect(float(8, 7, 127, 2).dtype).toBe('float32');
    expect(float(8, 24, 127, 5).dtype).toBe('float64');
    expect(float(8, 7, 200, 2).dtype).toBe('float64');
  });

  test('refuses floats that no type represents, and bits outside of the element', () => {
    const bits = { sign: 63, exponentAt: 48, exponentSize: 15, mantissaAt: 0, mantissaSize: 48, bias: 16383 };
    expect(smallFloat({ storedBytes: 8, ...bits, specials: 'ieee' })).toBeNull();
    const low = { sign: 8, exponentAt: 3, exponentSize: 4, mantissaAt: 0, mantissaSize: 3, bias: 7 };
    expect(smallFloat({ storedBytes: 1, ...low, specials: 'ieee' })).toBeNull();
  });
});

describe('smallInteger', () => {
  test('extends the sign, and ignores the bits outside of the value', () => {
    const int3 = smallInteger({ storedBytes: 2, offset: 5, precision: 3, signed: true });
    expect(int3?.dtype).toBe('int8');
    expect(int3?.range).toEqual([-4, 3]);
    expect([0b111, 0b100, 0b011].map((bits) => int3?.valueOf(BigInt((bits << 5) | 0x8011)))).toEqual([-1, -4, 3]);
  });

  test('has values beyond 2^53', () => {
    const uint60 = smallInteger({ storedBytes: 8, offset: 0, precision: 60, signed: false });
    expect(uint60?.dtype).toBe('uint64');
    expect(uint60?.valueOf(2n ** 64n - 1n)).toBe(2n ** 60n - 1n);
  });
});
