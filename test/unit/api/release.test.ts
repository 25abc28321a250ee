// Tests the release of results: the memory returns at once, and no result shows bytes of another one.
import * as fs from 'node:fs';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { dispose } from '../../../lib/core/dispose.js';
import { ClosedError, concat, configure, createArray, memoryUsage, openArray, slice } from '../../../lib/index.js';
import { binding } from '../../../lib/native/binding.js';
import { errno, untilHeld, whileHeld, withFaults } from '../../support/faults.js';
import { writeGzip } from '../../support/gzip-matrix.js';
import { openForTests } from '../../support/opened-arrays.js';
import { writeNpy } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const path = writeNpy(folder, 'a.npy', [64, 1024]);
const rowBytes = 4096;

const pooled = (): number => memoryUsage().resultPool.bytes;

beforeEach(() => {
  configure({ resultPoolBytes: 0 });
  configure({ resultPoolBytes: 2 ** 28 });
});

describe('release', () => {
  it('detaches the data, and the next read uses the memory', async () => {
    const array = await openForTests(path);
    for (const read of [() => array.read([slice(0, 8)]), async () => array.readSync([slice(0, 8)])]) {
      configure({ resultPoolBytes: 0 });
      configure({ resultPoolBytes: 2 ** 28 });
      const first = await read();
      expect(first.stats.bytesRecycled).toBe(0);
      const { data } = first;
      const copy = data.slice();
      first.release();
      expect(data.length).toBe(0);
      expect(pooled()).toBe(8 * rowBytes);
      const second = await read();
      expect(pooled()).toBe(0);
      expect(second.stats.bytesRecycled).toBe(8 * rowBytes);
      expect(second.data).toEqual(copy);
    }
  });

  it('makes every use of the result an error', async () => {
    const result = await (await openForTests(path)).read([slice(0, 8)]);
    result.release();
    for (const use of [
      () => result.data,
      () => result.mask,
      () => result.at(0, 0),
      () => [...result.rows()],
      () => [...result],
      () => result.toJSON(),
      () => structuredClone(result),
      () => ({ ...result }),
    ]) {
      expect(use).toThrow(ClosedError);
    }
    expect(result.shape).toEqual([8, 1024]);
    result.release();
    result[dispose]();
    expect(memoryUsage().resultPool.buffers).toBe(1);
  });

  it('is what `using` calls', async () => {
    const array = await openForTests(path);
    let kept: ArrayLike<unknown>;
    {
      using result = await array.read([slice(0, 8)]);
      kept = result.data;
      expect(kept.length).toBe(8 * 1024);
    }
    expect(kept.length).toBe(0);
    {
      using batch = await array.readMany([[slice(0, 8)]]);
      expect(batch.stats.bytesRecycled).toBe(8 * rowBytes);
    }
    expect(pooled()).toBe(8 * rowBytes);
  });

  it('does nothing to the memory of the caller, to parts, and to transferred memory', async () => {
    const array = await openForTests(path);
    const target = new Float32Array(8 * 1024);
    const into = await array.readInto(target, [slice(0, 8)]);
    into.release();
    expect(target.length).toBe(8 * 1024);
    expect(into.at(0, 1)).toBe(1);

    const result = await array.read([slice(0, 8)]);
    for (const plane of result) plane.release();
    expect(result.at(7, 0)).toBe(7 * 1024);

    const { port1, port2 } = new MessageChannel();
    const { data } = result;
    port1.postMessage(data, [data.buffer]);
    const received = (receiveMessageOnPort(port2) as { message: Float32Array }).message;
    expect(() => result.at(0, 0)).toThrow(ClosedError);
    result.release();
    expect(pooled()).toBe(0);
    const other = await array.read([slice(8, 16)]);
    expect(received[1]).toBe(1);
    expect(other.at(0, 0)).toBe(8 * 1024);
    port1.close();
  });

  it('uses memory that is a little larger, whose other bytes are 0', async () => {
    const array = await openForTests(path);
    (await array.read([slice(0, 9)])).release();
    const smaller = await array.read([slice(20, 28)]);
    expect(smaller.stats.bytesRecycled).toBe(8 * rowBytes);
    expect(smaller.data.length).toBe(8 * 1024);
    expect(smaller.data.buffer.byteLength).toBe(9 * rowBytes);
    expect(new Uint8Array(smaller.data.buffer, 8 * rowBytes).every((byte) => byte === 0)).toBe(true);
    expect(smaller.at(0, 0)).toBe(20 * 1024);
  });

  it('recycles masks', async () => {
    const array = await openForTests(path);
    for (let i = 0; i < 3; i++) {
      using result = await array.read([slice(0, 8)], { mask: true });
      expect(result.mask.every((missing) => missing === 0)).toBe(true);
      expect(result.stats.bytesRecycled).toBe(i === 0 ? 0 : 8 * 1024 * 5);
    }
  });
});

describe('release of a batch', () => {
  const boxes = [[slice(0, 8)], [slice(4, 12)], [3]];

  it('returns the memory of all boxes', async () => {
    const batch = await (await openForTests(path)).readMany(boxes);
    const [first] = batch;
    const data = first?.data;
    batch.release();
    expect(() => batch.data).toThrow(ClosedError);
    expect(data?.length).toBe(0);
    expect(() => first?.at(0, 0)).toThrow(ClosedError);
    first?.release();
    expect(memoryUsage().resultPool).toMatchObject({ bytes: 17 * rowBytes, buffers: 1 });
  });

  it('returns the memory when the last box is released', async () => {
    const batch = await (await openForTests(path)).readMany(boxes);
    const [first, second, third] = batch.results;
    second?.release();
    second?.release();
    expect(() => second?.data).toThrow(ClosedError);
    first?.release();
    expect(pooled()).toBe(0);
    expect(third?.at(5)).toBe(3 * 1024 + 5);
    third?.release();
    expect(pooled()).toBe(17 * rowBytes);
  });

  it('works for streams, blocks and joined arrays', async () => {
    const array = await openForTests(path);
    for await (const { index, result } of array.stream([[1], [2], [3]])) {
      using box = result;
      expect(box.at(0)).toBe((index + 1) * 1024);
    }
    expect(pooled()).toBe(3 * rowBytes);
    let recycled = 0;
    for await (const { result, start } of array.blocks({ shape: [8, 1024] })) {
      using block = result;
      expect(block.at(0, 1)).toBe((start[0] ?? 0) * 1024 + 1);
      recycled += block.stats.bytesRecycled;
    }
    expect(recycled).toBeGreaterThan(0);
    configure({ resultPoolBytes: 0 });
    configure({ resultPoolBytes: 2 ** 28 });
    const joined = concat([array, array]);
    for (let i = 0; i < 2; i++) {
      using both = await joined.read([slice(60, 68)]);
      expect([both.at(0, 0), both.at(-1, 0)]).toEqual([60 * 1024, 3 * 1024]);
      expect(both.stats.bytesRecycled > 0).toBe(i === 1);
    }
  });
});

describe('release while an operation uses the memory', () => {
  const message = /read or write in flight uses its memory/;

  it('fails during readInto, before and after the native call begins', async () => {
    const array = await openForTests(path, { engine: 'pread' });
    const result = await array.read([slice(0, 32)]);
    await whileHeld({ op: 'pread', path }, async (release) => {
      const reading = array.readInto(result.data, [slice(32, 64)]);
      expect(() => result.release()).toThrow(message);
      await untilHeld();
      expect(() => result.release()).toThrow(message);
      expect(result.data.length).toBe(32 * 1024);
      release();
      await reading;
    });
    expect(result.at(0, 0)).toBe(32 * 1024);
    result.release();
    expect(pooled()).toBe(32 * rowBytes);
  });

  it('fails during readMany with `into`, for the boxes that it writes', async () => {
    const array = await openForTests(path);
    const batch = await array.readMany([[slice(0, 8)], [slice(8, 16)]]);
    const [first, second] = batch.results;
    const reading = array.readMany([[slice(16, 24)]], { into: first?.data as Float32Array });
    expect(() => first?.release()).toThrow(message);
    expect(() => batch.release()).toThrow(message);
    second?.release();
    await reading;
    expect(first?.at(0, 0)).toBe(16 * 1024);
    first?.release();
    expect(pooled()).toBe(16 * rowBytes);
  });

  it('fails during a write, also while the write waits for another one', async () => {
    const array = await openForTests(path);
    const result = await array.read([slice(0, 8)]);
    const out = folder.at('out.npy');
    {
      await using written = await createArray(out, { dtype: 'float32', shape: [8, 1024] });
      const before = written.write(null, new Float32Array(8 * 1024));
      const writing = written.write(null, result);
      expect(() => result.release()).toThrow(message);
      await before;
      expect(() => result.release()).toThrow(message);
      await writing;
      result.release();
    }
    await using copy = await openArray(out);
    expect((await copy.read([7, 5])).at()).toBe(7 * 1024 + 5);
  });
});

describe('reads that fail', () => {
  it('return no memory to the pool, and later reads are right', async () => {
    const array = await openForTests(writeGzip(folder, 'gzip.zarr', [64, 80], [16, 16], []));
    const expected = (await array.read()).data.slice();
    const bytes = expected.byteLength;
    for (const fault of [
      { op: 'pread', action: 'error', value: errno.EIO },
      { op: 'pread', action: 'end', value: 0 },
    ] as const) {
      (await array.read()).release();
      expect(pooled()).toBe(bytes);
      await withFaults([{ ...fault, skip: 3, times: 0 }], () =>
        expect(array.read(null, { engine: 'pread' })).rejects.toThrow(),
      );
      expect(pooled()).toBe(0);
      using again = await array.read();
      expect(again.data).toEqual(expected);
    }
    configure({ resultPoolBytes: 0 });
    const signal = AbortSignal.abort();
    await expect(array.read(null, { signal })).rejects.toThrow();
    expect((await array.read()).data).toEqual(expected);
  });

  it('return no memory while a system call of an abandoned read hangs', { timeout: 30_000 }, async () => {
    fs.copyFileSync(path, folder.at('hung.npy'));
    const array = await openForTests(folder.at('hung.npy'), { engine: 'pread' });
    (await array.read([slice(0, 32)])).release();
    const other = await whileHeld({ op: 'pread', path: 'hung.npy' }, async () => {
      const controller = new AbortController();
      const reading = array.read([slice(0, 32)], { signal: controller.signal });
      await untilHeld();
      controller.abort();
      await expect(reading).rejects.toThrow('aborted');
      expect(binding().held_calls()).toBe(1);
      expect(pooled()).toBe(0);
      return await (await openForTests(path)).read([slice(32, 64)]);
    });
    const copy = other.data.slice();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(other.data).toEqual(copy);
  });
});
