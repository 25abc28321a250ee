import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { ReadError } from '../../../lib/core/errors.js';
import { newCounters } from '../../../lib/io/backend.js';
import { runAsync, runSync } from '../../../lib/io/driver.js';
import { type Io, listDirectory, readExact, readSlices, readUpTo, readWhole, statPath } from '../../../lib/io/io.js';
import { nativeAsyncBackend } from '../../../lib/io/native-backend.js';
import { nodeSyncBackend } from '../../../lib/io/node-backend.js';
import { binding } from '../../../lib/native/binding.js';
import { countingBytes, sameBytes } from '../../support/byte-writer.js';
import { errno, type Fault, withFaults } from '../../support/faults.js';
import { idlePool, openDescriptors } from '../../support/process-state.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const content = countingBytes(300_000);
const file = temporary.write('data.bin', content);
temporary.write('folder/b', '');
temporary.write('folder/a', '');
const fifo = temporary.at('fifo');
execFileSync('mkfifo', [fifo]);

const drivers = [
  { name: 'the blocking backend', drive: async <T>(io: Io<T>): Promise<T> => runSync(io, nodeSyncBackend) },
  { name: 'the other backend', drive: <T>(io: Io<T>): Promise<T> => runAsync(io, nativeAsyncBackend) },
];

/**
 * Counts only descriptors of files of this test, because the test runner opens and closes other files at the same time.
 */
function openFiles(): number {
  return openDescriptors(temporary.path).length;
}

describe.each(drivers)('$name', ({ drive }) => {
  it('reads ranges, whole files, file states and listings', async () => {
    const io = function* (): Io<readonly unknown[]> {
      const range = yield* readUpTo(file, 1_000, 150_000);
      const whole = yield* readWhole(file, 1_000_000);
      const info = yield* statPath(file);
      const folder = yield* statPath(temporary.at('folder'));
      return [range, whole, info?.kind, info?.size, folder?.kind, yield* listDirectory(temporary.at('folder'))];
    };
    const [range, whole, ...rest] = await drive(io());
    expect(sameBytes(range as Uint8Array, content.subarray(1_000, 151_000))).toBe(true);
    expect(sameBytes(whole as Uint8Array, content)).toBe(true);
    expect(rest).toEqual(['file', content.length, 'directory', ['a', 'b']]);
  });

  it('returns null for absent paths, also below a file', async () => {
    for (const path of [temporary.at('absent'), `${file}/below`]) {
      expect(await drive(statPath(path))).toBeNull();
      expect(await drive(readWhole(path, 10))).toBeNull();
      expect(await drive(listDirectory(path))).toBeNull();
      expect(await drive(readSlices([{ path, offset: 0, length: 1 }]))).toEqual([null]);
    }
  });

  it('reports other failures as a ReadError with code, errno and path', async () => {
    const failure = await drive(readUpTo(temporary.at('folder'), 0, 1)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReadError);
    expect(failure).toMatchObject({ code: 'EISDIR', errno: 21, path: temporary.at('folder') });
    await expect(drive(statPath(temporary.at('x'.repeat(300))))).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
    await expect(drive(statPath('nul\0byte'))).rejects.toBeInstanceOf(ReadError);
    await expect(drive(listDirectory(temporary.at('y'.repeat(300))))).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  });

  it('does not wait for a writer if the path is a FIFO', async () => {
    await expect(drive(readUpTo(fifo, 0, 1))).rejects.toMatchObject({ code: 'EINVAL', path: fifo });
    await expect(drive(readSlices([{ path: fifo, offset: 0, length: 1 }]))).rejects.toMatchObject({ code: 'EINVAL' });
    expect((await drive(statPath(fifo)))?.kind).toBe('other');
  });

  it('opens a file once per run and closes all descriptors, also after an error', async () => {
    const paths = Array.from({ length: 100 }, (_, i) => temporary.write(`many/${i}`, countingBytes(i + 1)));
    await idlePool();
    const before = openFiles();
    let most = 0;
    const io = function* (fail: boolean): Io<number> {
      let sum = 0;
      for (const round of [0, 1]) {
        for (const path of paths) sum += (yield* readUpTo(path, round, 200)).length;
        most = Math.max(most, openFiles() - before);
      }
      if (fail) yield* readUpTo(temporary.at('absent'), 0, 1);
      return sum;
    };
    expect(await drive(io(false))).toBe(5_050 + 4_950);
    await idlePool();
    expect(openFiles()).toBe(before);
    expect(most).toBeLessThanOrEqual(65);
    await expect(drive(io(true))).rejects.toMatchObject({ code: 'ENOENT' });
    await idlePool();
    expect(openFiles()).toBe(before);
  });

  it('reads slices of many files, and returns the state of the opened descriptors', async () => {
    const slices = await drive(
      readSlices([
        { path: file, offset: -10, length: 10 },
        { path: file, offset: 299_995, length: 10 },
        { path: file, offset: 0, length: 0 },
      ]),
    );
    expect(slices.map((slice) => slice?.bytes)).toEqual([content.slice(-10), content.slice(-5), new Uint8Array(0)]);
    expect(slices[2]?.info).toMatchObject({
      kind: 'file',
      size: content.length,
      ino: fs.statSync(file).ino,
      dev: fs.statSync(file).dev,
      mtimeMs: fs.statSync(file).mtimeMs,
    });
  });
});

describe('the asynchronous backend', () => {
  const read = (): Promise<Uint8Array> => runAsync(readUpTo(file, 65_536, 100_000), nativeAsyncBackend);

  it('continues short reads and retries interrupted ones', async () => {
    const faults: Fault[] = [
      { op: 'pread', action: 'shorten', value: 777, times: 0, path: file },
      { op: 'open', action: 'eintr', path: file },
      { op: 'fstat', action: 'eintr', path: file },
    ];
    const bytes = await withFaults(faults, read);
    expect(sameBytes(bytes, content.subarray(65_536, 165_536))).toBe(true);
  });

  it("reports an error with the requested position and the caller's stack, and closes every descriptor", async () => {
    await idlePool(); // A thread may still hold a descriptor of the previous test.
    const before = openFiles();
    const faults: Fault[] = [
      { op: 'pread', action: 'shorten', value: 4096, times: 0, offset: 65_536, length: 8192, path: file },
      { op: 'pread', action: 'error', value: 5, times: 0, offset: 131_072, length: 1, path: file },
    ];
    const error = await withFaults(faults, async function theCaller() {
      return await read().catch((thrown: unknown) => thrown);
    });
    expect(error).toMatchObject({
      _tag: 'ReadError',
      code: 'EIO',
      errno: 5,
      path: file,
      offset: 65_536,
    });
    expect((error as ReadError).length).toBeGreaterThanOrEqual(100_000);
    expect((error as Error).stack).toContain('driver.ts');
    await idlePool();
    expect(openFiles()).toBe(before);
  });

  it('reports a file that shrank as short, and does not return zeros', async () => {
    const short = temporary.write('short.bin', content);
    const faults: Fault[] = [{ op: 'pread', action: 'truncate', value: 70_000, skip: 1, path: short }];
    const bytes = await withFaults(faults, () => runAsync(readUpTo(short, 1, 200_000), nativeAsyncBackend));
    expect(sameBytes(bytes, content.subarray(1, 70_000))).toBe(true);
  });

  it('closes idle files and retries if the process has no descriptors left', async () => {
    const faults: Fault[] = [{ op: 'open', action: 'error', value: errno.EMFILE, path: file }];
    expect((await withFaults(faults, read)).length).toBe(100_000);
    const again: Fault[] = [{ op: 'open', action: 'error', value: errno.EMFILE, times: 2, path: file }];
    await expect(withFaults(again, read)).rejects.toMatchObject({ code: 'EMFILE', path: file });
  });

  it('reports the first failure of several in their order', async () => {
    const paths = Array.from({ length: 40 }, (_, i) => temporary.write(`slices/${i}`, countingBytes(10)));
    const faults: Fault[] = [7, 8, 30].map((n) => ({
      op: 'open',
      action: 'error',
      value: 5,
      path: `slices/${n}`,
      times: 0,
    }));
    const slices = paths.map((path) => ({ path, offset: 0, length: 10 }));
    await expect(withFaults(faults, () => runAsync(readSlices(slices), nativeAsyncBackend))).rejects.toMatchObject({
      path: paths[7],
    });
  });

  it('rejects invalid calls', () => {
    const call = binding().lookup as (...args: unknown[]) => unknown;
    const [one, words, done] = [new Float64Array(1), new Float64Array(6), () => 0];
    for (const args of [
      [],
      [9, [file], one, [new Uint8Array(1)], words, done],
      [0.5, [file], one, [new Uint8Array(1)], words, done],
      [0, [file], one, [new Uint8Array(1)], new Float64Array(5), done],
      [0, [file, file], one, [new Uint8Array(1)], words, done],
      [0, ['nul\0byte'], one, [new Uint8Array(1)], words, done],
      [2, [file], one, [new Uint8Array(1)], words, done],
      [2, {}, one, [new Uint8Array(1)], words, done],
      [3, [file], new Float64Array([0.5]), [new Uint8Array(1)], words, done],
      [3, [file], new Float64Array([Number.NaN]), [new Uint8Array(1)], words, done],
      [3, [file], one, ['memory'], words, done],
      [3, [file], one, [new Uint8Array(1)], words, 'callback'],
    ]) {
      expect(() => call(...args), String(args)).toThrow(TypeError);
    }
  });
});

describe('the counters', () => {
  it('report the cost of a run', () => {
    const counters = newCounters();
    const io = function* (): Io<void> {
      yield* statPath(file);
      yield* readUpTo(file, 0, 10);
      yield* readUpTo(file, 10, 10);
      yield* listDirectory(temporary.at('folder'));
    };
    runSync(io(), nodeSyncBackend, counters);
    expect(counters).toMatchObject({ requests: 4, reads: 1, opens: 1, stats: 1, lists: 1 });
    expect(counters.bytesRead).toBeGreaterThanOrEqual(20);
  });
});

describe('on a file system that misbehaves', () => {
  const { readSync } = fs;
  afterEach(() => {
    fs.readSync = readSync;
    syncBuiltinESMExports();
  });

  function replaceReadSync(
    replacement: (fd: number, into: Uint8Array, at: number, length: number, from: number) => number,
  ) {
    fs.readSync = replacement as typeof readSync;
    syncBuiltinESMExports();
  }

  it('short reads are continued', () => {
    let calls = 0;
    replaceReadSync((fd, into, at, length, from) => {
      calls += 1;
      return readSync(fd, into, at, Math.min(length, 1 + (calls % 1_000)), from);
    });
    const bytes = runSync(readUpTo(file, 1, 200_000), nodeSyncBackend);
    expect(sameBytes(bytes, content.subarray(1, 200_001))).toBe(true);
    expect(calls).toBeGreaterThan(200);
  });

  it('a file that shrank is reported as short, and does not return zeros', () => {
    replaceReadSync((fd, into, at, length, from) =>
      from >= 70_000 ? 0 : readSync(fd, into, at, Math.min(length, 70_000 - from), from),
    );
    expect(runSync(readUpTo(file, 1, 200_000), nodeSyncBackend)).toHaveLength(69_999);
    expect(() => runSync(readExact(file, 69_998, 10, 'a header'), nodeSyncBackend)).toThrow(/found 2 before the end/);
  });

  it('errors are reported with the position, and every descriptor is closed', async () => {
    await idlePool();
    const before = openFiles();
    replaceReadSync(() => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 });
    });
    const read = () => runSync(readUpTo(file, 65_536, 100_000), nodeSyncBackend);
    expect(read).toThrow(ReadError);
    expect(read).toThrow(
      expect.objectContaining({ code: 'EIO', errno: 5, path: file, offset: 65_536, length: 100_000 }),
    );
    expect(openFiles()).toBe(before);
  });
});
