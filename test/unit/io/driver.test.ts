import { describe, expect, it } from 'vitest';
import { AbortError, FormatError, ReadError } from '../../../lib/core/errors.js';
import { newCounters } from '../../../lib/io/backend.js';
import { runAsync, runSync } from '../../../lib/io/driver.js';
import {
  type Io,
  listDirectory,
  readExact,
  readRanges,
  readSlices,
  readUpTo,
  readWhole,
  statPath,
} from '../../../lib/io/io.js';
import { nativeAsyncBackend } from '../../../lib/io/native-backend.js';
import { countingBytes, sameBytes } from '../../support/byte-writer.js';
import { MemoryBackend } from '../../support/memory-backend.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const temporary = new TemporaryDirectory();
const mebibyte = 1024 * 1024;

describe('the driver', () => {
  it('returns the bytes of ranges in order, short at the end of the file', () => {
    const backend = new MemoryBackend({ '/f': countingBytes(10_000) });
    const [a, b, c, d] = runSync(
      readRanges('/f', [
        { offset: 9_000, length: 2_000 },
        { offset: 5, length: 3 },
        { offset: 20_000, length: 5 },
        { offset: 7, length: 0 },
      ]),
      backend,
    );
    expect(a).toEqual(countingBytes(10_000).slice(9_000));
    expect(b).toEqual(Uint8Array.of(5, 6, 7));
    expect(c).toHaveLength(0);
    expect(d).toHaveLength(0);
  });

  it('serves thousands of consecutive small reads with a few large ones', () => {
    const content = countingBytes(mebibyte);
    const backend = new MemoryBackend({ '/f': content });
    const counters = newCounters();
    const io = function* (): Io<number> {
      let sum = 0;
      for (let offset = 0; offset + 8 <= content.length; offset += 24) {
        sum += (yield* readExact('/f', offset, 8, 'a record'))[0] ?? 0;
      }
      return sum;
    };
    let expected = 0;
    for (let offset = 0; offset + 8 <= content.length; offset += 24) expected += content[offset] ?? 0;
    expect(runSync(io(), backend, counters)).toBe(expected);
    expect(counters.requests).toBeGreaterThan(40_000);
    expect(counters.reads).toBeLessThan(40);
    expect(counters.bytesRead).toBeLessThanOrEqual(content.length + 40 * 65_536);
    expect(backend.reads).toHaveLength(counters.reads);
  });

  it('reads little extra around small reads that are far apart', () => {
    const backend = new MemoryBackend({ '/f': new Uint8Array(64 * mebibyte) });
    const counters = newCounters();
    const io = function* (): Io<void> {
      for (let i = 0; i < 60; i += 1) yield* readExact('/f', ((i * 37) % 64) * mebibyte, 16, 'a node');
    };
    runSync(io(), backend, counters);
    expect(counters.reads).toBe(60);
    expect(counters.bytesRead).toBeLessThan(60 * 3 * 4096 + 65_536);
  });

  it('merges neighbouring ranges of a request, reads distant ones separately, in order of offset', () => {
    const content = countingBytes(12 * mebibyte);
    const backend = new MemoryBackend({ '/f': content });
    const ranges = [
      { offset: 6_000_000, length: 100_000 },
      { offset: 0, length: 100_000 },
      { offset: 103_000, length: 100_000 },
      { offset: 300_000, length: 70_000 },
    ];
    const found = runSync(readRanges('/f', ranges), backend);
    for (const [i, { offset, length }] of ranges.entries()) {
      expect(sameBytes(found[i], content.subarray(offset, offset + length))).toBe(true);
    }
    expect(backend.reads).toEqual([
      { path: '/f', offset: 0, length: 203_000 },
      { path: '/f', offset: 300_000, length: 70_000 },
      { path: '/f', offset: 6_000_000, length: 100_000 },
    ]);
  });

  it('never merges reads to more than 4 MiB', () => {
    const content = countingBytes(12 * mebibyte);
    const backend = new MemoryBackend({ '/f': content });
    const ranges = Array.from({ length: 12 }, (_, i) => ({ offset: i * mebibyte, length: mebibyte }));
    const found = runSync(readRanges('/f', ranges), backend);
    expect(sameBytes(found[11], content.subarray(11 * mebibyte))).toBe(true);
    expect(backend.reads.map(({ length }) => length)).toEqual([4 * mebibyte, 4 * mebibyte, 4 * mebibyte]);
  });

  it('serves many scattered small ranges in one request, and returns exactly the bytes of each', () => {
    const content = countingBytes(40 * mebibyte);
    const backend = new MemoryBackend({ '/f': content });
    const ranges = Array.from({ length: 6_000 }, (_, i) => ({ offset: ((i * 7919) % 6_000) * 6_991, length: 33 }));
    const found = runSync(readRanges('/f', ranges), backend);
    expect(found.every((bytes, i) => bytes.length === 33 && bytes[0] === (ranges[i]?.offset ?? 0) % 251)).toBe(true);
    const read = backend.reads.reduce((sum, { length }) => sum + length, 0);
    expect(read).toBeLessThanOrEqual(content.length + mebibyte);
  });

  it('allocates by the size of the file, not by the requested size', () => {
    const backend = new MemoryBackend({ '/f': countingBytes(100) });
    const bytes = runSync(readUpTo('/f', 50, 200 * mebibyte), backend);
    expect(bytes).toHaveLength(50);
    expect(backend.reads.every(({ length }) => length <= 100)).toBe(true);
  });

  it('refuses a request of more than 256 MiB and invalid offsets', () => {
    const backend = new MemoryBackend({ '/f': countingBytes(100) });
    const half = { offset: 0, length: 129 * mebibyte };
    expect(() => runSync(readRanges('/f', [half, half]), backend)).toThrow(/at most 268435456 bytes of metadata/);
    expect(() => runSync(readUpTo('/f', -1, 5), backend)).toThrow(FormatError);
    expect(() => runSync(readUpTo('/f', 0.5, 5), backend)).toThrow(FormatError);
    expect(() => runSync(readUpTo('/f', 2 ** 53, 5), backend)).toThrow(FormatError);
    expect(() => runSync(readSlices([{ path: '/f', offset: 0, length: 300 * mebibyte }]), backend)).toThrow(
      FormatError,
    );
    expect(backend.reads).toEqual([]);
  });

  it('returns null for absent files, and sorts listings', () => {
    const backend = new MemoryBackend({ '/d/b': '', '/d/a': '', '/d/c/e': '' });
    expect(runSync(listDirectory('/d'), backend)).toEqual(['a', 'b', 'c']);
    expect(runSync(listDirectory('/x'), backend)).toBeNull();
    expect(runSync(statPath('/x'), backend)).toBeNull();
    expect(runSync(readWhole('/x', 10), backend)).toBeNull();
    expect(runSync(readSlices([{ path: '/x', offset: 0, length: 1 }]), backend)).toEqual([null]);
  });

  it('throws ENOENT into a parser that reads ranges of a file that does not exist', () => {
    const backend = new MemoryBackend({});
    const io = function* (): Io<string> {
      try {
        yield* readUpTo('/x', 0, 1);
      } catch (error) {
        return error instanceof ReadError ? error.code : 'other';
      }
      return 'none';
    };
    expect(runSync(io(), backend)).toBe('ENOENT');
    expect(backend.openRuns).toBe(0);
  });

  it('refuses a whole file that is larger than the parser allows', () => {
    const backend = new MemoryBackend({ '/f': countingBytes(11) });
    expect(runSync(readWhole('/f', 11), backend)).toHaveLength(11);
    expect(() => runSync(readWhole('/f', 10), backend)).toThrow(/at most 10 bytes, found 11/);
  });

  it('ends the run if the parser throws', () => {
    const backend = new MemoryBackend({ '/f': countingBytes(3) });
    expect(() => runSync(readExact('/f', 0, 4, 'four bytes'), backend)).toThrow(
      'Expected 4 bytes of four bytes, found 3 before the end of the file (/f at byte 0)',
    );
    expect(backend.openRuns).toBe(0);
  });

  it('returns slices of several files with the state of each; negative offsets count from the end', () => {
    const backend = new MemoryBackend({ '/a': countingBytes(100), '/b': countingBytes(5) });
    const [a, b] = runSync(
      readSlices([
        { path: '/a', offset: -4, length: 4 },
        { path: '/b', offset: -16, length: 16 },
      ]),
      backend,
    );
    expect(a?.bytes).toEqual(Uint8Array.of(96, 97, 98, 99));
    expect(a?.info.size).toBe(100);
    expect(b?.bytes).toEqual(countingBytes(5));
  });

  it('stops an aborted run, cleans the parser up and reports the reason', async () => {
    const path = temporary.write('abort.bin', countingBytes(100));
    const controller = new AbortController();
    let cleaned = false;
    const io = function* (): Io<void> {
      try {
        yield* readUpTo(path, 0, 10);
        controller.abort('enough');
        for (;;) {
          try {
            yield* statPath(path);
          } catch {
            // A parser that catches this error must not keep the run alive.
          }
        }
      } finally {
        cleaned = true;
      }
    };
    const failure = await runAsync(io(), nativeAsyncBackend, controller.signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AbortError);
    expect((failure as AbortError).cause).toBe('enough');
    expect(cleaned).toBe(true);
  });

  it('does not start if the signal is already aborted', async () => {
    let started = false;
    const io = function* (): Io<void> {
      started = true;
      yield* statPath('/');
    };
    await expect(runAsync(io(), nativeAsyncBackend, AbortSignal.abort())).rejects.toThrow(AbortError);
    expect(started).toBe(false);
  });
});
