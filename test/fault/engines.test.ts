/**
 * Tests engines in special situations: io_uring is rejected or its queue is full, the size of a file changes during a
 * direct read, many extents are in flight at an abort, many reads run at the same time, and processes are started
 * during reads.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engineNames } from '../../lib/core/generated/choices.js';
import { AbortError, openArray, ReadError } from '../../lib/index.js';
import { expectSameBytes } from '../support/bytes.js';
import { engineProblems, engines, readingEngines } from '../support/engines.js';
import { errno, type Fault, failure, whileHeld, withFaults } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { counting, npyHeaderBytes, writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const rows = 2048;
const rowElements = 1024;
const rowBytes = 4 * rowElements;
const uringEngines = readingEngines.filter((engine) => engine.startsWith('uring'));
const deep = { queueDepth: 256, coalesce: { gapBytes: 0, maxBytes: rowBytes } } as const;
let path = '';
const whole = counting(rows * rowElements);
/** Every second row in reverse order. Each of them is one extent. */
const list = Array.from({ length: rows / 2 }, (_, i) => rows - 1 - 2 * i);

beforeAll(() => {
  path = writeNpy(folder, 'rows.npy', [rows, rowElements]);
});

afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
});

function expectRows(data: ArrayLike<number>, wanted: readonly number[]): void {
  expect(data.length).toBe(wanted.length * rowElements);
  wanted.forEach((row, i) => {
    if (
      data[i * rowElements] !== row * rowElements ||
      data[(i + 1) * rowElements - 1] !== (row + 1) * rowElements - 1
    ) {
      expect.fail(`row ${row} is wrong`);
    }
  });
}

/** The kernel refuses RWF_DONTCACHE for files on tmpfs. */
const memory = '/dev/shm';
const refusesDontcache = fs.existsSync(memory) && fs.statfsSync(memory).type === 0x01021994;

describe.skipIf(!refusesDontcache)('a file system without RWF_DONTCACHE', () => {
  const inMemory = refusesDontcache ? new TemporaryDirectory(memory) : folder;

  test.for(uringEngines)('is read without the flag, however many calls were queued with it: %s', async (engine) => {
    await using array = await openArray<'float32'>(writeNpy(inMemory, `${engine}.npy`, [64, rowElements]), {
      engine,
      cache: 'dontcache',
    });
    for (const threads of [1, 4]) {
      const { data } = await array.read([list.slice(-16).map((row) => row % 64)], { ...deep, threads });
      expectRows(
        data,
        list.slice(-16).map((row) => row % 64),
      );
      expectSameBytes((await array.read(null, { ...deep, threads })).data, counting(64 * rowElements));
    }
  });
});

describe('a call that always fails with EAGAIN', () => {
  test.for(readingEngines)('is an error in the end, and not repeated forever: %s', async (engine) => {
    await using array = await openArray<'float32'>(path, { engine });
    const never: Fault = { op: 'pread', action: 'error', value: errno.EAGAIN, path, times: 0 };
    for (const read of [() => array.read([0]), async () => array.readSync([0])])
      expect(await withFaults([never], () => failure(read))).toMatchObject({ _tag: 'ReadError', code: 'EAGAIN', path });
    expectRows((await array.read([0])).data, [0]);
  });
});

describe('on this machine', () => {
  test.for(engineNames)('the engine %s is available', async (engine, { skip }) => {
    const problem = engineProblems.get(engine) ?? null;
    skip(problem !== null, `SKIP: ${problem}`);
    await using array = await openArray<'float32'>(path, { engine });
    expectSameBytes((await array.read()).data, whole);
  });
});

describe('a chunk that refuses O_DIRECT', () => {
  const directEngines = readingEngines.filter((engine) => engine.includes('direct'));
  test.for(directEngines)('%s: fails alone, and its neighbours are read', async (engine) => {
    // Uses chunks without codecs, which are read directly into the result. If the library did not notice that a
    // descriptor has O_DIRECT, the read would fail with EINVAL, because the memory of the result is not aligned.
    const metadata = { shape: [200 * 256], chunks: [256], dtype: '<f4', compressor: null };
    const store = writeFiles(folder.at(`refusing-${engine}`), { '.zarray': arrayV2(metadata) });
    for (let c = 0; c < 200; c += 1) if (c !== 150) fs.writeFileSync(`${store}/${c}`, new Uint8Array(1024));
    fs.mkdirSync(`${store}/150`);
    await using array = await openArray(store, { engine });
    // Repeats the read, because timing decides whether another thread has already opened a chunk when the call fails.
    for (let i = 0; i < 400; i += 1) {
      expect(await failure(() => array.read())).toMatchObject({ code: 'EISDIR', path: `${store}/150` });
    }
    fs.rmdirSync(`${store}/150`);
  });
});

describe('the ring', () => {
  test.for(uringEngines.flatMap((engine) => [errno.EAGAIN, 16, 4].map((value) => ({ engine, value }))))(
    'is used again if it is full or interrupted: errno $value, $engine',
    async ({ engine, value }) => {
      await using array = await openArray<'float32'>(path, { engine, ...deep });
      const full: Fault = { op: 'uring_enter', action: 'error', value, times: 20 };
      const { data } = await withFaults([full], () => array.read([list]));
      expectRows(data, list);
    },
  );

  test.for(uringEngines)(
    'ends the read with its error if it fails permanently, and the next read has a new ring: %s',
    async (engine) => {
      await using array = await openArray<'float32'>(path, { engine, ...deep });
      for (const skip of [0, 1, 3]) {
        const broken: Fault = { op: 'uring_enter', action: 'error', value: 14, skip, times: 0 };
        const error = await withFaults([broken], () => failure(() => array.read([list])));
        expect(error).toBeInstanceOf(ReadError);
        expect(error).toMatchObject({ code: 'EFAULT', path });
        const { data, stats } = await array.read([list]);
        expectRows(data, list);
        expect(stats.engine).toContain('uring');
      }
    },
  );
});

describe('EIO with a full queue', () => {
  test.for(readingEngines)('is the error of its extent, and nothing is written after it: %s', async (engine) => {
    await using array = await openArray<'float32'>(path, { engine, ...deep });
    for (const row of [2047, 1023, 3]) {
      const target = new Float32Array(list.length * rowElements);
      const offset = npyHeaderBytes + row * rowBytes;
      const broken: Fault = {
        op: 'pread',
        action: 'error',
        value: errno.EIO,
        times: 0,
        offset: offset + 2048,
        length: 1,
      };
      const error = await withFaults([broken], () => failure(() => array.readInto(target, [list])));
      target.fill(-1);
      expect(error).toMatchObject({ code: 'EIO', path, offset, length: rowBytes });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(target.every((value) => value === -1)).toBe(true);
    }
  });
});

describe('an abort with a full queue', () => {
  test.for(readingEngines)('waits for reads in flight, and nothing is written after it: %s', async (engine) => {
    await using array = await openArray<'float32'>(path, { engine, ...deep });
    // Number of calls before the abort, of 1024 in total: none, less than a full queue, a full queue, several full
    // queues.
    for (const skip of [0, 1, 3, 40, 255, 256, 257, 512, 600, 900]) {
      const controller = new AbortController();
      const target = new Float32Array(list.length * rowElements);
      await whileHeld({ op: 'pread', skip }, async (release) => {
        const reading = failure(() => array.readInto(target, [list], { signal: controller.signal }));
        await sleep(skip % 7);
        controller.abort();
        release();
        expect(await reading).toBeInstanceOf(AbortError);
      });
      target.fill(-1);
      await sleep(3);
      expect(target.every((value) => value === -1)).toBe(true);
    }
  });
});

describe('a file whose size changes during direct reads', () => {
  test.for(engines)('that grows: the read returns the requested data, or reports the change: %s', async (engine) => {
    const growing = writeNpy(folder, `growing-${engine}.npy`, [rows, rowElements]);
    for (let round = 0; round < 4; round++) {
      await using array = await openArray(growing, { engine });
      const reading = array.read().catch((error: unknown) => error);
      for (let i = 0; i < 5; i++) fs.appendFileSync(growing, new Uint8Array(777).fill(1));
      const ended = await reading;
      if (ended instanceof Error) expect(ended).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED' });
      else expectSameBytes((ended as { data: Float32Array }).data, whole);
    }
  });

  test.for(engines)('that shrinks: the remaining data is right, or an error reports it: %s', async (engine) => {
    for (let round = 0; round < 4; round++) {
      const shrinking = writeNpy(folder, `shrinking-${engine}-${round}.npy`, [512, rowElements]);
      await using array = await openArray(shrinking, { engine });
      const reads = Array.from({ length: 4 }, () => array.read().catch((error: unknown) => error));
      for (let size = 2_000_000; size > 0; size -= 199_999) fs.truncateSync(shrinking, size);
      for (const ended of await Promise.all(reads)) {
        if (ended instanceof Error) {
          expect(ended).toMatchObject({ _tag: 'ReadError', code: expect.stringMatching(/^(EOF|ECHANGED)$/) });
        } else {
          expectSameBytes((ended as { data: Float32Array }).data, whole.subarray(0, 512 * rowElements));
        }
      }
      fs.rmSync(shrinking);
    }
  });
});

describe('a thousand concurrent reads', () => {
  test.for(engines)('are correct and release everything: %s', async (engine) => {
    await using array = await openArray<'float32'>(path, { engine });
    const reads = Array.from({ length: 1000 }, (_, i) => array.read([(i * 37) % rows]));
    for (const [i, { data }] of (await Promise.all(reads)).entries()) expectRows(data, [(i * 37) % rows]);
    const before = openDescriptors().length;
    await Promise.all(Array.from({ length: 200 }, (_, i) => array.read([i])));
    expect(openDescriptors().length).toBeLessThanOrEqual(before + 8);
  });
});

describe('processes that are started during reads', () => {
  test.for(engines)('do not affect the data, and inherit no descriptor: %s', async (engine) => {
    await using array = await openArray<'float32'>(path, { engine, queueDepth: 32 });
    const target = new Float32Array(rows * rowElements);
    let running = true;
    const reading = (async () => {
      for (let n = 0; running || n < 3; n++) {
        target.fill(-1);
        await array.readInto(target);
        expectSameBytes(target, whole);
      }
    })();
    const run = promisify(execFile);
    const seen: string[] = [];
    for (let i = 0; i < 15; i++) seen.push((await run('ls', ['-l', '/proc/self/fd'])).stdout);
    running = false;
    await reading;
    expect(seen.filter((text) => text.includes(folder.path) || text.includes('io_uring'))).toEqual([]);
  });
});
