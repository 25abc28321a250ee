/**
 * Reads the `.npy` and `.npz` files that NumPy, SciPy and scikit-image contain, as a whole and by random selections.
 * Compares them with NumPy. refusals.json has the numbers of refused arrays. `POSIX_PAR_REFUSALS=write` rewrites it,
 * `POSIX_PAR_SELECTIONS` sets the number of selections, and `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { dtypeInfo, isDType } from '../../../lib/core/dtype.js';
import { openArray, openText, UnsupportedError } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { bytesOf } from '../../support/bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, testSeed } from '../../support/random.js';
import { drawSelection, readAll } from '../../support/random-reads.js';
import { TemporaryDirectory } from '../../support/temporary.js';

/** Output of describe.py for an array, or for a field of an array of records. */
interface Described {
  readonly path: string;
  readonly array: string | null;
  readonly field?: string;
  /** Set if NumPy refuses the array. */
  readonly error?: string;
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly offset?: number;
  readonly texts?: readonly string[];
}

const refusalsPath = fileURLToPath(new URL('refusals.json', import.meta.url));
const isWriting = process.env['POSIX_PAR_REFUSALS'] === 'write';
const wanted = Number(process.env['POSIX_PAR_SELECTIONS'] ?? 5000);
/** Number of selections that are read by one call of `readMany`. */
const batchSize = 8;
const seed = testSeed();

/** Returns the path below the folder of Python's packages. */
const fileOf = ({ path }: Described): string => path.slice(path.lastIndexOf('/site-packages/') + 15);

function nameOf(one: Described): string {
  return [fileOf(one), one.array, one.field].filter((name) => name != null).join('#');
}

const optionsOf = ({ array, field }: Described) => ({
  ...(array === null ? {} : { array }),
  ...(field === undefined ? {} : { field }),
});

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'files of NumPy, SciPy and scikit-image', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const elements = directory.at('elements.bin');
  const found: readonly Described[] = JSON.parse(runPython('test/conformance/numpy/describe.py', elements));
  const file = fs.openSync(elements, 'r');

  /** Numbers of refused arrays by reason and file. */
  const refused: Record<string, Record<string, number>> = {};
  const accepted: Described[] = [];

  beforeAll(async () => {
    for (const one of found) {
      if (one.texts !== undefined) continue;
      try {
        await using _ = await openArray(one.path, optionsOf(one));
        accepted.push(one);
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error;
        const file = fileOf(one);
        const counts = refused[error.what] ?? {};
        refused[error.what] = { ...counts, [file]: (counts[file] ?? 0) + 1 };
      }
    }
  });

  test('exactly the arrays that refusals.json counts are refused', () => {
    if (isWriting) fs.writeFileSync(refusalsPath, `${JSON.stringify(refused, null, 2)}\n`);
    expect(refused).toEqual(JSON.parse(fs.readFileSync(refusalsPath, 'utf8')));
    expect(accepted.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test(`all others have the elements that NumPy reads, seed ${seed}`, { timeout: 86_400_000 }, async () => {
    const random = new Random(seed);
    const rounds = Math.ceil(wanted / accepted.length / batchSize);
    const wrong: string[] = [];
    let read = 0;
    for (const one of accepted) {
      const { shape = [], dtype, offset = 0 } = one;
      await using array = await openArray(one.path, optionsOf(one));
      expect([array.dtype, array.shape], nameOf(one)).toEqual([dtype, shape]);
      if (!isDType(dtype)) throw new Error(`Expected a type of numbers for ${nameOf(one)}`);
      const { size } = dtypeInfo(dtype);
      const expected = new Uint8Array(shape.reduce((count, extent) => count * extent, size));
      fs.readSync(file, expected, 0, expected.length, offset);
      if (!sameBytes(bytesOf((await array.read()).data), expected)) wrong.push(nameOf(one));
      if (shape.includes(0)) continue;
      for (let round = 0; round < rounds; round++) {
        const selections = Array.from({ length: batchSize }, () => drawSelection(random, shape));
        const results = await readAll(array, selections, random);
        for (const [i, { indices, entries }] of selections.entries()) {
          const data = results[i] ?? new Uint8Array(0);
          if (!sameBytes(data, pickBytes(expected, shape, size, indices)))
            wrong.push(`${nameOf(one)} ${JSON.stringify(entries)}`);
        }
        read += selections.length;
      }
    }
    console.log(`${read} selections of ${accepted.length} arrays, seed ${seed}`);
    expect(wrong).toEqual([]);
    expect(accepted.length).toBeGreaterThan(400);
    expect(read).toBeGreaterThanOrEqual(wanted * 0.9);
  });

  test('texts are those that NumPy reads', async () => {
    const texts = found.filter(({ texts }) => texts !== undefined);
    for (const one of texts) {
      await using array = await openText(one.path, optionsOf(one));
      const { data, shape } = await array.read();
      expect([data, shape], nameOf(one)).toEqual([one.texts, one.shape]);
    }
    expect(texts.length).toBeGreaterThan(3);
  });
});
