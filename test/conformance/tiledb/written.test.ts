/**
 * Arrays that tiledb-py writes now, read through the public API: whole and by random selections, against what NumPy says
 * that they hold. `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { type DType, openArray } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

/** A case of write.py. */
interface Case {
  readonly name: string;
  readonly path: string;
  readonly array: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly lo: readonly string[];
  readonly expected: string;
  readonly group: string;
}

const randomArrays = 40;
const selectionsPerCase = 4;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'TileDB arrays written by tiledb-py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  const said = runPython('test/conformance/tiledb/write.py', directory.path, String(seed), String(randomArrays));
  const cases: readonly Case[] = JSON.parse(fs.readFileSync(directory.at('cases.json'), 'utf8'));
  const expectedOf = (one: Case): Uint8Array => fs.readFileSync(directory.at(one.expected));

  test('the writer refuses none of the pipelines that are to be tested', () => {
    expect(said).not.toContain('refused');
    expect(new Set(cases.map(({ group }) => group))).toEqual(
      new Set([
        ...['orders', 'types', 'domains', 'filters', 'overlaps', 'travel', 'consolidation', 'evolution', 'nullable'],
        ...['attributes', 'fills', 'random'],
      ]),
    );
  });

  test.each(cases)('$name is read whole, without blocking and blocking', async (one) => {
    await using array = await openArray(directory.at(one.path), { array: one.array, ...one.options });
    expect(array.shape).toEqual(one.shape);
    expect(array.dtype).toBe(one.dtype);
    expect(array.domain?.slice(0, one.lo.length).map(({ lo }) => String(lo))).toEqual(one.lo);
    const { data } = await array.read();
    expect(sameBytes(bytesOf(data), expectedOf(one))).toBe(true);
    expect(sameBytes(bytesOf(array.readSync().data), expectedOf(one))).toBe(true);
  });

  test.each(cases)('$name is read by random selections', async (one) => {
    await using array = await openArray(directory.at(one.path), { array: one.array, ...one.options });
    const random = new Random(seed);
    for (let i = 0; i < selectionsPerCase; i++) {
      const selection = randomSelection(random, one.shape);
      const result = await array.read(selection.entries);
      expect(result.shape).toEqual(selection.shape);
      const expected = pickBytes(expectedOf(one), one.shape, dtypeInfo(one.dtype).size, selection.indices);
      expect(sameBytes(bytesOf(result.data), expected), JSON.stringify(selection.entries)).toBe(true);
    }
  });
});

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
