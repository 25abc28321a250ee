/**
 * Tests TileDB data written by tiledb-py: groups, arrays with several attributes (opened as a group of arrays), and
 * user metadata of arrays and groups.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ChoiceError, openArray, openGroup, readSubset, UnsupportedError } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'TileDB groups written by tiledb-py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  runPython('test/conformance/tiledb/write_groups.py', directory.path);
  const root = directory.at('g');

  test('a group lists its members by name, without the removed one', async () => {
    const group = await openGroup(root);
    expect(group.attributes).toEqual({ title: 'a group', count: 3n });
    expect(await group.children()).toEqual([
      { name: 'outside', kind: 'other' },
      { name: 'renamed', kind: 'array' },
      { name: 'sub', kind: 'group' },
      { name: 'two', kind: 'array' },
    ]);
  });

  test('arrays in groups are opened by path, followed by the attribute if there are several', async () => {
    const group = await openGroup(root);
    await using one = await group.openArray<'int32'>('renamed');
    expect([...(await one.read()).data]).toEqual([0, 1, 2, 3, 4, 5]);
    await using w = await group.openArray<'int32'>('two/w');
    expect([...(await w.read()).data]).toEqual([0, 2, 4, 6, 8, 10]);
    await using deep = await (await group.openGroup('sub')).openArray<'int32'>('deep');
    expect(deep.name).toBe('sub/deep');
    await using fromRoot = await (await group.openGroup('sub')).openArray<'int32'>('/renamed/v');
    expect([...(await fromRoot.read()).data]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(await readSubset<'int32'>(`${root}#sub/deep`, [[4, 1]])).data]).toEqual([4, 1]);
    await expect(group.openArray('two')).rejects.toThrow(/Expected one of 'v', 'w'/);
    await expect(group.openArray('sub')).rejects.toThrow(ChoiceError);
    await expect(group.openArray('removed')).rejects.toThrow(/Expected one of .*'renamed'/);
  });

  test('a member outside of the group is followed if the caller permits it', async () => {
    for (const externalFiles of ['none', 'same-directory', { roots: [root] }] as const) {
      const group = await openGroup(root, { externalFiles });
      expect(await group.children()).toContainEqual({ name: 'outside', kind: 'other' });
      const error = await group.openArray('outside').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ _tag: 'ExternalFileError', path: directory.at('elsewhere') });
    }
    for (const externalFiles of ['any', { roots: [directory.path] }] as const) {
      const group = await openGroup(root, { externalFiles });
      expect(await group.children()).toContainEqual({ name: 'outside', kind: 'array' });
      await using outside = await group.openArray<'int32'>('outside');
      expect([...(await outside.read()).data]).toEqual([0, 1, 2, 3, 4, 5]);
      expect([...outside.readSync().data]).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });

  test('groups that are members of each other are visited once', async () => {
    const found: string[] = [];
    for await (const { name } of (await openGroup(directory.at('left'), { externalFiles: 'any' })).walk())
      found.push(name);
    expect(found).toEqual(['right', 'right/left']);
  });

  test('finds the members of a group that was moved', async () => {
    fs.cpSync(root, directory.at('moved/g'), { recursive: true });
    await using two = await (await openGroup(directory.at('moved/g'))).openArray<'int32'>('two/v');
    expect([...(await two.read()).data]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('opens an array as the group of its attributes', async () => {
    const group = await openGroup(directory.at('g/two'));
    expect(await group.children()).toEqual([
      { name: 'v', kind: 'array' },
      { name: 'w', kind: 'array' },
    ]);
    await using w = await group.openArray<'int32'>('w');
    expect([...(await w.read('1:3')).data]).toEqual([2, 4]);
  });

  test('returns user metadata as attributes, with later values and without deleted keys', async () => {
    await using array = await openArray(directory.at('g/one'));
    const { tiledb, ...user } = array.attributes;
    expect(user).toEqual({
      text: 'grüße',
      integer: 2n ** 60n,
      float: 0.1,
      bytes: new Uint8Array([0, 255]),
      list: [1n, 2n, 3n],
      replaced: 2n,
      late: [1.5, 2.5],
    });
    expect(tiledb).toMatchObject({ datatype: 'INT32', attributes: ['v'], fragments: 1, nonEmptyDomain: [[0, 5]] });
  });

  test('refuses a folder that is not a group', async () => {
    await expect(openGroup(directory.path)).rejects.toThrow(UnsupportedError);
  });
});
