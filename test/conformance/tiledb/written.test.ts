/**
 * Uses the public API to read arrays that tiledb-py writes, whole and by random selections. Compares them with NumPy.
 * `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { concat, type DType, openArray } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { engines } from '../../support/engines.js';
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

  test('tiledb-py writes all pipelines that are tested', () => {
    expect(said).not.toContain('refused');
    expect(new Set(cases.map(({ group }) => group))).toEqual(
      new Set([
        ...['orders', 'types', 'domains', 'filters', 'overlaps', 'travel', 'consolidation', 'evolution', 'nullable'],
        ...['attributes', 'labels', 'enumerations', 'fills', 'random'],
      ]),
    );
  });

  test.each(cases)('reads all of $name, asynchronously and synchronously', async (one) => {
    await using array = await openArray(directory.at(one.path), { array: one.array, ...one.options });
    expect(array.shape).toEqual(one.shape);
    expect(array.dtype).toBe(one.dtype);
    expect(array.domain?.slice(0, one.lo.length).map(({ lo }) => String(lo))).toEqual(one.lo);
    const { data } = await array.read();
    expect(sameBytes(bytesOf(data), expectedOf(one))).toBe(true);
    expect(sameBytes(bytesOf(array.readSync().data), expectedOf(one))).toBe(true);
  });

  test.each(cases.filter(({ options }) => options['part'] === 'validity'))(
    '$name is the mask of the values, with 1 where one is missing',
    async (one) => {
      const { part: _, ...options } = one.options;
      await using array = await openArray(directory.at(one.path), { array: one.array, ...options });
      const missing = Uint8Array.from(expectedOf(one), (there) => (there === 0 ? 1 : 0));
      expect(new Set(missing)).toEqual(new Set([0, 1]));
      const { data, mask, stats } = await array.read(null, { mask: true });
      expect(mask).toEqual(missing);
      expect(array.readSync(null, { mask: true, as: 'float64' }).mask).toEqual(missing);
      expect(data).toEqual((await array.read()).data);
      expect(stats.bytesRead).toBeGreaterThan((await array.read()).stats.bytesRead);
      expect((await array.read()).mask).toBeNull();
      const present = missing.filter((one) => one === 0).length;
      for (const source of [array, array.view('...'), concat([array])]) {
        const { data: count } = await source.reduce('count', { decode: 'cf' });
        expect(count[0]).toBe(present);
      }
      const random = new Random(seed);
      for (let i = 0; i < selectionsPerCase; i++) {
        const selection = randomSelection(random, one.shape);
        const expected = pickBytes(missing, one.shape, 1, selection.indices);
        expect((await array.read(selection.entries, { mask: true })).mask).toEqual(new Uint8Array(expected));
      }
    },
  );

  test.each(cases.filter(({ group, lo }) => group === 'domains' || lo.some((first) => first !== '0')))(
    '$name is selected by the coordinates of its domain',
    async (one) => {
      await using array = await openArray(directory.at(one.path), { array: one.array, ...one.options });
      const first = (d: number): bigint => BigInt(one.lo[d] ?? '0');
      const inDomain = { coordinates: 'domain' } as const;
      const last = one.shape.map((n, d) => first(d) + BigInt(n - 1));
      expect((await array.read(last, inDomain)).data).toEqual((await array.read(one.shape.map((n) => n - 1))).data);
      const slices = one.shape.map((n, d) => ({ start: first(d) - 5n, stop: first(d) + BigInt(n >> 1) }));
      const byPosition = one.shape.map((n) => ({ start: 0, stop: n >> 1 }));
      expect((await array.read(slices, inDomain)).data).toEqual((await array.read(byPosition)).data);
      const text = one.shape.map((n, d) => `${first(d) + BigInt(n >> 2)}:${last[d]}`).join();
      const same = one.shape.map((n) => ({ start: n >> 2, stop: n - 1 }));
      expect((await array.read(text, inDomain)).data).toEqual((await array.read(same)).data);
      const outside = one.shape.map((n, d) => first(d) + BigInt(n));
      await expect(array.read(outside, inDomain)).rejects.toThrow('outside the domain');
    },
  );

  test.each(cases)('reads random selections of $name', async (one) => {
    await using array = await openArray(directory.at(one.path), { array: one.array, ...one.options });
    const random = new Random(seed);
    for (let i = 0; i < selectionsPerCase; i++) {
      const selection = randomSelection(random, one.shape);
      const result = await array.read(selection.entries, { engine: random.pick(engines) });
      expect(result.shape).toEqual(selection.shape);
      const expected = pickBytes(expectedOf(one), one.shape, dtypeInfo(one.dtype).size, selection.indices);
      expect(sameBytes(bytesOf(result.data), expected), JSON.stringify(selection.entries)).toBe(true);
    }
  });
});

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
