/**
 * Tests arrays in files of other projects: each array is refused for a listed reason, or has the elements that a
 * reference library reads, as a whole and by random selections.
 * @module
 */
import * as fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { dtypeInfo, isDType } from '../../lib/core/dtype.js';
import { openArray, UnsupportedError } from '../../lib/index.js';
import { sameBytes } from './byte-writer.js';
import { bytesOf } from './bytes.js';
import { pickBytes, Random, testSeed } from './random.js';
import { drawSelection, readAll } from './random-reads.js';

/** Output of a describe.py for an array, or for a field of an array of records. */
export interface ForeignArray {
  readonly path: string;
  readonly array: string | null;
  readonly field?: string;
  /** Set if the reference library refuses the array. */
  readonly error?: string;
  readonly shape?: readonly number[];
  readonly dtype?: string | null;
  /** Offset of the elements in the file of elements. */
  readonly offset?: number;
}

/** A corpus of arrays. */
export interface ForeignCorpus {
  readonly found: readonly ForeignArray[];
  /** File with the elements of all arrays, in C order and in the byte order of this machine. */
  readonly elements: string;
  /** List of the numbers of refused arrays by reason and file. */
  readonly refusals: string;
  /** Returns the name of an array's file in the list and in errors. */
  fileOf(array: ForeignArray): string;
  /** Number of selections to read; `POSIX_PAR_SELECTIONS` replaces it. */
  readonly selections: number;
  /** Smallest number of arrays that are compared. */
  readonly least: number;
}

/** Number of selections that are read by one call of `readMany`. */
const batchSize = 8;
const isWriting = process.env['POSIX_PAR_REFUSALS'] === 'write';

/** Returns the options that choose an array. */
export function optionsOf({ array, field }: ForeignArray): { array?: string; field?: string } {
  return { ...(array === null ? {} : { array }), ...(field === undefined ? {} : { field }) };
}

/** Adds two tests of a corpus. `POSIX_PAR_REFUSALS=write` rewrites the list, `POSIX_PAR_SEED` repeats a run. */
export function testForeignArrays(corpus: ForeignCorpus): void {
  const seed = testSeed();
  const wanted = Number(process.env['POSIX_PAR_SELECTIONS'] ?? corpus.selections);
  const refused: Record<string, Record<string, number>> = {};
  const accepted: ForeignArray[] = [];
  const nameOf = (one: ForeignArray): string =>
    [corpus.fileOf(one), one.array, one.field].filter((name) => name != null).join('#');

  beforeAll(async () => {
    for (const one of corpus.found) {
      try {
        await using _ = await openArray(one.path, optionsOf(one));
        accepted.push(one);
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error;
        const name = corpus.fileOf(one);
        const counts = refused[error.what] ?? {};
        refused[error.what] = { ...counts, [name]: (counts[name] ?? 0) + 1 };
      }
    }
  });

  test('exactly the arrays that refusals.json counts are refused', () => {
    if (isWriting) fs.writeFileSync(corpus.refusals, `${JSON.stringify(refused, null, 2)}\n`);
    expect(refused).toEqual(JSON.parse(fs.readFileSync(corpus.refusals, 'utf8')));
    expect(accepted.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test(`all others have the elements that the reference reads, seed ${seed}`, { timeout: 86_400_000 }, async () => {
    const file = fs.openSync(corpus.elements, 'r');
    const random = new Random(seed);
    const rounds = Math.ceil(wanted / accepted.length / batchSize);
    const wrong: string[] = [];
    let read = 0;
    for (const one of accepted) {
      const { shape = [], dtype, offset = 0 } = one;
      await using array = await openArray(one.path, optionsOf(one));
      expect([array.dtype, array.shape], nameOf(one)).toEqual([dtype, shape]);
      if (typeof dtype !== 'string' || !isDType(dtype))
        throw new Error(`Expected a type of numbers for ${nameOf(one)}`);
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
    fs.closeSync(file);
    console.log(`${read} selections of ${accepted.length} arrays, seed ${seed}`);
    expect(wrong).toEqual([]);
    expect(accepted.length).toBeGreaterThanOrEqual(corpus.least);
    expect(read).toBeGreaterThanOrEqual(wanted * 0.9);
  });
}
