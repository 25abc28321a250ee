/** Tests the counters and errors of the native probe, and that it does not block the process. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { probe, probeOptions } from '../../../lib/bench/probe.js';
import { percentile } from '../../../lib/bench/rounds.js';
import { ReadError } from '../../../lib/index.js';
import { binding } from '../../../lib/native/binding.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const directory = new TemporaryDirectory();
const length = 64 * 4096;
const paths = [0, 1].map((i) => directory.write(`f${i}`, randomBytes(length)));
const base = probeOptions({ paths, length, block_bytes: 4096, operations: 500, threads: 2, prepare: 'warm' });

describe('the native probe', () => {
  test.each(['read_shared', 'unlocked_shared', 'pread_shared', 'pread_own', 'file_each'] as const)(
    '%s reads and counts every requested block',
    async (pattern) => {
      const result = await probe({ ...base, pattern });
      expect(result.operations).toBe(500);
      expect(result.bytes).toBe(500 * 4096);
      expect(result.shortReads).toBe(0);
      expect(result.latencies.reduce((sum, { count }) => sum + count, 0)).toBe(500);
      expect(result.threads.wallNs).toBeGreaterThanOrEqual(result.latencySumNs);
      expect(result.threads.cpuNs).toBeGreaterThan(0);
      expect(percentile(result.latencies, 0.5)).toBeGreaterThan(0);
      expect(percentile(result.latencies, 1)).toBeLessThanOrEqual(result.latencyMaxNs * 1.01);
      expect(result.regionBytes).toBe(pattern === 'file_each' ? 2 * length : length);
      expect(result.coverage === null).toBe(!pattern.endsWith('_shared') || pattern === 'pread_shared');
      if (pattern === 'read_shared') {
        expect(result.coverage).toEqual({
          delivered: 500,
          twice: 0,
          lost: 0,
          unknown: 0,
          distinctBlocks: 64,
          blocks: 64,
        });
      }
    },
  );

  test('reports a missing file, and a region outside the file', async () => {
    await expect(probe({ ...base, paths: [directory.at('none')] })).rejects.toThrow(ReadError);
    await expect(probe({ ...base, length: 2 * length })).rejects.toThrow(/holds the region/);
    await expect(probe({ ...base, length: length - 1 })).rejects.toThrow(RangeError);
  });

  test('rejects contradicting options immediately', () => {
    const call = binding().probe as (...args: unknown[]) => unknown;
    expect(() => call()).toThrow(TypeError);
    expect(() => call({ ...base, pattern: 'guess' }, () => {})).toThrow(TypeError);
    expect(() => call({ ...base, threads: -1 }, () => {})).toThrow(TypeError);
    expect(() => call({ ...base, length: Number.NaN }, () => {})).toThrow(TypeError);
    expect(() => call({ ...base, paths: 'f' }, () => {})).toThrow(TypeError);
    expect(() => call(base, null)).toThrow(TypeError);
  });

  test('does not block the event loop', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 5);
    await probe({ ...base, operations: 0, duration_ns: 200e6 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
