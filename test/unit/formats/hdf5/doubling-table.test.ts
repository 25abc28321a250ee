import { expect, test } from 'vitest';
import { DoublingTable, isPowerOfTwo } from '../../../../lib/formats/hdf5/heaps/doubling-table.js';

test('every offset is located in its block, and blocks are contiguous', () => {
  const table = new DoublingTable(4, 512, 65_536);
  let start = 0;
  for (let row = 0; row < 12; row++) {
    for (let column = 0; column < 4; column++) {
      const size = table.blockSize(row);
      const expected = { entry: row * 4 + column, row, start };
      expect(table.locate(start)).toEqual(expected);
      expect(table.locate(start + size - 1)).toEqual(expected);
      start += size;
    }
  }
  expect(table.directRows).toBe(9);
});

test('computes the rows of an indirect block from the space that it spans', () => {
  const table = new DoublingTable(4, 512, 65_536);
  expect(table.rowsOf(2048)).toBe(1);
  expect(table.rowsOf(131_072)).toBe(7);
});

test('recognises powers of two', () => {
  expect([0, 1, 2, 3, 6, 1024, 2 ** 40, 2 ** 40 + 1].map(isPowerOfTwo)).toEqual([
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});
