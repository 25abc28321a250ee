/**
 * Reads HDF5 datasets with the ZFP filter that hdf5plugin writes. `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import { ArrayCases } from '../../support/array-cases.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const selectionsPerCase = 20;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'HDF5 datasets with the ZFP filter', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/hdf5/zfp.py', directory.path, String(seed));
  const cases = new ArrayCases(directory);

  test('zfp.py creates all cases', () => {
    expect(cases.list.length).toBe(6 * 4 * 4 + 2);
  });

  test.each(cases.list)('reads $name, whole and by random selections', async (one) => {
    await cases.checkWhole(one);
    await cases.checkSelections(one, new Random(seed), selectionsPerCase);
  });
});
