/** Tests the number of threads of a read: at most the number of cores for cached data, more for uncached data. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openArray } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { expectSameBytes } from '../support/bytes.js';
import { type Fault, withFaults } from '../support/faults.js';
import { counting, writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [2048, 4096] as const;
const cores = Number(binding().info()['threads']);
const slow: readonly Fault[] = [
  { op: 'pread', action: 'cold', times: 0 },
  { op: 'pread', action: 'delay', value: 3, times: 0 },
];
const paths: Record<string, string> = {};

beforeAll(() => {
  paths['one file'] = writeNpy(folder, 'whole.npy', shape);
  paths['tiles'] = writeTiles(folder, 'tiles', shape, [128, 4096]);
});

describe.each(['one file', 'tiles'])('%s', (name) => {
  test('uses at most as many threads as cores for cached data', async () => {
    await using array = await openArray(paths[name] ?? '');
    const { data, stats } = await array.read();
    expect(stats.threads).toBeGreaterThanOrEqual(1);
    expect(stats.threads).toBeLessThanOrEqual(cores);
    expect(stats.bytesCached).toBe(data.byteLength);
  });

  test('uses more threads for uncached data, and reads each task once', async () => {
    await using array = await openArray(paths[name] ?? '');
    const { data, stats } = await withFaults(slow, () => array.read());
    // `stats.threads` counts both the threads that tried the page cache and the threads that waited for storage.
    expect(stats.threads).toBeGreaterThan(Math.min(cores, 8));
    expect(stats.bytesRead).toBe(data.byteLength);
    expectSameBytes(data, counting(data.length));
  });
});

const memory = '/dev/shm';
const isMemory = fs.existsSync(memory) && fs.statfsSync(memory).type === 0x01021994;

describe.skipIf(!isMemory)('files on tmpfs, which are in memory but may refuse RWF_NOWAIT', () => {
  const shm = isMemory ? new TemporaryDirectory(memory) : folder;

  test.each(['one file', 'tiles'])('%s: uses at most as many threads as cores', async (name) => {
    const path =
      name === 'tiles' ? writeTiles(shm, 'tiles', [1024, 512], [128, 256]) : writeNpy(shm, 'a.npy', [1024, 512]);
    await using array = await openArray(path);
    const { data, stats } = await array.read();
    expectSameBytes(data, counting(data.length));
    expect(stats.threads).toBeLessThanOrEqual(cores);
    expect(stats.bytesCached).toBe(data.byteLength);
  });

  test('copies short runs from a mapping', async () => {
    await using array = await openArray(writeNpy(shm, 'b.npy', [2048, 512]));
    const { stats } = await array.read([null, 7]);
    expect(stats.engine).toBe('mmap');
    expect(stats.bytesCached).toBe(2048 * 4);
  });
});

test('counts bytes from a mapping as they are stored', async () => {
  await using array = await openArray(paths['one file'] ?? '');
  await array.read();
  const { stats } = await array.read([null, 7], { as: 'float64' });
  const bytes = 2048 * 4;
  expect([stats.engine, stats.bytesMapped, stats.bytesRead, stats.bytesCached]).toEqual(['mmap', bytes, bytes, bytes]);
});
