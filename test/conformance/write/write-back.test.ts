/**
 * Tests write-back: changed chunks stay in memory and are stored later. Compares random writes, reads, appends and
 * flushes with a model, and checks the errors of chunks that cannot be stored.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type CreateOptions,
  createArray,
  openArray,
  readSubset,
  type WritableArrayHandle,
  WriteError,
} from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { errno, type Fault, failure, withFaults } from '../../support/faults.js';
import { Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { ArrayModel, elementsOf, randomBytes, randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
let next = 0;

function newPath(): string {
  next += 1;
  return folder.at(`a${next}.zarr`);
}

const layouts: Readonly<Record<string, Partial<CreateOptions>>> = {
  'zstd, v3': { chunkShape: [3, 4, 5] },
  'no codecs, v2, big-endian': { chunkShape: [3, 4, 5], codecs: [], zarrFormat: 2, byteOrder: 'big' },
  shards: { chunkShape: [2, 2, 5], shardShape: [4, 6, 10] },
  'a fill value': { chunkShape: [2, 7, 3], fillValue: 7, codecs: [{ name: 'zstd' }, { name: 'crc32c' }] },
};
const dtype = 'int16';

/** Creates a model of a larger array with the elements of `model`. */
function grown(model: ArrayModel, rows: number, added: Uint8Array): ArrayModel {
  const [length = 0, ...rest] = model.shape;
  const larger = new ArrayModel([length + rows, ...rest], dtype);
  larger.bytes.set(model.bytes);
  larger.bytes.set(added, model.bytes.length);
  return larger;
}

describe.each(Object.entries(layouts))('an array with chunks in memory: %s', (name, layout) => {
  test.each([1, 8])(
    `equals a model, %i calls at the same time, seed ${seed}`,
    async (parallel) => {
      const random = new Random(seed);
      for (let round = 0; round < 6; round++) {
        const message = `${name}, seed ${seed}, round ${round}`;
        const path = newPath();
        const shape = [7, 9, 11];
        const fill = layout.fillValue === undefined ? undefined : Uint8Array.of(7, 0);
        // 16 bytes to 8 KiB: from less than one chunk to all chunks.
        const writeBackBytes = 1 << (4 + random.below(10));
        let model = new ArrayModel(shape, dtype, fill);
        let array: WritableArrayHandle = await createArray(path, {
          ...layout,
          shape,
          dtype,
          durability: 'none',
          writeBackBytes,
        });
        const pending: Promise<unknown>[] = [];
        for (let i = 0; i < 50; i++) {
          const action = random.below(12);
          if (action < 7) {
            const write = randomWrite(random, model.shape, dtype);
            model.apply(write);
            pending.push(array.write(write.entries, elementsOf(write.bytes, dtype)));
          } else if (action < 9) {
            const { entries, indices } = randomSelection(random, model.shape);
            const expected = model.select(indices);
            pending.push(array.read(entries).then(({ data }) => expectSameBytes(bytesOf(data), expected, message)));
          } else if (action === 9) {
            pending.push(array.flush());
          } else if (action === 10) {
            const rows = 1 + random.below(3);
            const added = randomBytes(random, rows * 9 * 11, dtype);
            await Promise.all(pending.splice(0));
            await array.append(elementsOf(added, dtype));
            model = grown(model, rows, added);
          } else {
            await Promise.all(pending.splice(0));
            await array.close();
            expectSameBytes(bytesOf((await readSubset(path)).data), model.bytes, message);
            array = await openArray(path, { mode: 'r+', durability: 'none', writeBackBytes });
          }
          if (pending.length >= parallel) await Promise.all(pending.splice(0));
        }
        await Promise.all(pending);
        await array.close();
        expectSameBytes(bytesOf((await readSubset(path)).data), model.bytes, message);
      }
    },
    60_000,
  );
});

/** Names of the stored chunks. */
function chunksOf(path: string): string[] {
  return fs
    .readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((entry) => /^c\/.*\d$/.test(entry) && fs.statSync(`${path}/${entry}`).isFile());
}

const options = { shape: [8, 8], dtype: 'float32', chunkShape: [4, 8], writeBackBytes: 1 << 20 } as const;
const row = (value: number): Float32Array => new Float32Array(8).fill(value);

async function newArray(path: string): Promise<void> {
  await using out = await createArray(path, { ...options, writeBackBytes: 0 });
  await out.write(null, new Float32Array(64).fill(1));
}

describe('chunks in memory', () => {
  test('are read and encoded once for many writes', async () => {
    const path = newPath();
    await newArray(path);
    await using array = await openArray(path, { mode: 'r+', writeBackBytes: 1 << 20 });
    const first = await array.write([0], row(2));
    expect(first).toMatchObject({ chunks: 1, chunksMerged: 1, bytesWritten: 0 });
    expect(first.bytesRead).toBeGreaterThan(0);
    expect(first.engineReason).toMatch(/chunks stay in memory/);
    for (let i = 1; i < 4; i++) {
      expect(await array.write([i], row(2))).toMatchObject({
        chunks: 1,
        chunksMerged: 0,
        bytesRead: 0,
        bytesWritten: 0,
      });
    }
    expect((await readSubset(path, [0, 0])).data[0]).toBe(1);
    await array.flush();
    expect((await readSubset(path, [0, 0])).data[0]).toBe(2);
    expect(await array.write([0], row(3))).toMatchObject({ bytesRead: 0 });
    expect(array.explainWrite([0]).durabilitySteps).toEqual([
      'fdatasync of each chunk file before its rename, by flush() and close()',
      'fsync of each directory with a new name, by flush() and close()',
    ]);
    await array.close();
    expect((await readSubset(path, [0, 0])).data[0]).toBe(3);
  });

  test('are stored before a read that needs them', async () => {
    const path = newPath();
    await using array = await createArray(path, options);
    await array.write(null, new Float32Array(64).fill(5));
    const partial = folder.at(fs.readdirSync(folder.path).find((name) => name.includes(`a${next}.zarr.`)) ?? '');
    expect(chunksOf(partial)).toEqual([]);
    expect((await array.read([5, 0])).data[0]).toBe(5);
    expect(chunksOf(partial)).toEqual(['c/1/0']);
    await array.close();
    expect(chunksOf(path)).toHaveLength(2);
  });

  test('are stored before a read of positions that an append in flight changes', async () => {
    const path = newPath();
    await newArray(path);
    await using array = await openArray(path, { mode: 'r+', writeBackBytes: 1 << 20 });
    const appended = array.append(new Float32Array(4 * 8));
    const written = array.write([4], row(9));
    // Selects row 0 of the old shape, but row 4 of the new shape, which is in another chunk.
    const { data } = await array.read([-8, 0]);
    expect(data[0]).toBe(9);
    await Promise.all([appended, written]);
  });

  test('are discarded by discard()', async () => {
    const path = newPath();
    await newArray(path);
    const array = await openArray(path, { mode: 'r+', writeBackBytes: 1 << 20 });
    await array.write([0], row(9));
    await array.discard();
    expect((await readSubset(path, [0, 0])).data[0]).toBe(1);
  });

  test('are stored before the shape of an append', async () => {
    const path = newPath();
    await newArray(path);
    await using array = await openArray(path, { mode: 'r+', writeBackBytes: 1 << 20 });
    await array.append(row(4));
    expect((await readSubset(path, [8, 7])).data[0]).toBe(4);
  });

  test('are not used if the limit is less than a chunk', async () => {
    const path = newPath();
    await newArray(path);
    await using array = await openArray(path, { mode: 'r+', writeBackBytes: 4 * 8 * 4 - 1 });
    const stats = await array.write([0], row(2));
    expect(stats.engineReason).toMatch(/less than one chunk/);
    expect((await readSubset(path, [0, 0])).data[0]).toBe(2);
  });

  test('are refused for arrays without chunks', async () => {
    const given = { shape: [2], dtype: 'int8', writeBackBytes: 1 } as const;
    for (const call of [
      () => createArray(folder.at('a.npy'), given),
      () => createArray(newPath(), { ...given, writeBackBytes: -1 }),
    ]) {
      expect(await failure(call)).toMatchObject({
        name: 'TypeError',
        message: expect.stringMatching(/`options.writeBackBytes`/),
      });
    }
    expect(fs.existsSync(folder.at('a.npy'))).toBe(false);
  });
});

const full: Fault = { op: 'pwrite', path: '/c/', action: 'error', value: errno.ENOSPC, times: 0 };

describe('a chunk that cannot be stored', () => {
  test('is reported by flush(), and stored by the next one', async () => {
    const path = newPath();
    await newArray(path);
    await using array = await openArray(path, { mode: 'r+', writeBackBytes: 1 << 20 });
    await array.write([0], row(2));
    await array.write([4], row(3));
    const error = await withFaults([full], () => failure(() => array.flush()));
    expect(error).toBeInstanceOf(WriteError);
    expect(error).toMatchObject({ code: 'ENOSPC', path: `${path}/c/0/0` });
    expect((await readSubset(path, [0, 0])).data[0]).toBe(1);
    await array.flush();
    expect((await readSubset(path, [[0, 4], 0])).data).toEqual(Float32Array.of(2, 3));
  });

  test('is reported by the write that needs its memory, and by close()', async () => {
    const path = newPath();
    await newArray(path);
    const array = await openArray(path, { mode: 'r+', writeBackBytes: 4 * 8 * 4 });
    await array.write([0], row(2));
    await withFaults([full], async () => {
      expect(await failure(() => array.write([4], row(3)))).toMatchObject({ code: 'ENOSPC', path: `${path}/c/0/0` });
      expect(await failure(() => array.read([0]))).toMatchObject({ code: 'ENOSPC' });
      expect(await failure(() => array.close())).toMatchObject({ code: 'ENOSPC' });
    });
    // The lock was released.
    await using again = await openArray(path, { mode: 'r+' });
    expect((await again.read([[0, 4], 0])).data).toEqual(Float32Array.of(1, 1));
  });

  test('is not lost if another write succeeds later', async () => {
    const path = newPath();
    await newArray(path);
    await using array = await openArray(path, { mode: 'r+', writeBackBytes: 4 * 8 * 4 });
    await array.write([0], row(2));
    await withFaults([full], () => failure(() => array.write([4], row(3))));
    await array.write([5], row(4));
    await array.close();
    expect((await readSubset(path, [[0, 4, 5], 0])).data).toEqual(Float32Array.of(2, 1, 4));
  });

  test('leaves a new array without a name', async () => {
    const path = newPath();
    const array = await createArray(path, options);
    await array.write([0], row(2));
    expect(await withFaults([full], () => failure(() => array.close()))).toMatchObject({ code: 'ENOSPC' });
    expect(fs.readdirSync(folder.path).filter((name) => name.includes(`a${next}.zarr`))).toEqual([]);
  });

  test('keeps the old shape if it belongs to an append', async () => {
    const path = newPath();
    await newArray(path);
    const array = await openArray(path, { mode: 'r+', writeBackBytes: 1 << 20 });
    expect(await withFaults([full], () => failure(() => array.append(row(4))))).toMatchObject({ code: 'ENOSPC' });
    expect(array.shape).toEqual([8, 8]);
    await array.append(row(5));
    await array.close();
    expect((await readSubset(path, [8])).data).toEqual(row(5));
  });
});
