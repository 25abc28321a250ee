/** Tests closing handles, aborting reads, and reporting progress. */
import { EventEmitter, getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  AbortError,
  type ArrayHandle,
  ClosedError,
  openArray,
  type Progress,
  readSubset,
  slice,
} from '../../lib/index.js';
import { expectSameBytes } from '../support/bytes.js';
import { readingEngines } from '../support/engines.js';
import { errno, type Fault, failure, whileHeld, withFaults } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { counting, writeNpy, writeShards, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const rowElements = 1 << 18;
const rows = 16;
const everyWay = ['auto', ...readingEngines] as const;
const slow: Fault = { op: 'pread', action: 'delay', value: 10, times: 0 };
let large = '';
let tiles = '';

beforeAll(() => {
  large = writeNpy(folder, 'large.npy', [rows, rowElements]); // One task per row.
  tiles = writeTiles(folder, 'tiles', [320, 256], [16, 256]);
});

describe('closing', () => {
  test.for(everyWay)('waits for reads in flight, which complete: %s', async (engine) => {
    const array = await openArray(large, { engine });
    const order: string[] = [];
    await withFaults([slow], async () => {
      const reads = [0, 1, 2].map(async (i) => {
        const { data } = await array.read();
        order.push(`read ${i}`);
        return data;
      });
      const closing = array.close().then(() => order.push('closed'));
      for (const data of await Promise.all(reads)) expectSameBytes(data, counting(rows * rowElements));
      await closing;
    });
    expect(order.toSorted()).toEqual(['closed', 'read 0', 'read 1', 'read 2']);
    expect(order.at(-1)).toBe('closed');
  });

  test('waits for reads that are still locating their chunks', async () => {
    const array = await openArray(writeShards(folder, 'shards', 5000, 100));
    const reading = array.read();
    await array.close();
    expectSameBytes((await reading).data, counting(5000));
  });

  // Not with `auto`, which may copy from a mapping and then makes no system call that can fail.
  test.for(readingEngines)('waits for reads that fail: %s', async (engine) => {
    const array = await openArray(large, { engine });
    await withFaults([slow, { op: 'pread', action: 'error', value: errno.EIO, skip: 5 }], async () => {
      const reading = failure(() => array.read());
      await array.close();
      expect(await reading).toMatchObject({ code: 'EIO' });
    });
  });

  const uses: readonly { readonly what: string; use(array: ArrayHandle): unknown }[] = [
    { what: 'read', use: (array) => array.read([0]) },
    { what: 'readInto', use: (array) => array.readInto(new Float32Array(rowElements), [0]) },
    { what: 'readSync', use: (array) => array.readSync([0]) },
    { what: 'explain', use: (array) => array.explain([0]) },
  ];

  test.for(uses)('makes $what fail with a ClosedError that names the array', async ({ use }) => {
    const array = await openArray(large);
    const closing = array.close();
    for (const moment of ['during', 'after']) {
      const error = await failure(() => use(array));
      expect(error, moment).toBeInstanceOf(ClosedError);
      expect(error).toMatchObject({ _tag: 'ClosedError', message: expect.stringContaining(large) });
      await closing;
    }
    expect(array.shape).toEqual([rows, rowElements]);
  });

  test('may be repeated, also concurrently', async () => {
    const array = await openArray(large);
    await Promise.all([array.close(), array.close()]);
    await array.close();
    await array[Symbol.asyncDispose]();
    expect(await failure(() => array.read())).toBeInstanceOf(ClosedError);
  });

  test('happens at the end of a block with `await using`, also if the block throws', async () => {
    const seen: ArrayHandle[] = [];
    const thrown = new Error('thrown by the block');
    const error = await failure(async () => {
      await using array = await openArray(large);
      seen.push(array);
      throw thrown;
    });
    expect(error).toBe(thrown);
    expect(await failure(() => seen[0]?.read())).toBeInstanceOf(ClosedError);
    await dropIdleFiles();
    expect(openDescriptors(folder.path)).toEqual([]);
  });
});

describe('aborting', () => {
  test('before the read: nothing is read', async () => {
    await using array = await openArray(large);
    const reason = new Error('no longer wanted');
    const signal = AbortSignal.abort(reason);
    const error = await withFaults([{ op: 'pread', action: 'error', value: errno.EIO, times: 0 }], () =>
      failure(() => array.read([0], { signal })),
    );
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ _tag: 'AbortError', name: 'AbortError', cause: reason });
    expect(await failure(() => readSubset(large, [0], { signal }))).toBeInstanceOf(AbortError);
  });

  test.for(['large', 'tiles'].flatMap((which) => everyWay.map((engine) => ({ which, engine }))))(
    'during the read: drops queued work, and nothing is written afterwards: $which, $engine',
    async ({ which, engine }) => {
      await using array = await openArray(which === 'large' ? large : tiles, { engine, threads: 2 });
      const elements = which === 'large' ? rows * rowElements : 320 * 256;
      const canary = new Float32Array(elements).fill(-123);
      for (let round = 0; round < 7; round++) {
        const target = Float32Array.from(canary);
        const controller = new AbortController();
        await whileHeld({ op: 'pread', skip: round }, async (release) => {
          const reading = failure(() => array.readInto(target, null, { signal: controller.signal }));
          await sleep(round);
          controller.abort();
          release();
          expect(await reading).toBeInstanceOf(AbortError);
        });
        // The last parts cannot have been read, because at most half of the calls were released.
        expectSameBytes(target.subarray(-256), canary.subarray(-256));
        target.set(canary);
        await sleep(30);
        expectSameBytes(target, canary);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      }
      expectSameBytes((await array.read()).data, counting(elements));
    },
  );

  test('immediately after the start', async () => {
    await using array = await openArray(large);
    const controller = new AbortController();
    // Calls are held; otherwise the threads could finish before this one continues.
    const error = await whileHeld({ op: 'pread' }, (release) => {
      const reading = failure(() => array.read(null, { signal: controller.signal }));
      controller.abort('enough');
      release();
      return reading;
    });
    expect(error).toMatchObject({ _tag: 'AbortError', cause: 'enough' });
  });

  test('while chunks are located', async () => {
    await using array = await openArray(writeShards(folder, 'shards-2', 5000, 100));
    const controller = new AbortController();
    const reading = failure(() => array.read(null, { signal: controller.signal }));
    controller.abort();
    expect(await reading).toBeInstanceOf(AbortError);
  });

  test('has no effect after the read, and leaves no listener', async () => {
    await using array = await openArray(large);
    const controller = new AbortController();
    for (const selection of [[slice(0, 2)], [0, slice(0, 10)]]) {
      const { data } = await array.read(selection, { signal: controller.signal });
      expect(data[9]).toBe(9);
    }
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect((await array.read([3, 4])).data[0]).toBe(3 * rowElements + 4);
  });

  test('by a timeout has the timeout as its cause', async () => {
    await using array = await openArray(tiles);
    const signal = AbortSignal.timeout(15);
    const error = await whileHeld({ op: 'pread' }, (release) => {
      const reading = failure(() => array.read(null, { signal }));
      // Releases in the next turn of the event loop, after the library's own listener has run.
      signal.addEventListener('abort', () => setImmediate(release));
      return reading;
    });
    expect(error).toMatchObject({ _tag: 'AbortError', cause: { name: 'TimeoutError' } });
  });

  test.for(everyWay)('one signal ends a hundred reads without a warning: %s', async (engine) => {
    await using array = await openArray(tiles, { engine });
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on('warning', listen);
    const controller = new AbortController();
    await whileHeld({ op: 'pread' }, async (release) => {
      const reads = Array.from({ length: 100 }, () => failure(() => array.read(null, { signal: controller.signal })));
      controller.abort();
      release();
      for (const error of await Promise.all(reads)) expect(error).toBeInstanceOf(AbortError);
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(EventEmitter.defaultMaxListeners).toBe(10);
  });

  test('reports an earlier error instead', async () => {
    await using array = await openArray(tiles);
    const broken: Fault = { op: 'open', action: 'error', value: errno.EIO, path: 'tile-0-0', times: 0 };
    const slowBeside: Fault = { op: 'pread', action: 'delay', value: 200, path: 'tile-1-0' };
    // The test cannot know when the error has occurred. If the abort came first, the next attempt waits longer.
    for (let ms = 25, error = new Error(); !('code' in error && error.code === 'EIO'); ms *= 2) {
      const controller = new AbortController();
      await withFaults([slowBeside, broken], async () => {
        const reading = failure(() => array.read(null, { signal: controller.signal }));
        setTimeout(() => controller.abort(), ms);
        error = await reading;
      });
      expect(['EIO', 'ABORT_ERR']).toContain('code' in error && error.code);
    }
  });
});

describe('progress', () => {
  test('is reported every 100 ms, and once at the end', async () => {
    await using array = await openArray(tiles);
    // Fake timers make the clock advance only on request.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      let reports = 0;
      await whileHeld({ op: 'pread' }, async (release) => {
        const reading = array.read(null, { onProgress: () => reports++ });
        while (vi.getTimerCount() === 0) await new Promise((go) => setImmediate(go));
        for (const wanted of [0, 1, 2, 3]) {
          expect(reports).toBe(wanted);
          vi.advanceTimersByTime(99);
          expect(reports).toBe(wanted);
          vi.advanceTimersByTime(1);
        }
        release();
        await reading;
      });
      expect([reports, vi.getTimerCount()]).toEqual([5, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('never decreases and ends with everything', async () => {
    await using array = await openArray(tiles);
    const reports: Progress[] = [];
    const { data } = await whileHeld({ op: 'pread', skip: 10 }, (release) => {
      const onProgress = (progress: Progress): void => {
        if (reports.push(progress) === 3) release();
      };
      return array.read(null, { onProgress });
    });
    const bytesTotal = data.byteLength;
    expect(reports.length).toBeGreaterThan(3);
    expect(reports.at(-1)).toMatchObject({ bytesDone: bytesTotal, bytesTotal, chunksDone: 20, chunksTotal: 20 });
    const [first] = reports;
    expect(first?.bytesDone).toBeLessThan(bytesTotal);
    for (const [i, report] of reports.slice(1).entries()) {
      const before = reports[i];
      expect(report.bytesDone).toBeGreaterThanOrEqual(before?.bytesDone ?? 0);
      expect(report.chunksDone).toBeGreaterThanOrEqual(before?.chunksDone ?? 0);
    }
  });

  test.for([
    ['a large read', null],
    ['a small one on the calling thread', [0, slice(0, 5)]],
    ['an empty one', [slice(0, 0)]],
  ] as const)('is reported once at the end of %s', async ([, selection]) => {
    await using array = await openArray(large);
    const reports: Progress[] = [];
    const { data } = await array.read(selection, { onProgress: (progress) => reports.push(progress) });
    const chunks = data.length === 0 ? 0 : 1;
    expect(reports.at(-1)).toEqual({
      bytesDone: data.byteLength,
      bytesTotal: data.byteLength,
      chunksDone: chunks,
      chunksTotal: chunks,
    });
    if (data.length < 100) expect(reports).toHaveLength(1);
  });

  test('counts absent tiles as done', async () => {
    const path = writeTiles(folder, 'holes', [64, 64], [16, 16], { absent: [0, 1, 2, 9] });
    const reports: Progress[] = [];
    const { data } = await readSubset(path, null, { onProgress: (progress) => reports.push(progress) });
    expect(reports.at(-1)).toMatchObject({ bytesDone: data.byteLength, chunksDone: 16, chunksTotal: 16 });
  });

  test.for([0, 2])("ends its read with the callback's error if call %i throws", async (calls) => {
    await using array = await openArray(tiles);
    let seen = 0;
    const error = await whileHeld({ op: 'pread' }, (release) => {
      const onProgress = (): void => {
        if (seen++ !== calls) return;
        release();
        throw new Error('thrown by the listener');
      };
      return failure(() => array.read(null, { onProgress }));
    });
    expect(error.message).toBe('thrown by the listener');
    expect((await array.read()).data.length).toBe(320 * 256);
  });

  test('is not reported after an error', async () => {
    await using array = await openArray(tiles);
    const reports: Progress[] = [];
    const broken: Fault = { op: 'open', action: 'error', value: errno.EIO, path: 'tile-0-0', times: 0 };
    await withFaults([broken], () => failure(() => array.read(null, { onProgress: (p) => reports.push(p) })));
    expect(reports).toEqual([]);
  });
});
