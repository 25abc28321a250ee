/** Tests the errors for selections in a form that only other libraries accept. */
import { describe, expect, test } from 'vitest';
import { openArray, readSubset, slice } from '../../../lib/index.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const path = directory.write('a.npy', npyBytes(npyDict('<u1', false, [2, 3]), Uint8Array.of(0, 1, 2, 3, 4, 5)));

describe('a selection in the form of another library is refused with advice', () => {
  test.each<[string, unknown, RegExp]>([
    ['options in place of the selection', { as: 'float32' }, /received options \(as\).*pass null as the selection/],
    ['options of opening', { array: 'x' }, /received options \(array\)/],
    ['one slice without a list', slice(0, 2), /write \[slice\(0, 2\)\]/],
    ['names in text', 'time=0, lat=1', /To select by names, pass an object/],
    ['a slice in brackets', '[0:2]', /Write slices without brackets/],
    ['names, if the array has none', { time: 0 }, /have no names: select by position/],
  ])('%s', async (_name, selection, message) => {
    const failed = readSubset(path, selection as never);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ name: 'SelectionError' });
  });
});

test('results are printed by the name of their class, also parts of results', async () => {
  await using array = await openArray(path);
  const result = await array.read();
  expect([result, ...result].map((part) => (part as object).constructor.name)).toEqual(Array(3).fill('ArrayResult'));
});
