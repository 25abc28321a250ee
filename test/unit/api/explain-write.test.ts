/**
 * Compares the explanation of random writes with the statistics of the writes: chunks, merged chunks, shards, bytes and
 * number of calls. The explanation itself must make no system call on files.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeInfo, viewOver } from '../../../lib/core/dtype.js';
import { faultOps } from '../../../lib/core/generated/names.js';
import { type CreateOptions, createArray, openArray, SelectionError, slice } from '../../../lib/index.js';
import { binding } from '../../../lib/native/binding.js';
import { withFaults } from '../../support/faults.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();
const dtype = 'uint16';
const seed = testSeed();
const shapes = [[7], [5, 6], [9, 4, 10], [2, 6, 3, 8]] as const;

const layouts: Readonly<Record<string, (shape: readonly number[]) => Partial<CreateOptions>>> = {
  'npy, C order': () => ({ format: 'npy' }),
  'npy, F order': () => ({ format: 'npy', order: 'F' }),
  raw: () => ({ format: 'raw' }),
  'tiles, clipped': (shape) => ({
    format: 'tiles',
    chunkShape: shape.map((n) => Math.ceil(n / 3)),
    edgeTiles: 'clipped',
  }),
  'zarr, plain chunks': (shape) => ({ format: 'zarr', chunkShape: shape.map((n) => Math.ceil(n / 3)), codecs: [] }),
  'zarr, zstd': (shape) => ({ format: 'zarr', chunkShape: shape.map((n) => Math.ceil(n / 2)) }),
  'zarr, shards': (shape) => ({ format: 'zarr', chunkShape: shape.map(() => 2), shardShape: shape.map(() => 4) }),
};

/** Runs `body`, and expects that it makes no system call on the files of this test. Does not count close(). */
async function withoutSystemCalls<T>(body: () => T): Promise<T> {
  const faults = faultOps
    .filter((op) => op !== 'close')
    .map((op) => ({ op, path: folder.path, action: 'error', value: 5, times: 0 }) as const);
  return await withFaults(faults, () => {
    const result = body();
    expect(
      binding()
        .fault_counts()
        .every((count) => count === 0),
    ).toBe(true);
    return result;
  });
}

describe.each(Object.keys(layouts))('an explained write: %s', (name) => {
  test(`agrees with the statistics of the write (seed ${seed})`, async () => {
    const random = new Random(seed);
    for (const [s, shape] of shapes.entries()) {
      for (let i = 0; i < 6; i++) {
        const path = folder.at(`${name.replaceAll(/[ ,]+/g, '-')}-${s}-${i}`);
        const layout = layouts[name]?.(shape) ?? {};
        await using out = await createArray(path, { ...layout, shape, dtype, durability: 'data' });
        const { entries, bytes } = randomWrite(random, shape, dtype);
        // Random data, but never only the fill value, because such a chunk is not stored.
        const data = viewOver(dtypeInfo(dtype), Uint8Array.from(bytes, (b) => b | 1).buffer, bytes.length / 2);
        const files = readdirSync(folder.path, { recursive: true }).length;
        const explained = await withoutSystemCalls(() => out.explainWrite(entries));
        expect(readdirSync(folder.path, { recursive: true })).toHaveLength(files);
        const stats = await out.write(entries, data as Uint16Array);
        const { chunks, chunksMerged, shards, engine, engineReason } = stats;
        expect([name, entries, explained]).toEqual([
          name,
          entries,
          expect.objectContaining({ chunks, chunksMerged, shards, bytesRequested: bytes.length }),
        ]);
        if (bytes.length > 0) expect(explained).toMatchObject({ engine, engineReason });
        const isFiles = name.startsWith('zarr') || name.startsWith('tiles');
        if (!isFiles) {
          expect(explained.bytesToWrite).toBe(stats.bytesWritten);
          expect(explained.runs).toBe(stats.systemCalls);
        } else if (name === 'zarr, plain chunks' || name === 'tiles, clipped') {
          expect(explained.bytesToWrite).toBe(stats.bytesWritten);
          expect(explained.files).toBe(chunks);
        }
        expect(explained.temporaryNames.length).toBe(bytes.length === 0 || !isFiles ? 1 : 2);
      }
    }
  });
});

describe('explainWrite', () => {
  const steps = async (durability: 'none' | 'data' | 'full', options: Partial<CreateOptions>) => {
    const path = folder.at(`steps-${durability}-${options.format}`);
    await using out = await createArray(path, { ...options, shape: [4, 4], dtype, durability });
    return out.explainWrite([slice(0, 2)]).durabilitySteps;
  };

  test('lists the steps that make the data durable', async () => {
    expect(await steps('none', { format: 'npy' })).toEqual([]);
    expect(await steps('data', { format: 'npy' })).toEqual(['fdatasync of steps-data-npy by flush() and close()']);
    expect(await steps('full', { format: 'npy' })).toEqual([
      'fdatasync of steps-full-npy by flush() and close()',
      `fsync of ${folder.path} by close(), after the rename to steps-full-npy`,
    ]);
    expect(await steps('none', { format: 'zarr' })).toEqual([]);
    expect(await steps('full', { format: 'zarr' })).toEqual([
      'fdatasync of each chunk file before its rename',
      'fsync of each directory with a new name',
      `fsync of ${folder.path} by close(), after the rename to steps-full-zarr`,
    ]);
  });

  test('names no temporary file for an existing array in one file', async () => {
    const path = folder.at('existing.npy');
    await (await createArray(path, { shape: [4], dtype })).close();
    await using out = await openArray(path, { mode: 'r+', durability: 'data' });
    const { temporaryNames, durabilitySteps, runs } = out.explainWrite([slice(1, 3)]);
    expect([temporaryNames, durabilitySteps, runs]).toEqual([[], ['fdatasync of existing.npy'], 1]);
  });

  test('names only the temporary names of chunks for an existing store', async () => {
    const path = folder.at('existing.zarr');
    await (await createArray(path, { shape: [4], dtype })).close();
    await using out = await openArray(path, { mode: 'r+', durability: 'data' });
    const { temporaryNames, durabilitySteps } = out.explainWrite();
    expect(temporaryNames).toEqual(['.CHUNK.NUMBER.partial next to each chunk file']);
    expect(durabilitySteps).toEqual(['fdatasync of each chunk file before its rename']);
  });

  test('explains the whole array, the memory, and the codecs', async () => {
    await using out = await createArray(folder.at('whole.zarr'), {
      shape: [8, 8],
      dtype,
      chunkShape: [4, 4],
      threads: 2,
    });
    const explained = out.explainWrite();
    expect(explained).toMatchObject({ format: 'zarr', shape: [8, 8], chunks: 4, chunksMerged: 0, files: 4, runs: 0 });
    expect(explained.codecs.join()).toContain('zstd');
    expect(explained.memory?.neededBytes).toBe(2 * 3 * 4 * 4 * 2);
  });

  test('long runs are split as the write splits them', async () => {
    await using out = await createArray(folder.at('long.npy'), { shape: [3, 1_000_000], dtype: 'uint8' });
    const selection = [slice(0, 3), slice(0, 999_999)];
    const { runs, bytesToWrite } = out.explainWrite(selection);
    const stats = await out.write(selection, new Uint8Array(3 * 999_999));
    expect([runs, bytesToWrite]).toEqual([stats.systemCalls, stats.bytesWritten]);
    expect(out.explainWrite().runs).toBe((await out.write(null, new Uint8Array(3e6))).systemCalls);
  });

  test('a list that covers a range in another order is written in few runs', async () => {
    const columns = 3_000_000;
    await using out = await createArray(folder.at('list.npy'), { shape: [2, columns], dtype: 'uint8' });
    const list = Array.from({ length: columns - 7 }, (_, i) => 7 + ((i + 12_345) % (columns - 7)));
    const data = Uint8Array.from({ length: list.length }, (_, i) => i % 251);
    const { runs, bytesToWrite } = out.explainWrite([1, list]);
    const stats = await out.write([1, list], data);
    expect([runs, bytesToWrite]).toEqual([stats.systemCalls, stats.bytesWritten]);
    expect(runs).toBeLessThan(100);
    const stored = (await out.read([1, list])).data as Uint8Array;
    expect(Buffer.compare(stored, data)).toBe(0); // toEqual() would compare each element by itself.
    expect((await out.read([1, slice(0, 7)])).data).toEqual(new Uint8Array(7));
  });

  test('refuses invalid selections and closed arrays', async () => {
    const out = await createArray(folder.at('refused.npy'), { shape: [4], dtype });
    expect(() => out.explainWrite([9])).toThrow(SelectionError);
    expect(() => out.explainWrite([[1, 1]])).toThrow(SelectionError);
    await out.close();
    expect(() => out.explainWrite()).toThrow(/closed/);
  });
});
