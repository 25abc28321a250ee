import { describe, expect, test } from 'vitest';
import { type Intersection, intersect, type Progression } from '../../../lib/plan/interleaving.js';
import { Random, testSeed } from '../../support/random.js';

const indices = ({ start, step, count }: Progression): number[] =>
  Array.from({ length: count }, (_, i) => start + i * step);

/** Returns pairs of positions in `a` and `b` that have the same index. */
function pairs(a: Progression, b: Progression): [number, number][] {
  const ofB = indices(b);
  return indices(a).flatMap((index, i): [number, number][] => {
    const within = ofB.indexOf(index);
    return within < 0 ? [] : [[i, within]];
  });
}

function listPairs({ first, period, within, withinStep, count }: Intersection): [number, number][] {
  return Array.from({ length: count }, (_, m) => [first + m * period, within + m * withinStep]);
}

describe('intersect', () => {
  test('finds the same indices as a search, in products of small progressions', () => {
    for (const start of [-3, 0, 5, 14]) {
      for (const step of [-7, -4, -1, 1, 2, 3, 6]) {
        for (const otherStep of [1, 2, 3, 4, 6, 9]) {
          for (const count of [0, 1, 2, 11]) {
            const [a, b] = [
              { start, step, count },
              { start: 1, step: otherStep, count: 8 },
            ];
            const common = intersect(a, b);
            expect(common === null ? [] : listPairs(common), JSON.stringify([a, b])).toEqual(pairs(a, b));
          }
        }
      }
    }
  });

  test('finds the same indices as a search, in random progressions', () => {
    const seed = testSeed();
    console.log(`POSIX_PAR_SEED=${seed}`);
    const random = new Random(seed);
    for (let i = 0; i < 3000; i++) {
      const step = (1 + random.below(40)) * random.pick([-1, 1]);
      const a = { start: random.below(300), step, count: random.below(40) };
      const b = { start: random.below(300), step: 1 + random.below(40), count: random.below(40) };
      const common = intersect(a, b);
      expect(common === null ? [] : listPairs(common), JSON.stringify([a, b])).toEqual(pairs(a, b));
    }
  });

  test('is exact for indices near 2^53', () => {
    const b = { start: 2 ** 53 - 1 - 999_983 * 1_000_003, step: 999_983, count: 1_000_004 };
    const a = { start: 2 ** 53 - 1, step: -1_000_003, count: 1_000_000 };
    expect(intersect(a, b)).toEqual({ first: 0, period: 999_983, within: 1_000_003, withinStep: -1_000_003, count: 2 });
  });
});
