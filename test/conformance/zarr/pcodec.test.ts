/**
 * Reads Zarr arrays with pcodec, as zarr-python and zarrs write them. `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import { ArrayCases } from '../../support/array-cases.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const selectionsPerCase = 10;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'Zarr arrays with pcodec', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/zarr/pcodec-arrays.py', directory.path, String(seed));
  const cases = new ArrayCases(directory);

  test('pcodec-arrays.py creates all cases', () => {
    expect(cases.list.length).toBe(9 * 2 * 3 * 2 + 9 * 2);
  });

  test.each(cases.list)('reads $name, whole and by random selections', async (one) => {
    await cases.checkWhole(one);
    await cases.checkSelections(one, new Random(seed), selectionsPerCase);
  });
});
