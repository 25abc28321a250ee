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
  /** The text or the sequences of the dataset (field ''), or those fields of its records that h5py reads unchanged. */
  readonly values?: readonly {
    readonly field: string;
    readonly kind: 'numbers' | 'text' | 'sequences';
    readonly hash: string;
  }[];
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
/** Smallest number of texts, sequences and fields that are compared. pvlib has none. */
const leastValues: Readonly<Record<string, number>> = { hdf5: 700, netcdf: 40, pytables: 70, pyfive: 2 };
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

/** Compares the text, the sequences or the fields of a dataset with the values of h5py. */
async function compareValues(
  path: string,
  { array = '', values = [] }: Described,
): Promise<{ compared: number; different: string[] }> {
  const different: string[] = [];
  for (const { field, kind, hash } of values) {
    const options = { array, format: 'hdf5', ...(field === '' ? {} : { field }) };
    const digest = createHash('sha256');
    if (kind === 'numbers') {
      digest.update(bytesOf((await readSubset(path, null, options)).data));
    } else if (kind === 'text') {
      await using handle = await openText(path, options);
      const { offsets, bytes } = await handle.read(null, { strings: 'utf8' });
      for (const [begin, end] of rangesOf(offsets)) {
        digest.update(Uint32Array.of(end - begin)).update(bytes.subarray(begin, end));
      }
    } else {
      await using handle = await openSequences(path, options);
      const { offsets, values: numbers, itemShape, dtype } = await handle.read();
      const perItem = itemShape.reduce((count, size) => count * size, dtype.startsWith('complex') ? 2 : 1);
      for (const [begin, end] of rangesOf(offsets)) digest.update(Uint32Array.of((end - begin) / perItem));
      digest.update(bytesOf(numbers));
    }
    if (digest.digest('hex') !== hash) different.push(field);
  }
  return { compared: values.length, different };
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
    let valuesCompared = 0;
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
        else {
          const { compared, different } = await compareValues(path, one);
          valuesCompared += compared;
          wrong.push(...different.map((field) => `${key}: the values of '${field}' differ`));
        }
      }
    }
    expect(wrong).toEqual([]);
    console.log(`${corpus}: compared the values of ${valuesCompared} fields, texts and sequences`);
    expect(valuesCompared).toBeGreaterThanOrEqual(leastValues[corpus] ?? 0);
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

/** Returns the begin and the end of each value. */
function rangesOf(offsets: ArrayLike<number>): (readonly [number, number])[] {
  return Array.from({ length: offsets.length - 1 }, (_, i) => [offsets[i] ?? 0, offsets[i + 1] ?? 0]);
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function sha256(data: ArrayBufferView): string {
  return createHash('sha256').update(bytesOf(data)).digest('hex');
}
