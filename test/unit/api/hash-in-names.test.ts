/** Tests paths such as `x#1#a`, in which names contain '#': which '#' separates the file from the array. */
import { describe, expect, test } from 'vitest';
import { openArray, openGroup } from '../../../lib/index.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, writeFiles } from '../../support/zarr-store.js';

const directory = new TemporaryDirectory();
for (const store of ['plain', 'with#hash', 'x#1#2', 'x#1']) {
  const group = { zarr_format: 2 };
  writeFiles(directory.at(store), {
    '.zgroup': group,
    'a/.zarray': arrayV2(),
    'b#c/.zarray': arrayV2(),
    'g#h/.zgroup': group,
    'g#h/i#j/.zarray': arrayV2(),
  });
}

describe("a path with several '#'", () => {
  test.each([
    ['plain#a', 'plain', 'a'],
    ['plain#b#c', 'plain', 'b#c'],
    ['plain#/g#h/i#j', 'plain', 'g#h/i#j'],
    ['with#hash#a', 'with#hash', 'a'],
    ['with#hash#b#c', 'with#hash', 'b#c'],
    ['x#1#2#a', 'x#1#2', 'a'],
    ['x#1#a', 'x#1', 'a'],
  ])('%s is opened as %s', async (given, path, name) => {
    await using array = await openArray(directory.at(given));
    expect([array.path, array.name]).toEqual([directory.at(path), name]);
  });

  test("opens a store whose name contains '#', and groups in it", async () => {
    expect((await openGroup(directory.at('x#1'))).path).toBe(directory.at('x#1'));
    expect((await openGroup(directory.at('plain#g#h'))).name).toBe('g#h');
    await expect(openArray(directory.at('none#b#c'))).rejects.toThrow(/No such file or directory: .*none$/);
  });
});
