/**
 * Tests system calls that fail while chunk files are stored: by each write, or later from memory (`writeBackBytes`).
 * Each chunk file must stay complete, no temporary file may remain, and a later attempt must succeed.
 */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FaultOp } from '../../lib/core/generated/names.js';
import { createArray, openArray, readSubset, slice, type WritableArrayHandle, WriteError } from '../../lib/index.js';
import { bytesOf, expectSameBytes } from '../support/bytes.js';
import { errno, type Fault, failure, withFaults } from '../support/faults.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
let next = 0;

const shape = [8, 12];
const chunkRows = 2;
const options = { shape, dtype: 'float32', format: 'zarr', chunkShape: [chunkRows, 12] } as const;
const layouts = { chunks: {}, shards: { chunkShape: [1, 6], shardShape: [chunkRows, 12] } } as const;
const old = new Float32Array(8 * 12).fill(7);
const data = Float32Array.from({ length: 8 * 12 }, (_, i) => i + 100);

/** Creates a store whose elements are 7. Returns its path. */
async function storeOf(more: object): Promise<string> {
  next += 1;
  const path = folder.at(`a${next}.zarr`);
  await using out = await createArray(path, { ...options, ...more, durability: 'none' });
  await out.write(null, old);
  return path;
}

function hiddenFiles(path: string): readonly string[] {
  const names = fs.readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => basename(name).startsWith('.') && name.endsWith('.partial'));
}

/** Checks that the rows of each chunk are either all old or all new. Returns the number of new chunks. */
async function newChunks(path: string): Promise<number> {
  const { data: found } = await readSubset<'float32'>(path);
  let count = 0;
  for (let row = 0; row < 8; row += chunkRows) {
    const part = [...found.subarray(row * 12, (row + chunkRows) * 12)];
    const isNew = part[0] !== 7;
    expect(part).toEqual([...(isNew ? data : old).subarray(row * 12, (row + chunkRows) * 12)]);
    count += isNew ? 1 : 0;
  }
  return count;
}

/** Writes all elements in two calls, and stores them. */
async function writeAll(out: WritableArrayHandle): Promise<void> {
  await out.write([slice(0, 5)], data.slice(0, 5 * 12));
  await out.write([slice(5, 8)], data.slice(5 * 12));
  await out.flush();
}

const failing: readonly (readonly [FaultOp, keyof typeof errno, skip: number])[] = [
  ['create', 'ENOSPC', 1],
  ['pwrite', 'ENOSPC', 1],
  ['pwrite', 'EDQUOT', 2],
  ['pwrite', 'EIO', 0],
  ['pwrite', 'EFBIG', 1],
  ['sync', 'EIO', 1],
  ['sync', 'EDQUOT', 2],
  ['rename', 'EIO', 1],
];
const modes = [
  ['by each write', {}],
  ['from memory', { writeBackBytes: 2 ** 20 }],
  ['from memory, with room for one chunk or shard', { writeBackBytes: chunkRows * 12 * 4 }],
] as const;

describe.each(Object.entries(layouts))('%s that are stored', (_, layout) => {
  describe.each(modes)('%s', (_mode, opening) => {
    test.each(failing)('stay complete if %s fails with %s after %i calls', async (op, code, skip) => {
      const path = await storeOf(layout);
      const out = await openArray(path, { mode: 'r+', threads: 1, ...opening });
      // Opening and locking the array calls `create`, too, so the fault only applies to chunk files.
      const fault: Fault = { op, action: 'error', value: errno[code], times: 0, skip, path: '/c/' };
      const error = await withFaults([fault], () => failure(() => writeAll(out)));
      expect(error).toBeInstanceOf(WriteError);
      expect(error).toMatchObject({ code, path: expect.stringContaining(`${path}/c`) });
      expect(hiddenFiles(path)).toEqual([]);
      await newChunks(path);
      await writeAll(out);
      await out.close();
      expect(await newChunks(path)).toBe(8 / chunkRows);
      expect(hiddenFiles(path)).toEqual([]);
    });

    test.each<Fault>([
      { op: 'pwrite', action: 'shorten', value: 3, times: 0 },
      { op: 'pwrite', action: 'eintr', times: 5 },
      { op: 'sync', action: 'eintr', times: 5 },
      { op: 'rename', action: 'eintr', times: 5 },
    ])('are not affected by $op, $action', async (fault) => {
      const path = await storeOf(layout);
      const out = await openArray(path, { mode: 'r+', ...opening });
      await withFaults([fault], () => writeAll(out));
      await out.close();
      expect(await newChunks(path)).toBe(8 / chunkRows);
    });
  });

  test('from memory are all stored by flush() if it is called again', async () => {
    const path = await storeOf(layout);
    const out = await openArray(path, { mode: 'r+', writeBackBytes: 2 ** 20 });
    await out.write(null, data);
    for (const [op, code] of failing) {
      const fault: Fault = { op, action: 'error', value: errno[code], times: 0, path: '/c/' };
      expect(await withFaults([fault], () => failure(() => out.flush()))).toMatchObject({ code });
    }
    await out.flush();
    expect(await newChunks(path)).toBe(8 / chunkRows);
    await out.close();
  });
});

describe('a synchronization that fails', () => {
  const large = { shape: [2, 1 << 16], dtype: 'float32' } as const;
  const elements = new Float32Array(2 << 16).fill(3);
  const eio: Fault = { op: 'sync', action: 'error', value: errno.EIO };

  // Linux reports the error only once, and marks the lost pages as clean. So a second call would succeed.
  test.each(['pwrite', 'direct'] as const)('leaves a new file without a name, %s', async (writeEngine) => {
    const path = folder.at(`${writeEngine}.npy`);
    const out = await createArray(path, { ...large, writeEngine });
    await out.write(null, elements);
    const error = await withFaults([eio], () => failure(() => out.flush()));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EIO' });
    expect(await failure(() => out.close())).toMatchObject({ _tag: 'WriteError', code: 'ECANCELED', cause: error });
    expect(fs.existsSync(path)).toBe(false);
  });

  test.each(['pwrite', 'direct'] as const)('is an error of all writes in flight, %s', async (writeEngine) => {
    const path = folder.at(`flight-${writeEngine}.npy`);
    await (await createArray(path, { ...large, overwrite: true })).close();
    const out = await openArray(path, { mode: 'r+', writeEngine });
    const half = elements.slice(1 << 16);
    const offset = 128 + (4 << 16) + 4096;
    // The synchronization of the first write fails while the second one is in flight: the first write waits until the
    // second one has begun, and the second one is slower.
    const first: Fault = { op: 'pwrite', action: 'delay', value: 300, offset: 128, length: 4096 };
    const second: Fault = { op: 'pwrite', action: 'delay', value: 1000, offset, length: 1 << 16 };
    const ends = await withFaults([eio, first, second], () =>
      Promise.allSettled([out.write([0], half), out.write([1], half)]),
    );
    expect(ends).toMatchObject([
      { status: 'rejected', reason: { code: 'EIO' } },
      { status: 'rejected', reason: { code: 'EIO', path } },
    ]);
    await out.write(null, elements);
    await out.close();
    expectSameBytes(bytesOf((await readSubset(path)).data), bytesOf(elements));
  });
});
