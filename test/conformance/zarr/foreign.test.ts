/**
 * Reads the Zarr v2 arrays that zarr-python 2.18.7 and NetCDF (NCZarr) use for their own tests, as a whole and by
 * random selections, and compares them with zarr-python. `POSIX_PAR_REFUSALS=write` rewrites the list of refused
 * arrays.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isPosixParError, openArray } from '../../../lib/index.js';
import { type ForeignArray, optionsOf, testForeignArrays } from '../../support/foreign-arrays.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const corpora = ['zarr', 'nczarr'];
const folders =
  pythonMissing === null ? corpora.map((name) => runPython('test/conformance/hdf5/corpora.py', name).trim()) : [];
const missing = pythonMissing ?? folders.find((folder) => folder.startsWith('SKIP')) ?? null;

describe.skipIf(missing !== null)(missing ?? 'arrays of zarr-python and NetCDF', () => {
  if (missing !== null) return;
  const elements = new TemporaryDirectory().at('elements.bin');
  const found: readonly ForeignArray[] = JSON.parse(
    runPython('test/conformance/zarr/describe.py', elements, ...folders),
  );
  const isNumeric = ({ error, dtype }: ForeignArray): boolean => error === undefined && dtype != null;
  /** Its chunks have names of an old writer (`0/0`), and its metadata does not say so. zarr-python 3 finds no chunk. */
  const isLegacy = ({ path }: ForeignArray): boolean => path.endsWith('/nested_legacy');

  testForeignArrays({
    found: found.filter((one) => isNumeric(one) && !isLegacy(one)),
    elements,
    refusals: fileURLToPath(new URL('refusals.json', import.meta.url)),
    fileOf: ({ path }) => path.slice(path.indexOf('/corpora/') + 9),
    selections: 2000,
    least: 120,
  });

  test('chunks of the store nested_legacy are found', async () => {
    const legacy = found.filter(isLegacy);
    expect(legacy.length).toBe(1);
    await using array = await openArray(legacy[0]?.path ?? '');
    expect((await array.read()).data).toEqual(BigInt64Array.of(1n, 2n, 3n, 4n));
  });

  test('arrays without numbers, and those that zarr-python does not read, cause only errors of this library', async () => {
    const others = found.filter((array) => !isNumeric(array));
    expect(others.length).toBeGreaterThan(0);
    for (const one of others) {
      const failure = await openArray(one.path, optionsOf(one)).then(
        (array) => array.close(),
        (error: unknown) => error,
      );
      expect(failure === undefined || isPosixParError(failure), `${one.path}: ${failure}`).toBe(true);
    }
  });
});
