/**
 * Follows external links of HDF5 files that h5py writes.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { openArray, openGroup, readSubset } from '../../../lib/index.js';
import { runCommand } from '../../support/command.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'external links of HDF5 files', () => {
  const directory = new TemporaryDirectory();
  const master = directory.at('data/run_master.h5');
  const values = Int32Array.from({ length: 12 }, (_, i) => i);
  const read = async (array: string, externalFiles: 'same-directory' | 'any' | 'none' = 'same-directory') =>
    (await readSubset(master, null, { array, externalFiles })).data;

  beforeAll(() => {
    if (pythonMissing === null) runPython('test/conformance/hdf5/external-links.py', directory.path);
  });

  test.each([
    'entry/data/data_000001',
    'entry/data/data_000003',
    'group/data',
    'group/soft',
    'through/data',
    'back/entry/data/data_000002',
    'back/back/group/data',
  ])('reads %s', async (array) => {
    expect(await read(array)).toEqual(values);
    await using opened = await openArray(master, { array });
    expect([opened.path, opened.name]).toEqual([master, array]);
    expect(opened.attributes).toEqual({ units: 'counts' });
    expect(opened.readSync('1, 2').data).toEqual(Int32Array.of(6));
  });

  test('looks for the file of an absolute path that does not exist in the folder of the link', async () => {
    await expect(read('was moved')).rejects.toMatchObject({ _tag: 'ExternalFileError' });
    expect(await read('was moved', 'any')).toEqual(values);
    expect(await read('absolute')).toEqual(values);
  });

  test('refuses files that are not permitted', async () => {
    await expect(read('outside')).rejects.toMatchObject({ _tag: 'ExternalFileError', namedBy: master });
    expect(await read('outside', 'any')).toEqual(values);
    await expect(read('group/data', 'none')).rejects.toMatchObject({ _tag: 'ExternalFileError' });
  });

  test('names links without a target', async () => {
    await expect(read('no file')).rejects.toThrow(
      /expected the file 'gone.h5' of the external link 'no file' to '\/entry\/data', found none/,
    );
    await expect(read('no object')).rejects.toThrow(/'nothing' does not exist/);
    await expect(read('cycle')).rejects.toThrow(/at most 16 links/);
    await expect(read('not hdf5')).rejects.toThrow(/Expected an HDF5 signature.*text\.h5/);
  });

  test('a group lists links by the kind of their target', async () => {
    const root = await openGroup(master);
    const kinds = Object.fromEntries((await root.children()).map(({ name, kind }) => [name, kind]));
    expect(kinds).toEqual({
      ...{ absolute: 'array', back: 'group', cycle: 'other', entry: 'group', group: 'group', through: 'group' },
      ...{ 'no file': 'other', 'no object': 'other', 'not hdf5': 'other', outside: 'other', 'was moved': 'other' },
    });
    const group = await root.openGroup('group');
    expect(group.attributes).toEqual({ title: 'run_data_000003.h5' });
    await using data = await group.openArray('data');
    expect((await data.read()).data).toEqual(values);
  });

  test('a walk enters groups of other files, and ends at cycles', async () => {
    const found: string[] = [];
    for await (const { name, kind, link } of (await openGroup(master)).walk({ maxDepth: 50 })) {
      if (kind !== 'other') found.push(`${kind} ${name}${link?.file == null ? '' : ' →'}`);
    }
    expect(found).toContain('array entry/data/data_000001 →');
    expect(found).toContain('array group/soft');
    expect(found).toContain('array through/data');
    expect(found).toContain('group back →');
    expect(found.filter((entry) => entry.includes('back/'))).toEqual([]);
  });

  test('the command lists arrays of other files', async () => {
    const { stdout } = await runCommand(['info', master]);
    expect(stdout).toMatch(/data_000001 → run_data_000001\.h5/);
  });

  test('NetCDF-4 files do not follow external links', async () => {
    const path = directory.at('data/several.nc');
    await expect(readSubset(path, null, { array: 'link' })).rejects.toThrow(
      /Not supported: the HDF5 external link 'link'/,
    );
    expect((await readSubset(path, null, { array: 'link', format: 'hdf5' })).data).toEqual(values);
  });
});
