/** Reads fields of records that NumPy, h5py and zarr-python wrote. Uses every engine, and compares all bytes. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: { readonly field: string; readonly array?: string };
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly expected: string;
}

const seed = testSeed();

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe.skipIf(pythonMissing !== null)(
  `fields of records against the libraries that write them, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    let cases: readonly Case[] = [];
    beforeAll(() => {
      cases = JSON.parse(runPython('test/conformance/records/generate.py', folder.path, String(seed))) as Case[];
    }, 120_000);

    test('describes and reads all fields', async () => {
      expect(cases.length).toBeGreaterThan(60);
      for (const { path, options, shape, dtype, expected } of cases) {
        const where = `${path} ${JSON.stringify(options)}`;
        await using array = await openArray(path, options);
        expect([where, array.dtype, array.shape]).toEqual([where, dtype, shape]);
        const want = fs.readFileSync(expected);
        expect(Buffer.compare(bytesOf((await array.read()).data), want), where).toBe(0);
        expect(Buffer.compare(bytesOf(array.readSync().data), want), where).toBe(0);
      }
    }, 120_000);

    test('all engines read the same random selections, alone and as boxes of one call', async () => {
      const random = new Random(seed);
      for (const { path, options, shape, dtype, expected } of cases) {
        await using array = await openArray(path, options);
        const whole = fs.readFileSync(expected);
        const { size } = dtypeInfo(dtype);
        for (const engine of engineNames) {
          const boxes = [randomSelection(random, shape), randomSelection(random, shape)];
          const coalesce = { gapBytes: random.below(3) * 16, maxBytes: random.pick([4, 64, 1 << 20]) };
          const where = `${path} ${JSON.stringify([options, boxes.map((box) => box.entries), engine, coalesce])}`;
          const wanted = boxes.map(({ indices }) => pickBytes(whole, shape, size, indices));
          const batch = await array.readMany(
            boxes.map(({ entries }) => entries),
            { engine, coalesce },
          );
          const results = [...batch];
          for (const [i, { entries, shape: resultShape }] of boxes.entries()) {
            const want = wanted[i] ?? new Uint8Array(0);
            const got = await array.read(entries, { engine, coalesce });
            expect(got.shape, where).toEqual(resultShape);
            expect(Buffer.compare(bytesOf(got.data), want), where).toBe(0);
            expect(Buffer.compare(bytesOf(results[i]?.data ?? new Uint8Array(0)), want), where).toBe(0);
          }
        }
      }
    }, 240_000);

    test('partial reads make the reads that explain lists', async () => {
      const random = new Random(seed + 1);
      for (const { path, options, shape } of cases) {
        await using array = await openArray(path, options);
        if (array.format === 'zarr') continue; // An absent chunk is known only after an attempt to open its file.
        const { entries } = randomSelection(random, shape);
        const plan = await array.explainAsync(entries);
        const { stats } = await array.read(entries, { engine: 'pread' });
        const where = `${path} ${JSON.stringify(options)}`;
        expect([where, stats.extents, stats.bytesRead]).toEqual([where, plan.extents, plan.bytesToRead]);
      }
    }, 120_000);
  },
);
