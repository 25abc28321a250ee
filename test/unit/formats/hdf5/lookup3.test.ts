import { expect, test } from 'vitest';
import { lookup3 } from '../../../../lib/formats/hdf5/lookup3.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('the hashes equal those of the examples in the author’s driver program', () => {
  expect(lookup3(bytes(''))).toBe(0xdeadbeef);
  expect(lookup3(bytes('Four score and seven years ago'))).toBe(0x17770551);
  expect(lookup3(bytes('Four score and seven years ago'), 0, 30, 1)).toBe(0xcd628161);
});

test('a part of an array has the same hash as a copy of it, at any offset and length', () => {
  const whole = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff);
  for (let start = 0; start < 5; start++) {
    for (let stop = start; stop < 64; stop++)
      expect(lookup3(whole, start, stop)).toBe(lookup3(whole.slice(start, stop)));
  }
});
