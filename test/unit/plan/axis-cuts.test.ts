// Tests the cuts of an axis: each piece has a position, respects its size and the chunks, and nothing is listed.
import { describe, expect, test } from 'vitest';
import { cutAxis } from '../../../lib/plan/axis-cuts.js';
import type { Axis } from '../../../lib/plan/hyperslab.js';
import { Random, testSeed } from '../../support/random.js';

const seed = testSeed();

const range = (start: number, step: number, count: number): Axis => ({
  kind: 'range',
  start,
  step: count < 2 ? 1 : step,
  count,
  dropped: false,
});

describe('the pieces of an axis', () => {
  test(`cover it once, within their size and the chunks, seed ${seed}`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 5_000; round++) {
      const axis = range(random.below(60), random.below(9) === 0 ? -1 : 1 + random.below(12), 1 + random.below(50));
      if (axis.kind !== 'range') continue;
      const size = 1 + random.below(axis.count);
      const chunk = random.below(40);
      const cuts = cutAxis(axis, size, chunk);
      const what = JSON.stringify({ axis, size, chunk });
      expect([cuts.at(0), cuts.at(cuts.count)], what).toEqual([0, axis.count]);
      for (let p = 0; p < cuts.count; p++) {
        const [begin, end] = [cuts.at(p), cuts.at(p + 1)];
        if (end <= begin || end - begin > size) expect.fail(`piece ${p} is [${begin}, ${end}) for ${what}`);
        if (axis.step < 0 || chunk === 0 || size === 1) continue;
        const chunkOf = (at: number): number => Math.floor((axis.start + at * axis.step) / chunk);
        const isAligned =
          size * axis.step < chunk
            ? chunkOf(end - 1) === chunkOf(begin)
            : end === axis.count || chunkOf(end) > chunkOf(end - 1);
        if (!isAligned) expect.fail(`piece [${begin}, ${end}) crosses a chunk for ${what}`);
      }
    }
  });

  test.each([
    { start: 0, step: 1, count: 2 ** 50, size: 2, chunk: 1 },
    { start: 3, step: 1, count: 2 ** 50 - 3, size: 5, chunk: 7 },
    { start: 1, step: 4, count: 2 ** 48 - 1, size: 3, chunk: 13 },
    { start: 0, step: 1, count: 2 ** 53 - 1, size: 1, chunk: 1 },
    { start: 0, step: -1, count: 2 ** 50, size: 3, chunk: 0 },
  ])('are not listed: $count positions in pieces of $size', ({ start, step, count, size, chunk }) => {
    const cuts = cutAxis(range(start, step, count), size, chunk);
    expect(cuts.count).toBeGreaterThanOrEqual(Math.ceil(count / size));
    for (const p of [0, Math.floor(cuts.count / 3), cuts.count - 2, cuts.count - 1]) {
      const [begin, end] = [cuts.at(p), cuts.at(p + 1)];
      expect(end - begin).toBeGreaterThan(0);
      expect(end - begin).toBeLessThanOrEqual(size);
    }
    expect(cuts.at(cuts.count)).toBe(count);
  });

  test('are one piece without positions if the axis is empty', () => {
    const cuts = cutAxis(range(0, 1, 0), 4, 2);
    expect([cuts.count, cuts.at(0), cuts.at(1)]).toEqual([1, 0, 0]);
  });
});
