/**
 * How many threads a read takes: for what is in memory no more than there are cores, for what has to be waited for more.
 */
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
  test('in memory: at most as many threads as cores', async () => {
    await using array = await openArray(paths[name] ?? '');
    const { data, stats } = await array.read();
    expect(stats.threads).toBeGreaterThanOrEqual(1);
    expect(stats.threads).toBeLessThanOrEqual(cores);
    expect(stats.bytesCached).toBe(data.byteLength);
  });

  test('not in memory: more, and each task is read once', async () => {
    await using array = await openArray(paths[name] ?? '');
    const { data, stats } = await withFaults(slow, () => array.read());
    // Those that looked into the page cache, and those that waited.
    expect(stats.threads).toBeGreaterThan(Math.min(cores, 8));
    expect(stats.bytesRead).toBe(data.byteLength);
    expectSameBytes(data, counting(data.length));
  });
});
