/** Reads compressed arrays that NumPy, nibabel and zlib wrote. Uses every engine, with and without a saved index. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { openArray, openGroup, saveIndex } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly expected: string;
}

const seed = testSeed();

function bytesOf(data: ArrayBufferView): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describe.skipIf(pythonMissing !== null)(`compressed arrays, seed ${seed} ${pythonMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  let cases: readonly Case[] = [];
  beforeAll(() => {
    cases = JSON.parse(runPython('test/conformance/deflate/generate.py', folder.path, String(seed))) as Case[];
  }, 240_000);

  test('describes and reads all arrays', async () => {
    expect(cases.length).toBeGreaterThan(60);
    let pieces = 0;
    for (const { path, options, shape, dtype, expected } of cases) {
      await using array = await openArray(path, options);
      expect([path, array.dtype, array.shape]).toEqual([path, dtype, shape]);
      const want = fs.readFileSync(expected);
      const { data, stats } = await array.read();
      expect(bytesOf(data).equals(want), path).toBe(true);
      expect(bytesOf(array.readSync().data).equals(want), path).toBe(true);
      pieces = Math.max(pieces, stats.chunks);
    }
    expect(pieces).toBeGreaterThan(5);
  }, 240_000);

  test('all engines read the same random selections, synchronously or not', async () => {
    const random = new Random(seed);
    for (const [i, { path, options, shape, dtype, expected }] of cases.entries()) {
      if (shape.includes(0)) continue;
      await using array = await openArray(path, options);
      const whole = fs.readFileSync(expected);
      for (let round = 0; round < 2; round++) {
        const { entries, indices, shape: resultShape } = randomSelection(random, shape);
        const want = Buffer.from(pickBytes(whole, shape, dtypeInfo(dtype).size, indices));
        const engine = engineNames[(i + round) % engineNames.length] ?? 'auto';
        const coalesce = { gapBytes: random.below(3) * 16, maxBytes: random.pick([4, 64, 1 << 20]) };
        const where = `${path} ${JSON.stringify(entries)} ${engine} ${JSON.stringify(coalesce)}`;
        const got = await array.read(entries, { engine, coalesce });
        expect(got.shape, where).toEqual(resultShape);
        expect(bytesOf(got.data).equals(want), where).toBe(true);
        expect(bytesOf(array.readSync(entries, { engine }).data).equals(want), where).toBe(true);
        const plan = array.explain(entries, { coalesce });
        expect([got.stats.chunks, got.stats.extents], where).toEqual([plan.chunks, plan.extents]);
      }
    }
  }, 480_000);

  test('a saved index gives the same elements, and saves the first pass', async () => {
    const random = new Random(seed + 1);
    const saved = new Set<string>();
    for (const { path, options, shape, dtype, expected } of cases) {
      if (shape.includes(0)) continue;
      if (!saved.has(path)) {
        const data = path.replace(/\.hdr\.gz$/, '.img.gz');
        const { path: index, arrays, bytes } = await saveIndex(path);
        expect([index, fs.statSync(index).size]).toEqual([`${data}.ppidx`, bytes]);
        expect(arrays.length).toBeGreaterThan(0);
        saved.add(path);
      }
      const whole = fs.readFileSync(expected);
      await using array = await openArray(path, options);
      await using without = await openArray(path, { ...options, savedIndex: 'none' });
      const { entries, indices } = randomSelection(random, shape);
      const want = Buffer.from(pickBytes(whole, shape, dtypeInfo(dtype).size, indices));
      expect(bytesOf((await array.read(entries)).data).equals(want), path).toBe(true);
      expect(bytesOf((await without.read(entries)).data).equals(want), path).toBe(true);
      expect(array.explain(entries)).toMatchObject({ bytesToRead: without.explain(entries).bytesToRead });
    }
  }, 240_000);

  test('an archive opens as a group', async () => {
    const { path } = cases.find(({ path }) => path.endsWith('.npz')) as Case;
    const group = await openGroup(path);
    expect((await group.children()).map(({ name }) => name)).toEqual(['big', 'bigf', 'c', 'f', 'u1']);
  });
});
