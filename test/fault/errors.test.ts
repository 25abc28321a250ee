/** Tests reads that fail: which error they report, what its message says, and that no file stays open. */
import * as fs from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configure, openArray, ReadError, type ReadOptions, readSubset, slice } from '../../lib/index.js';
import { expectSameBytes } from '../support/bytes.js';
import { readingEngines } from '../support/engines.js';
import { errno, type Fault, failure, withFaults } from '../support/faults.js';
import { dropIdleFiles, idlePool, openDescriptors, poolThreads } from '../support/process-state.js';
import { counting, npyHeaderBytes, writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const coalesce = { gapBytes: 0, maxBytes: 1024 } as const;
const extents = { engine: 'pread', coalesce } as const;
const ways = ['blocking', 'not blocking'].flatMap((how) => readingEngines.map((engine) => ({ how, engine })));
/** Ways to read large runs. They include `auto`, which reads large runs with pread. */
const largeWays = [...ways, { how: 'blocking', engine: 'auto' }, { how: 'not blocking', engine: 'auto' }] as const;
/** Elements of a row of the large array. It has ten rows of 1 MiB, and each row is one task. */
const rowElements = 1 << 18;
const rowBytes = 4 * rowElements;
const cold: Fault = { op: 'pread', action: 'cold', times: 0 };
let large = '';
let small = '';
let tiles = '';

beforeAll(() => {
  small = writeNpy(folder, 'small.npy', [10, 16]);
  large = writeNpy(folder, 'large.npy', [10, rowElements]);
  tiles = writeTiles(folder, 'tiles', [10 * 64, 256], [64, 256]);
});

/**
 * Creates a fault for reads of `length` bytes at `offset` of the array's data. The fault is in the middle of these
 * bytes, so that neighbouring reads, which may be rounded to blocks, do not fail.
 */
function errorAt(offset: number, length: number, more: Partial<Fault> = {}): Fault {
  const middle = npyHeaderBytes + offset + Math.floor(length / 2);
  return { op: 'pread', action: 'error', value: errno.EIO, times: 0, offset: middle, length: 1, ...more };
}

/**
 * Returns faults with which `engine` uses system calls. For cached data, `auto` may use a mapping instead, if the
 * address of the result makes read calls slow (4K aliasing).
 */
function withoutMapping(engine: ReadOptions['engine']): readonly Fault[] {
  return engine === 'auto' ? [cold] : [];
}

/** Checks that no file is open after a test, and that no thread of the pool is busy. */
afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
  await idlePool();
  expect(poolThreads().filter(({ state }) => state !== 'S')).toEqual([]);
});

describe('EIO', () => {
  test.for(ways)('in the third of ten extents names the extent: $how, $engine', async ({ how, engine }) => {
    await using array = await openArray(small);
    const selection = [null, slice(4, 12)] as const;
    const extents = { engine, coalesce };
    const error = await withFaults([{ op: 'pread', action: 'error', value: errno.EIO, skip: 2 }], () =>
      failure(() => (how === 'blocking' ? array.readSync(selection, extents) : array.read(selection, extents))),
    );
    const offset = npyHeaderBytes + (2 * 16 + 4) * 4;
    expect(error).toBeInstanceOf(ReadError);
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'EIO', errno: errno.EIO, path: small, offset, length: 32 });
    expect(error.message).toBe(`pread ${small}: Input/output error (32 bytes at offset ${offset}) [EIO]`);
    const again = await array.read(selection, extents);
    expect(again.data[2 * 8]).toBe(2 * 16 + 4);
  });

  test.for(largeWays)('in the third of ten tasks names the extent: $how, $engine', async ({ how, engine }) => {
    await using array = await openArray(large, { engine });
    const error = await withFaults([...withoutMapping(engine), errorAt(2 * rowBytes, rowBytes)], () =>
      failure(() => (how === 'blocking' ? array.readSync() : array.read())),
    );
    const offset = npyHeaderBytes + 2 * rowBytes;
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'EIO', path: large, offset, length: rowBytes });
  });

  test("has the caller's stack", async () => {
    const error = await withFaults([{ op: 'pread', action: 'error', value: errno.EIO }], async function theCaller() {
      return await failure(() => readSubset(small));
    });
    expect(error.stack).toContain('errors.test.ts');
  });

  test.for(readingEngines)('is reported for a chunk that is decoded: %s', async (engine) => {
    const path = writeZarr(folder, `zarr-${engine}`, 4000, 400);
    await using array = await openArray(path, { engine });
    for (const name of ['3', '9']) {
      const chunk = `${path}/${name}`;
      const error = await withFaults([{ op: 'pread', action: 'error', value: errno.EIO, path: chunk }], () =>
        failure(() => array.read()),
      );
      expect(error).toMatchObject({ _tag: 'ReadError', code: 'EIO', errno: errno.EIO, path: chunk, offset: 0 });
    }
    expect((await array.read()).data).toEqual(counting(4000));
  });

  test.for(['auto', ...readingEngines] as const)(
    'does not change the target after the read has settled: %s',
    async (engine) => {
      await using array = await openArray(large, { engine });
      const canary = new Uint32Array(10 * rowElements).fill(0xabababab);
      for (let round = 0; round < 10; round++) {
        const target = new Float32Array(10 * rowElements);
        // Other rows are slow, so that the error occurs while they are in flight.
        const slow: Fault = { op: 'pread', action: 'delay', value: 10, times: 4 };
        const faults = [...withoutMapping(engine), slow, errorAt((round % 10) * rowBytes, rowBytes)];
        const error = await withFaults(faults, () => failure(() => array.readInto(target)));
        target.set(new Float32Array(canary.buffer));
        expect(error).toMatchObject({ code: 'EIO' });
        await new Promise((resolve) => setTimeout(resolve, 15));
        await array.read([slice(0, 2)]);
        expectSameBytes(target, canary);
      }
    },
  );
});

describe('of several errors', () => {
  test.for(largeWays)('reports the first one in plan order: $how, $engine', async ({ how, engine }) => {
    await using array = await openArray(large, { engine });
    for (const [first, second] of [
      [2, 7],
      [0, 1],
      [3, 9],
      [8, 9],
    ] as const) {
      // The first row fails later than the second one, because its read is delayed.
      const slow: Fault = { ...errorAt(first * rowBytes, rowBytes), action: 'delay', value: 30, times: 1 };
      const broken = [first, second].map((row) => errorAt(row * rowBytes, rowBytes));
      const faults = [...withoutMapping(engine), slow, ...broken];
      const error = await withFaults(faults, () =>
        failure(() => (how === 'blocking' ? array.readSync() : array.read())),
      );
      expect(error).toMatchObject({ code: 'EIO', offset: npyHeaderBytes + first * rowBytes });
    }
  });

  test('reports the first one in plan order if all workers are blocked on I/O', async () => {
    await using array = await openArray(large);
    for (const [first, ...others] of [
      [2, 4, 9],
      [0, 9, 5],
      [7, 8],
      [1, 6, 3],
    ] as const) {
      const slow: Fault = { ...errorAt(first * rowBytes, rowBytes), action: 'delay', value: 20, times: 1 };
      const faults = [cold, slow, ...[first, ...others].map((row) => errorAt(row * rowBytes, rowBytes))];
      for (const read of [() => array.read(), () => array.readSync()]) {
        const error = await withFaults(faults, () => failure(read));
        expect(error).toMatchObject({ code: 'EIO', offset: npyHeaderBytes + first * rowBytes });
      }
    }
  });

  test('reports the first one in plan order if its task had to wait for the storage', async () => {
    await using array = await openArray(tiles);
    configure({ ioThreads: 1 });
    const slow: Fault = { op: 'pread', action: 'delay', value: 5, path: 'tile-0-0.bin' };
    const broken = [5, 3, 1].map((tile): Fault => {
      return { op: 'pread', action: 'error', value: errno.EIO, path: `tile-${tile}-0.bin`, times: 0 };
    });
    try {
      for (let round = 0; round < 20; round++) {
        const error = await withFaults([cold, slow, ...broken], () => failure(() => array.read()));
        expect(error).toMatchObject({ code: 'EIO', path: `${tiles}/tile-1-0.bin` });
      }
    } finally {
      configure({ ioThreads: 16 });
    }
  });
});

describe('data that is not cached', () => {
  test.for(['blocking', 'not blocking'])('is read by the I/O threads, without omissions: %s', async (how) => {
    await using array = await openArray(tiles);
    const want = counting(10 * 64 * 256);
    for (let round = 0; round < 50; round++) {
      const faults: Fault[] = [
        { op: 'pread', action: 'cold', times: 0, ...(round % 2 === 0 ? {} : { path: 'tile-7' }) },
      ];
      const { data, stats } = await withFaults(faults, () => (how === 'blocking' ? array.readSync() : array.read()));
      expectSameBytes(data, want);
      expect(stats.bytesRead).toBe(data.byteLength);
    }
  });

  test('is counted once if it becomes uncached in the middle of a task', async () => {
    await using array = await openArray(small);
    const cold: Fault = { op: 'pread', action: 'cold', times: 0, offset: npyHeaderBytes + 5 * 64, length: 64 };
    const reports: number[] = [];
    const onProgress = ({ bytesDone }: { bytesDone: number }): number => reports.push(bytesDone);
    const { data, stats } = await withFaults([cold], () => array.read([null, slice(0, 9)], { ...extents, onProgress }));
    expect(data[89]).toBe(9 * 16 + 8);
    expect(reports).toEqual([360]);
    // The I/O threads continue with the part that was not cached.
    expect(stats.extents).toBe(10);
    expect(stats.bytesRead).toBe(360);
  });
});

describe('files that cannot be opened', () => {
  test('reports a path that does not exist', async () => {
    const error = await failure(() => openArray(folder.at('nothing.npy')));
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'ENOENT', path: folder.at('nothing.npy') });
  });

  test('closes idle files and retries if there are no descriptors left', async () => {
    const data = await withFaults([{ op: 'open', action: 'error', value: errno.EMFILE, path: 'small.npy' }], () =>
      readSubset(small),
    );
    expect(data.data.length).toBe(160);
  });

  test('reports that there are no descriptors left after a retry', async () => {
    // An earlier test may have left the file open. Several lookups open it at the same time, and each tries again.
    dropIdleFiles();
    const faults: Fault[] = [{ op: 'open', action: 'error', value: errno.EMFILE, times: 0, path: 'small.npy' }];
    const error = await withFaults(faults, () => failure(() => readSubset(small)));
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'EMFILE', errno: errno.EMFILE, path: small });
    expect((await readSubset(small)).data.length).toBe(160);
  });

  test('reports that there are no descriptors left for a tile', async () => {
    await using array = await openArray(tiles);
    const emfile = (times: number): Fault => {
      return { op: 'open', action: 'error', value: errno.EMFILE, times, path: 'tile-4-0' };
    };
    const error = await withFaults([emfile(0)], () => failure(() => array.read()));
    expect(error).toMatchObject({ code: 'EMFILE', path: `${tiles}/tile-4-0.bin` });
    const { data } = await withFaults([emfile(1)], () => array.read());
    expectSameBytes(data, counting(10 * 64 * 256));
  });

  test('reads an absent tile as the fill value, and reports one without permission', async () => {
    const path = writeTiles(folder, 'holes', [80, 60], [24, 16], { absent: [0, 5], fillValue: -7 });
    await using array = await openArray<'float32'>(path);
    const { data, stats } = await array.read([0]);
    expect([...data.slice(0, 18)]).toEqual([...new Array(16).fill(-7), 16, 17]);
    expect(stats.chunksAbsent).toBe(1);
    expect(stats.note).toBeNull();
    for (const [value, code] of [
      [errno.EACCES, 'EACCES'],
      [errno.ELOOP, 'ELOOP'],
    ] as const) {
      const error = await withFaults([{ op: 'open', action: 'error', value, path: 'tile-1-1' }], () =>
        failure(() => array.read()),
      );
      expect(error).toMatchObject({ _tag: 'ReadError', code, errno: value, path: `${path}/tile-1-1.bin` });
    }
  });

  test('reports a directory in place of a tile', async () => {
    const path = writeTiles(folder, 'directory', [80, 60], [24, 16], { absent: [3] });
    fs.mkdirSync(`${path}/tile-0-3.bin`);
    await using array = await openArray(path);
    expect(await failure(() => array.read())).toMatchObject({ code: 'EISDIR', path: `${path}/tile-0-3.bin` });
    fs.rmdirSync(`${path}/tile-0-3.bin`);
  });

  test('never returns half of a tile that vanishes between its parts', async () => {
    const path = writeTiles(folder, 'vanishing', [2048, 1024], [2048, 1024]); // One tile of 8 MiB: eight tasks.
    await using array = await openArray(path, { threads: 1 });
    const reading = withFaults([{ op: 'pread', action: 'delay', value: 20, times: 0 }], () => array.read());
    await expect.poll(() => openDescriptors(`${path}/tile-`), { interval: 1 }).toHaveLength(1);
    fs.renameSync(`${path}/tile-0-0.bin`, `${path}/gone`);
    const { data, stats } = await reading;
    expect(data[data.length - 1]).toBe(2048 * 1024 - 1);
    expect(stats.opens).toBe(1);
    const { stats: after } = await array.read();
    expect(after.note).toBe('0 of 1 chunks found: every element has the fill value');
  });
});
