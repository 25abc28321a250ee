import { expect, test } from 'vitest';
import { BoxOrder } from '../../../../lib/formats/hdf5/indexes/box-table.js';
import type { ChunkBox } from '../../../../lib/plan/locations.js';
import { Random } from '../../../support/random.js';

const extent = 5;
const all = Array.from({ length: extent ** 3 }, (_, i) => [Math.floor(i / 25), Math.floor(i / 5) % 5, i % 5]);
const number = (c: readonly number[]): number => (c[0] ?? 0) * 25 + (c[1] ?? 0) * 5 + (c[2] ?? 0);

test('a range of chunks intersects a box if and only if one of its chunks is in the box', () => {
  const random = new Random(7);
  for (let round = 0; round < 60; round++) {
    const box: ChunkBox = [0, 1, 2].map(() => {
      const list = Array.from({ length: extent }, (_, i) => i).filter(() => random.below(2) === 0);
      return list.length === 0 ? [random.below(extent)] : list;
    });
    const order = new BoxOrder(box);
    const inBox = (c: readonly number[]): boolean => c.every((coordinate, d) => box[d]?.includes(coordinate));
    for (let i = 0; i < 40; i++) {
      const low = random.pick(all);
      const high = random.pick(all);
      const between = all.some((c) => number(c) >= number(low) && number(c) < number(high) && inBox(c));
      expect(order.intersects(low, high), JSON.stringify({ box, low, high })).toBe(between);
      expect(order.intersects(low, null)).toBe(all.some((c) => number(c) >= number(low) && inBox(c)));
      expect(order.startsBefore(high)).toBe(all.some((c) => number(c) < number(high) && inBox(c)));
    }
  }
});
