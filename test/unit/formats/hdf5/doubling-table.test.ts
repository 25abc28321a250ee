import { expect, test } from 'vitest';
import { DoublingTable, isPowerOfTwo } from '../../../../lib/formats/hdf5/heaps/doubling-table.js';

test('every offset lies in the block that the table says, and blocks follow each other', () => {
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

test('an indirect block has the rows that its span of address space needs', () => {
  const table = new DoublingTable(4, 512, 65_536);
  expect(table.rowsOf(2048)).toBe(1);
  expect(table.rowsOf(131_072)).toBe(7);
});

test('powers of two are told from other numbers', () => {
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
