/** Tests lib/formats/zarr/shard-grid.ts, which splits boxes of inner chunks by shard. */
import { describe, expect, test } from 'vitest';
import { finish, type Sliced, stepsPerCheckpoint } from '../../../../lib/core/checkpoint.js';
import { crc32c, crc32cInSlices } from '../../../../lib/formats/crc32c.js';
import { rowMajorOrder, ShardVisitor, splitByShard } from '../../../../lib/formats/zarr/shard-grid.js';

/** Returns the number of checkpoints of a computation. */
function countCheckpoints(computation: Sliced<unknown>): number {
  let count = 0;
  while (computation.next().done !== true) count += 1;
  return count;
}

describe('splitByShard', () => {
  test('returns one run for the coordinates of each shard', () => {
    const { runs } = finish(splitByShard([0, 1, 3, 4, 9, 11], 4));
    expect(runs).toEqual([
      { shard: 0, first: 0, count: 3 },
      { shard: 1, first: 3, count: 1 },
      { shard: 2, first: 4, count: 2 },
    ]);
    expect(finish(splitByShard([], 4)).runs).toEqual([]);
  });

  test('yields checkpoints in a long list, and accepts typed arrays', () => {
    const count = 10 * stepsPerCheckpoint;
    const long = Float64Array.from({ length: count }, (_, i) => i);
    for (const inShard of [1, 7, count]) {
      expect(countCheckpoints(splitByShard(long, inShard))).toBeGreaterThanOrEqual(9);
      const { runs } = finish(splitByShard(long, inShard));
      expect(runs).toHaveLength(Math.ceil(count / inShard));
      expect(runs.reduce((n, run) => n + run.count, 0)).toBe(count);
    }
  });
});

describe('ShardVisitor', () => {
  test('visits each chunk of a box once, with its position in the box and in the index of its shard', () => {
    const box = [
      [0, 2, 3, 5],
      [1, 2, 4, 6, 7],
    ];
    const counts = [2, 3];
    const axes = box.map((coordinates, d) => finish(splitByShard(coordinates, counts[d] ?? 1)));
    const visitor = new ShardVisitor(axes, [3, 1]);
    const [rows, columns] = axes.map(({ runs }) => runs);
    const shards = rows?.flatMap((row) => columns?.map((column) => [row.shard, column.shard] as const) ?? []) ?? [];
    const order = [...rowMajorOrder(box)];
    const seen = new Set<number>();
    for (const [number, [row, column]] of shards.entries()) {
      finish(
        visitor.each(number, (target, word) => {
          expect(seen.has(target)).toBe(false);
          seen.add(target);
          const [y = 0, x = 0] = order[target] ?? [];
          expect([Math.floor(y / 2), Math.floor(x / 3)]).toEqual([row, column]);
          expect(word).toBe((y % 2) * 3 + (x % 3));
        }),
      );
    }
    expect(seen.size).toBe(20);
  });

  test('yields checkpoints in a large shard', () => {
    const count = 4 * stepsPerCheckpoint;
    const all = Float64Array.from({ length: count }, (_, i) => i);
    const axes = [finish(splitByShard(all, count))];
    expect(countCheckpoints(new ShardVisitor(axes, [1]).each(0, () => {}))).toBeGreaterThanOrEqual(4);
  });
});

test('a checksum in slices equals the checksum in one call', () => {
  const bytes = Uint8Array.from({ length: 3 * 2 ** 20 + 5 }, (_, i) => (i * 7919) >>> 3);
  expect(countCheckpoints(crc32cInSlices(bytes))).toBe(3);
  for (const length of [0, 1, 7, 2 ** 20, 2 ** 20 + 1, bytes.length]) {
    const part = bytes.subarray(0, length);
    expect(finish(crc32cInSlices(part))).toBe(crc32c(part));
  }
});
