/**
 * Compares `readMany` with reads of single boxes, and `readPoints` with reads of the whole array. The scripts of other
 * conformance tests write the arrays, and those tests compare single reads with the reference libraries.
 * `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ArrayHandle, openArray } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { checkPoints } from '../../support/check-points.js';
import { engines } from '../../support/engines.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

/** A case as a writer script describes it. All writers give `path`; the other fields are optional. */
interface Case {
  readonly name?: string;
  readonly path: string;
  readonly array?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

const writers = {
  HDF5: { script: 'test/conformance/hdf5/write.py', random: 20 },
  TileDB: { script: 'test/conformance/tiledb/write.py', random: 10 },
  Zarr: { script: 'test/conformance/zarr/write.py', random: 20 },
};

function bytesOf(data: ArrayBufferView | null): Uint8Array {
  return data === null ? new Uint8Array(0) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Reads random boxes of `array` in one call and one by one, and compares the results. Releases each result, so that
 * most reads fill recycled memory. This memory is overwritten before each read (vitest.config.ts), so that an element
 * that is not written is noticed. Returns true if the read of all boxes decoded chunks.
 */
async function compare(array: ArrayHandle, random: Random, name: string): Promise<boolean> {
  const shape = array.shape;
  if (shape.includes(0)) return false;
  const boxes = Array.from({ length: 2 + random.below(8) }, () => randomSelection(random, shape).entries);
  const options = { mask: random.below(2) === 0, engine: random.pick(engines) };
  const batch = await array.readMany(boxes, options);
  for (const [i, box] of boxes.entries()) {
    const what = `${name} ${JSON.stringify(options)} ${JSON.stringify(box)}`;
    const alone = await array.read(box, options);
    const together = batch.results[i];
    expect(together?.shape, what).toEqual(alone.shape);
    expect(sameBytes(bytesOf(together?.data ?? null), bytesOf(alone.data)), what).toBe(true);
    expect(sameBytes(bytesOf(together?.mask ?? null), bytesOf(alone.mask)), what).toBe(true);
    alone.release();
  }
  batch.release();
  await checkPoints(array, random, 1 + random.below(200), options, name);
  const { chunks, chunksAbsent, chunksDecoded } = batch.stats;
  if (chunksDecoded > 0) expect(chunksDecoded, name).toBe(chunks - chunksAbsent);
  return chunksDecoded > 0;
}

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'many boxes of one array', () => {
  if (pythonMissing !== null) return;
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);

  it.each(Object.entries(writers))(
    'equal reads one by one: %s',
    { timeout: 300_000 },
    async (_, { script, random: count }) => {
      const directory = new TemporaryDirectory();
      runPython(script, directory.path, String(seed), String(count));
      const cases: readonly Case[] = JSON.parse(fs.readFileSync(directory.at('cases.json'), 'utf8'));
      const random = new Random(seed);
      let encoded = 0;
      for (const one of cases) {
        const open = { ...(one.array === undefined ? {} : { array: one.array }), ...one.options };
        await using array = await openArray(directory.at(one.path), open);
        if (await compare(array, random, one.name ?? one.path)) encoded += 1;
      }
      expect(encoded).toBeGreaterThan(20);
    },
  );

  it('equal reads one by one: npy, npz, raw, NIfTI and others', { timeout: 300_000 }, async () => {
    const directory = new TemporaryDirectory();
    const cases: readonly Case[] = JSON.parse(
      runPython('test/conformance/small/generate.py', directory.path, String(seed)),
    );
    const random = new Random(seed);
    for (const { path, options } of cases) {
      await using array = await openArray(path, { ...options });
      await compare(array, random, `${path} ${JSON.stringify(options)}`);
    }
  });
});
