/** Tests that reading a selection in parts gives the same elements as reading it in one call. */
import { describe, expect, test } from 'vitest';
import { splitSelection } from '../../lib/cli/read/parts.js';
import { openArray } from '../../lib/index.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();
const shape = [7, 5, 6];
const values = new Int32Array(7 * 5 * 6).map((_, i) => i);
const path = directory.write('a.npy', npyBytes(npyDict('<i4', false, shape), new Uint8Array(values.buffer)));

const selections = [
  '',
  ':',
  '...',
  '2',
  '2, 3, 4',
  '::-1',
  '::-2, 1',
  '5:1:-2, ..., 3',
  '-3:, ::2',
  '1:2, 4:0:-1',
  '..., -1',
  '0, ..., ::-1',
  '[3, 1, 3, 0, 6]',
  '[2], [4, 0, 1], 1:',
  '100:, 0',
  '6::-1, 4::-1, 5::-1',
];
const budgets = [1, 4, 7, 30, 45, 1000];

describe.each(selections)('[%s]', (selection) => {
  test.each(budgets)('reads the same in parts of at most %i elements or one row', async (budget) => {
    await using array = await openArray<'int32'>(path);
    const whole = array.readSync(selection);
    for (const chunkShape of [shape, [2, 2, 2], [3, 5, 1]]) {
      const parts = splitSelection(selection, shape, chunkShape, whole.shape, budget);
      const read = parts.map((part) => array.readSync(part.selection));
      expect(read.map(({ data }) => data.length)).toEqual(parts.map(({ elements }) => elements));
      expect(read.flatMap(({ data }) => [...data])).toEqual([...whole.data]);
    }
  });
});

test('puts as many rows into a part as the budget allows, in whole chunks if possible', () => {
  const lengths = (budget: number, chunk: number) =>
    splitSelection('', [100, 10], [chunk, 10], [100, 10], budget).map(({ elements }) => elements / 10);
  expect(lengths(1000, 8)).toEqual([100]);
  expect(lengths(300, 1)).toEqual([30, 30, 30, 10]);
  expect(lengths(300, 8)).toEqual([24, 24, 24, 24, 4]);
  expect(lengths(300, 50)).toEqual([50, 50]); // Slightly more than the budget, so that no chunk is decoded twice.
  expect(lengths(100, 100)).toEqual(new Array(10).fill(10)); // A whole chunk would be far over the budget.
});
