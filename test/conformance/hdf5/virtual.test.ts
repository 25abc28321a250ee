/**
 * Reads virtual datasets that h5py writes, whole and by random selections, and compares them with what h5py reads.
 * `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import { ArrayCases } from '../../support/array-cases.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const randomDatasets = 150;
const selectionsPerCase = 6;
const groups = ['stack', 'join', 'interleave', 'drop', 'own', 'overlap', 'unlimited', 'numbered', 'random'];

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'HDF5 virtual datasets written by h5py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/hdf5/virtual.py', directory.path, String(seed), String(randomDatasets));
  const cases = new ArrayCases(directory);

  test('virtual.py creates all groups of cases', () => {
    expect(new Set(cases.list.map(({ group }) => group))).toEqual(new Set(groups));
    expect(cases.list.length).toBeGreaterThan(500);
  });

  test.each(groups)('reads whole datasets (%s)', async (group) => {
    for (const one of cases.list) if (one.group === group) await cases.checkWhole(one);
  });

  test.each(groups)('reads random selections (%s)', async (group) => {
    const random = new Random(seed);
    for (const one of cases.list) if (one.group === group) await cases.checkSelections(one, random, selectionsPerCase);
  });
});
