/** Reads arrays that NumPy and nibabel wrote. Uses every engine, and compares all bytes. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray, type SelectionEntry, slice } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly expected: string;
  readonly scaled: string | null;
  /** NumPy's name of the type of dates. */
  readonly unit?: string;
}

const seed = testSeed();

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe.skipIf(pythonMissing !== null)(
  `small formats against NumPy and nibabel, seed ${seed} ${pythonMissing ?? ''}`,
  () => {
    const folder = new TemporaryDirectory();
    let cases: readonly Case[] = [];
    beforeAll(() => {
      cases = JSON.parse(runPython('test/conformance/small/generate.py', folder.path, String(seed))) as Case[];
    }, 120_000);

    test('describes and reads all arrays', async () => {
      expect(cases.length).toBeGreaterThan(150);
      for (const { path, options, shape, dtype, expected, unit } of cases) {
        await using array = await openArray(path, options);
        expect([path, array.dtype, array.shape]).toEqual([path, dtype, shape]);
        if (array.format === 'npy') expect(array.attributes).toEqual(unit === undefined ? {} : { npy: { unit } });
        const want = fs.readFileSync(expected);
        const got = await array.read();
        expect(got.shape).toEqual(shape);
        expect(Buffer.compare(bytesOf(got.data), want), path).toBe(0);
        expect(Buffer.compare(bytesOf(array.readSync().data), want), path).toBe(0);
      }
    }, 120_000);

    test('all engines read the same random selections, synchronously or not', async () => {
      const random = new Random(seed);
      for (const { path, options, shape, dtype, expected } of cases) {
        if (shape.includes(0)) continue;
        await using array = await openArray(path, options);
        const whole = fs.readFileSync(expected);
        for (let round = 0; round < 6; round++) {
          const { entries, indices, shape: resultShape } = randomSelection(random, shape);
          const want = pickBytes(whole, shape, dtypeInfo(dtype).size, indices);
          for (const engine of engineNames) {
            const coalesce = { gapBytes: random.below(3) * 16, maxBytes: random.pick([4, 64, 1 << 20]) };
            const got = await array.read(entries, { engine, coalesce });
            const where = `${path} ${JSON.stringify(entries)} ${engine} ${JSON.stringify(coalesce)}`;
            expect(got.shape, where).toEqual(resultShape);
            expect(Buffer.compare(bytesOf(got.data), want), where).toBe(0);
            expect(Buffer.compare(bytesOf(array.readSync(entries, { engine }).data), want), where).toBe(0);
          }
        }
      }
    }, 240_000);

    test('partial reads make the reads that explain lists', async () => {
      const random = new Random(seed + 1);
      for (const { path, options, shape } of cases) {
        if (shape.includes(0)) continue;
        await using array = await openArray(path, options);
        const { entries } = randomSelection(random, shape);
        const plan = array.explain(entries);
        const { stats } = await array.read(entries, { engine: 'pread' });
        if (array.format === 'tiles') continue; // `explain` cannot know which tiles are absent.
        expect([path, stats.extents, stats.bytesRead, stats.chunks]).toEqual([
          path,
          plan.extents,
          plan.bytesToRead,
          plan.chunks,
        ]);
      }
    }, 120_000);

    test('scaled NIfTI images have the same values as in nibabel', async () => {
      let seen = 0;
      for (const { path, options, shape, scaled } of cases) {
        if (scaled === null) continue;
        seen += 1;
        await using array = await openArray(path, options);
        const want = new Float64Array(Uint8Array.from(fs.readFileSync(scaled)).buffer);
        const { data, dtype } = await array.read(null, { scaled: true });
        expect(dtype).toBe('float64');
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        for (let i = 0; i < data.length; i++) {
          // nibabel computes in the smallest float type that it considers safe.
          const difference = Math.abs((data[i] ?? 0) - (want[i] ?? 0));
          expect(difference, `${path} at ${i}`).toBeLessThanOrEqual(Math.abs(want[i] ?? 0) * 1e-6 + 1e-9);
        }
      }
      expect(seen).toBeGreaterThan(40);
    }, 120_000);

    test('a read into shared memory fills exactly the target', async () => {
      const [{ path, options }] = cases.filter((c) => c.dtype === 'float32' && String(c.shape) === '4,5,6') as [Case];
      await using array = await openArray(path, options);
      const selection: SelectionEntry[] = [slice(0, 2), 1];
      const whole = array.readSync(selection);
      const shared = new Float32Array(new SharedArrayBuffer(4 * whole.data.length + 8), 4, whole.data.length);
      const { data } = await array.readInto(shared, selection);
      expect(data).toBe(shared);
      expect(Buffer.compare(bytesOf(new Float32Array(shared)), bytesOf(whole.data))).toBe(0);
      const around = new Uint8Array(shared.buffer);
      expect([...around.subarray(0, 4), ...around.subarray(-4)]).toEqual(new Array(8).fill(0));
    });
  },
);
