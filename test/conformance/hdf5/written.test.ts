/**
 * Uses the public API to read datasets that h5py writes, whole and by random selections. Compares them with NumPy.
 * `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { type DType, openArray } from '../../../lib/index.js';
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
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly expected: { readonly offset: number; readonly length: number };
  readonly group: string;
}

const randomDatasets = 60;
const selectionsPerCase = 4;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'HDF5 datasets written by h5py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/hdf5/write.py', directory.path, String(seed), String(randomDatasets));
  const cases: readonly Case[] = JSON.parse(fs.readFileSync(directory.at('cases.json'), 'utf8'));
  const blob = fs.readFileSync(directory.at('expected.bin'));
  const expectedOf = ({ expected: { offset, length } }: Case): Uint8Array => blob.subarray(offset, offset + length);
  const byFile = [...new Set(cases.map(({ path }) => path))].map((path) => ({
    path,
    ofFile: cases.filter((one) => one.path === path),
  }));

  test('write.py creates all groups of cases', () => {
    const groups = ['product', 'types', 'elements', 'fills', 'userblock', 'sizes', 'nodes', 'shared'];
    expect(new Set(cases.map(({ group }) => group))).toEqual(
      new Set([...groups, 'partial', 'masks', 'many', 'external', 'random']),
    );
    expect(cases.length).toBeGreaterThan(1500);
  });

  test.each(byFile)('reads the whole datasets of $path, asynchronously and synchronously', async ({ ofFile }) => {
    for (const one of ofFile) {
      await using array = await openArray(directory.at(one.path), { array: one.array });
      expect(array.shape, one.name).toEqual(one.shape);
      expect(array.dtype, one.name).toBe(one.dtype);
      const { data } = await array.read();
      expect(sameBytes(bytesOf(data), expectedOf(one)), one.name).toBe(true);
      expect(sameBytes(bytesOf(array.readSync().data), expectedOf(one)), one.name).toBe(true);
    }
  });

  test.each(byFile)('reads random selections of the datasets of $path', async ({ ofFile }) => {
    const random = new Random(seed);
    for (const one of ofFile) {
      if (one.shape.includes(0)) continue;
      await using array = await openArray(directory.at(one.path), { array: one.array });
      for (let i = 0; i < selectionsPerCase; i++) {
        const selection = randomSelection(random, one.shape);
        const result = await array.read(selection.entries, { engine: random.pick(engines) });
        const said = `${one.name} ${JSON.stringify(selection.entries)}`;
        expect(result.shape, said).toEqual(selection.shape);
        const expected = pickBytes(expectedOf(one), one.shape, dtypeInfo(one.dtype).size, selection.indices);
        expect(sameBytes(bytesOf(result.data), expected), said).toBe(true);
      }
    }
  });
});

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
