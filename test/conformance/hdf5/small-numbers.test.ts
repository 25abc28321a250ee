/**
 * Reads HDF5 datasets of numbers with few or unusual bits, and compares them with the conversions of the HDF5 library.
 * `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import { openArray, openGroup, UnsupportedError } from '../../../lib/index.js';
import { ArrayCases } from '../../support/array-cases.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const selectionsPerCase = 3;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'HDF5 numbers with few bits, written by h5py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/hdf5/small-numbers.py', directory.path, String(seed));
  const cases = new ArrayCases(directory);
  const paths = [...new Set(cases.list.map(({ path }) => path))];

  test('small-numbers.py creates all cases', () => {
    expect(cases.list.length).toBe(2 * (14 * 34 + 1) + 6);
  });

  test('names the option for fields that are not converted', async () => {
    const options = { array: 'little', field: 'bfloat16' };
    await expect(openArray(directory.at('records.h5'), options)).rejects.toThrow("with `numbers: 'bits'`");
    await expect(
      openArray(directory.at('records.h5'), { ...options, field: 'float24', numbers: 'bits' }),
    ).rejects.toThrow(UnsupportedError);
  });

  test('opens the groups of a file for bits', async () => {
    const group = await openGroup(directory.at('0.h5'), { numbers: 'bits' });
    await using array = await group.openArray('bfloat16');
    expect(array.dtype).toBe('uint16');
  });

  test.each(paths)('reads the datasets of %s, whole and by random selections', async (path) => {
    const random = new Random(seed);
    for (const one of cases.list) {
      if (one.path !== path) continue;
      await cases.checkWhole(one);
      await cases.checkSelections(one, random, selectionsPerCase);
    }
  });
});
