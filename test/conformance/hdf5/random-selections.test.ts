/**
 * Reads random selections of the HDF5 files of other projects, and compares them with the elements that h5py reads.
 * `POSIX_PAR_SELECTIONS` sets their number, `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { type DType, isPosixParError, openArray } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, testSeed } from '../../support/random.js';
import { drawSelection, readAll } from '../../support/random-reads.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const corpora = ['hdf5', 'netcdf', 'pytables', 'pyfive', 'pvlib'];
const wanted = Number(process.env['POSIX_PAR_SELECTIONS'] ?? 5000);
/** Number of selections that are read by one call of `readMany`. */
const batchSize = 8;

/** A dataset that h5py can read. */
interface Dataset {
  readonly path: string;
  readonly array: string;
  readonly dtype: DType | null;
  readonly shape: readonly number[];
  /** Offset of the elements in the file of all elements; absent if the dataset is empty or large. */
  readonly offset?: number;
}

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'random selections of HDF5 files of other projects', () => {
  if (pythonMissing !== null) return;
  const seed = testSeed();
  const random = new Random(seed);
  const directory = new TemporaryDirectory();
  const elements = directory.at('elements.bin');
  const datasets: (Dataset & { readonly offset: number; readonly dtype: DType })[] = [];
  for (const corpus of corpora) {
    const folder = runPython('test/conformance/hdf5/corpora.py', corpus).trim();
    if (folder.startsWith('SKIP')) {
      test.skip(folder, () => {});
      continue;
    }
    const found = runPython('test/conformance/hdf5/describe.py', folder, String(seed), elements);
    for (const one of JSON.parse(found) as readonly Dataset[]) {
      const { offset, dtype } = one;
      if (offset !== undefined && dtype !== null) {
        datasets.push({ ...one, path: `${folder}/${one.path}`, offset, dtype });
      }
    }
  }
  if (datasets.length === 0) return;

  test(`${wanted} selections have the elements that h5py reads, seed ${seed}`, { timeout: 86_400_000 }, async () => {
    const file = fs.openSync(elements, 'r');
    const rounds = Math.ceil(wanted / datasets.length / batchSize);
    const wrong: string[] = [];
    let read = 0;
    let notRead = 0;
    for (const one of datasets) {
      const size = dtypeInfo(one.dtype).size;
      const expected = new Uint8Array(one.shape.reduce((count, extent) => count * extent, size));
      fs.readSync(file, expected, 0, expected.length, one.offset);
      try {
        await using array = await openArray(one.path, { array: one.array, format: 'hdf5' });
        for (let round = 0; round < rounds; round++) {
          const selections = Array.from({ length: batchSize }, () => drawSelection(random, one.shape));
          const results = await readAll(array, selections, random);
          for (const [i, { indices, entries }] of selections.entries()) {
            const data = results[i] ?? new Uint8Array(0);
            if (!sameBytes(data, pickBytes(expected, one.shape, size, indices)))
              wrong.push(`${one.path}#${one.array} ${JSON.stringify(entries)}`);
          }
          read += selections.length;
        }
      } catch (error) {
        // foreign.test.ts checks which datasets are refused, and which other functions read.
        if (!isPosixParError(error, 'UnsupportedError', 'ChoiceError')) throw error;
        notRead += 1;
      }
    }
    fs.closeSync(file);
    console.log(
      `${read} selections of ${datasets.length - notRead} datasets, ${notRead} not read by openArray, seed ${seed}`,
    );
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThanOrEqual(wanted * 0.9);
  });
});
