/** Tests that explanations say that lists of two indices are not ranges, as they are in h5wasm. */
import { expect, test } from 'vitest';
import { openArray, type Selection, slice } from '../../../lib/index.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const path = writeNpy(folder, 'a.npy', [20, 30]);
const noted = 'the list [0, 10] selects two indices; slice(0, 10) selects a range';

test.each<[Selection, string | null]>([
  [
    [
      [0, 10],
      [0, 10],
    ],
    noted,
  ],
  [[[0, 10]], noted],
  [[[0, 10], slice(2, 5)], noted],
  [[3, [5, 29]], 'the list [5, 29] selects two indices; slice(5, 29) selects a range'],
  [[[0, 10], [4]], null],
  [
    [
      [0, 10],
      [1, 2, 9],
    ],
    null,
  ],
  [[[10, 0]], null],
  [[[4, 5]], null],
  [[slice(0, 10)], null],
  [[], null],
])('the note on %j', async (selection, note) => {
  await using array = await openArray(path);
  expect(array.explain(selection).note).toBe(note);
  expect((await array.explainAsync(selection)).note).toBe(note);
});
