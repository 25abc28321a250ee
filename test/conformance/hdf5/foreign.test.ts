/**
 * Reads HDF5 files of other projects. For each dataset that h5py can read, this library must read the same data, or
 * refuse it with a reason that is listed in refusals.json. Files that h5py cannot read must either be read, or fail
 * with an error of this library.
 * `POSIX_PAR_REFUSALS=write` rewrites the list.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { fieldNames } from '../../../lib/core/stored-type.js';
import {
  type ArrayHandle,
  isPosixParError,
  openArray,
  openSequences,
  openText,
  readSubset,
  slice,
  UnsupportedError,
} from '../../../lib/index.js';
import { openPath } from '../../support/open.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { testSeed } from '../../support/random.js';

/** Output of describe.py for a dataset, or for a file that it cannot open. */
interface Described {
  readonly path: string;
  readonly array?: string;
  readonly error?: string;
  /** True if h5py can read the dataset, but this library has no element type for it. */
  readonly readable?: boolean;
  readonly dtype?: string | null;
  readonly shape?: readonly number[];
  readonly hash?: string;
  readonly boxes?: readonly {
    readonly start: readonly number[];
    readonly stop: readonly number[];
    readonly hash: string;
  }[];
}

/** Refused datasets by corpus and reason. */
type Refusals = Record<string, Record<string, string[]>>;

const refusalsPath = fileURLToPath(new URL('refusals.json', import.meta.url));
const isWriting = process.env['POSIX_PAR_REFUSALS'] === 'write';
const corpora = ['hdf5', 'netcdf', 'pytables', 'pyfive', 'pvlib'];
const refusals: Refusals = JSON.parse(fs.readFileSync(refusalsPath, 'utf8'));

/**
 * Reads all fields of an array of records, or of sequences of records. Returns the error of the first field that cannot
 * be read, or null.
 */
async function readFields(path: string, array: string): Promise<unknown> {
  const { records, recordSequences } = openPath(path, { array, format: 'hdf5' });
  const type = records?.type ?? recordSequences?.type;
  for (const field of type === undefined ? [] : fieldNames(type)) {
    try {
      await readSubset(path, null, { array, field, format: 'hdf5' });
    } catch (error) {
      const other = await readAsHinted(path, { array, field }, error);
      if (other !== null) return other;
    }
  }
  return null;
}

/**
 * Reads an array or field with the function that `refusal`, the error of another function, names. Returns `refusal` if
 * it names none, the error if the array cannot be read, or else null.
 */
async function readAsHinted(
  path: string,
  chosen: { readonly array: string; readonly field?: string },
  refusal: unknown,
): Promise<unknown> {
  const hinted = /Read them with (openText|openSequences)/.exec(String(refusal))?.[1];
  if (hinted === undefined) return refusal;
  const options = { ...chosen, format: 'hdf5' };
  try {
    await using handle = hinted === 'openText' ? await openText(path, options) : await openSequences(path, options);
    await handle.read();
    return null;
  } catch (error) {
    return error;
  }
}

describe.each(corpora)('HDF5 files of %s', (corpus) => {
  const folder = pythonMissing ?? runPython('test/conformance/hdf5/corpora.py', corpus).trim();
  if (folder.startsWith('SKIP')) {
    test.skip(folder, () => {});
    return;
  }
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  const found: readonly Described[] = JSON.parse(runPython('test/conformance/hdf5/describe.py', folder, String(seed)));
  const refused: Record<string, string[]> = {};

  test('reads all datasets that h5py can read, or refuses them by name', { timeout: 600_000 }, async () => {
    const wrong: string[] = [];
    for (const one of found) {
      if (one.array === undefined || (one.hash === undefined && one.readable !== true)) continue;
      const key = `${one.path}#${one.array}`;
      try {
        await using array = await openArray(`${folder}/${one.path}`, { array: one.array, format: 'hdf5' });
        if (one.hash === undefined) wrong.push(`${key}: read, but h5py has no plain elements: ${one.error}`);
        else wrong.push(...(await differences(array, one)).map((difference) => `${key}: ${difference}`));
      } catch (error) {
        const path = `${folder}/${one.path}`;
        const isRecords = isPosixParError(error, 'ChoiceError') && error.choice === 'field';
        const { array } = one;
        const reason = isRecords ? await readFields(path, array) : await readAsHinted(path, { array }, error);
        if (reason instanceof UnsupportedError) refused[reason.what] = [...(refused[reason.what] ?? []), key];
        else if (reason !== null) wrong.push(`${key}: ${String(reason)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(found.filter(({ hash }) => hash !== undefined).length).toBeGreaterThan(corpus === 'pvlib' ? 1 : 100);
  });

  test.skipIf(isWriting)('refuses exactly the datasets in refusals.json', () => {
    expect(refused).toEqual(refusals[corpus] ?? {});
  });

  test('files that h5py cannot read fail with an error of this library, or are read', {
    timeout: 600_000,
  }, async () => {
    const wrong: string[] = [];
    for (const { path, array, hash, error } of found) {
      if (hash !== undefined || error === undefined) continue;
      try {
        await using handle = await openArray(`${folder}/${path}`, { array: array ?? '/', format: 'hdf5' });
        if (handle.shape.reduce((count, extent) => count * extent, 1) < 2 ** 20) await handle.read();
      } catch (failure) {
        if (!isPosixParError(failure)) wrong.push(`${path}#${array}: ${String(failure)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  afterAll(() => {
    if (!isWriting) return;
    const sorted = Object.entries(refused).sort(([a], [b]) => (a < b ? -1 : 1));
    refusals[corpus] = Object.fromEntries(sorted);
    fs.writeFileSync(refusalsPath, `${JSON.stringify(refusals, null, 2)}\n`);
  });
});

/** Describes the differences between our result and that of h5py. */
async function differences(array: ArrayHandle, expected: Described): Promise<string[]> {
  const { dtype, shape, hash, boxes = [] } = expected;
  const wrong: string[] = [];
  if (dtype !== null && array.dtype !== dtype) wrong.push(`dtype ${array.dtype} instead of ${dtype}`);
  if (String(array.shape) !== String(shape)) return [...wrong, `shape ${array.shape} instead of ${shape}`];
  if (sha256((await array.read()).data) !== hash) wrong.push('elements differ');
  for (const { start, stop, hash: ofBox } of boxes) {
    const { data } = await array.read(start.map((from, d) => slice(from, stop[d] ?? 0)));
    if (sha256(data) !== ofBox) wrong.push(`elements of [${start}, ${stop}) differ`);
  }
  return wrong;
}

function sha256(data: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}
