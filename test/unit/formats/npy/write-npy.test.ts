/** Tests the headers of new .npy files. */
import { describe, expect, test } from 'vitest';
import { npyHeader } from '../../../../lib/formats/npy/write-npy.js';

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

describe('npyHeader', () => {
  test('is what numpy.save writes', () => {
    const dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    const header = npyHeader('float32', 'little', 'C', [2, 3]);
    expect(text(header)).toBe(`\x93NUMPY\x01\x00v\x00${dict.padEnd(117)}\n`);
  });

  test('has one shape item with a comma, and no order for single bytes', () => {
    expect(text(npyHeader('bool', 'big', 'F', [7]))).toContain(
      "{'descr': '|b1', 'fortran_order': True, 'shape': (7,), }",
    );
    expect(text(npyHeader('complex128', 'big', 'C', []))).toContain(
      "'descr': '>c16', 'fortran_order': False, 'shape': ()",
    );
  });

  test.each([1, 9, 32])('ends at a multiple of 64 bytes with %i dimensions', (rank) => {
    const header = npyHeader('int64', 'little', 'C', new Array<number>(rank).fill(2 ** 40));
    expect(header.length % 64).toBe(0);
    expect(header.at(-1)).toBe(0x0a);
  });
});
