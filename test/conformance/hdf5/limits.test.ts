/**
 * Reads HDF5 files at the limits of the format: datasets of 2^53 bytes and more, chains of soft links, messages of
 * unknown types. Files that h5py reads must be read, the others must be refused.
 */
import { constants } from 'node:buffer';
import { expect, test } from 'vitest';
import { isPosixParError, openArray, readSubset } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Found {
  readonly huge: readonly {
    readonly name: string;
    readonly boxes: readonly { readonly start: number[]; readonly stop: number[]; readonly values: number[] }[];
  }[];
  readonly chains: readonly { readonly name: string; readonly reads: boolean }[];
  readonly messages: readonly {
    readonly file: string;
    readonly array: string;
    readonly type: number;
    readonly flags: number;
    readonly reads: boolean;
  }[];
}

if (pythonMissing !== null) test.skip(pythonMissing, () => {});
else {
  const directory = new TemporaryDirectory();
  const found = JSON.parse(runPython('test/conformance/hdf5/limits.py', directory.path)) as Found;

  test.each(found.huge)('reads boxes of a dataset of 2^61 bytes: $name', async ({ name, boxes }) => {
    await using array = await openArray(directory.at(`huge-${name}.h5`), { array: 'd' });
    expect(array.shape).toEqual([2 ** 33, 2 ** 26]);
    for (const { start, stop, values } of boxes) {
      const selection = start.map((first, d) => ({ start: first, stop: stop[d] ?? 0 }));
      expect([...(await array.read(selection)).data]).toEqual(values);
    }
    await expect(array.read()).rejects.toMatchObject({
      name: 'MemoryLimitError',
      source: 'runtime',
      limitBytes: constants.MAX_LENGTH,
    });
  });

  test.each([
    ['contiguous', 'a contiguous HDF5 dataset of 2^53 bytes or more'],
    ['long', 'an HDF5 dataspace with a dimension of 2^53 elements or more'],
    ['may-be-long', 'an HDF5 dataspace with a dimension of 2^53 elements or more'],
  ])('a limit of this library is named as one: %s', async (array, what) => {
    await expect(openArray(directory.at('limits.h5'), { array })).rejects.toMatchObject({
      _tag: 'UnsupportedError',
      what,
    });
  });

  test('an empty dataset may have any extents', async () => {
    const { data, shape } = await readSubset(directory.at('limits.h5'), undefined, { array: 'empty' });
    expect([data.length, shape]).toEqual([0, [2 ** 52, 2 ** 52, 0]]);
  });

  test('follows as many soft links as the HDF5 library', async () => {
    const chains = await Promise.all(
      found.chains.map(async ({ name }) => ({ name, reads: await reads('links.h5', name) })),
    );
    expect(chains).toEqual(found.chains);
    expect(found.chains.map(({ reads }) => reads)).toEqual(expect.arrayContaining([true, false]));
    await expect(openArray(directory.at('links.h5'), { array: 'd17' })).rejects.toThrow(/at most 16 links/);
  });

  test('refuses objects with the same unknown messages as the HDF5 library', async () => {
    const messages = await Promise.all(
      found.messages.map(async (one) => ({ ...one, reads: await reads(one.file, one.array) })),
    );
    expect(messages).toEqual(found.messages);
    expect(found.messages.map(({ reads }) => reads)).toEqual(expect.arrayContaining([true, false]));
  });

  async function reads(file: string, array: string): Promise<boolean> {
    try {
      const { data } = await readSubset(directory.at(file), undefined, { array });
      return data.length === 3;
    } catch (error) {
      if (isPosixParError(error, 'FormatError', 'UnsupportedError')) return false;
      throw error;
    }
  }
}
