import { describe, expect, test } from 'vitest';
import { finish, stepsPerCheckpoint } from '../../../lib/core/checkpoint.js';
import { firstNumbers, sortKeys } from '../../../lib/plan/order.js';
import { Random } from '../../support/random.js';

/** Sorts with `Array.prototype.sort`, for comparison. */
function expected(keys: ArrayLike<number>): number[] {
  return Array.from(keys, (_, i) => i).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}

describe('sorting keys', () => {
  const random = new Random(7);
  const below = (n: number): number => Math.floor(random.next() * n);
  test.each([
    ['none', 0, 1],
    ['one', 1, 100],
    ['few', 300, 50],
    ['few of 44 bits', 300, 2 ** 44],
    ['few of 53 bits', 300, 2 ** 53],
    ['many equal ones', 5000, 3],
    ['one digit', 5000, 2000],
    ['32 bits', 5000, 2 ** 32],
    ['more than 32 bits', 5000, 2 ** 53],
  ])('%s', (_, count, limit) => {
    const keys = Float64Array.from({ length: count }, () => below(limit));
    const before = keys.slice();
    const order = expected(keys);
    const sorted = finish(sortKeys(keys));
    expect([...sorted.positions]).toEqual(order);
    expect([...sorted.keys]).toEqual(order.map((i) => keys[i]));
    expect(keys).toEqual(before);
  });

  test('returns keys that are already sorted unchanged', () => {
    const keys = Uint32Array.of(0, 3, 3, 9);
    expect(finish(sortKeys(keys)).keys).toBe(keys);
  });

  test('sorts given positions with their keys, and does not modify the input', () => {
    const positions = Uint32Array.from({ length: 1000 }, (_, i) => 7 * i);
    const keys = Uint32Array.from({ length: 1000 }, () => below(50));
    const sorted = finish(sortKeys(keys, positions));
    expect([...sorted.positions]).toEqual(expected(keys).map((i) => 7 * i));
    expect(positions[1]).toBe(7);
  });

  test('lists the first numbers, in memory that is shared up to a limit', () => {
    for (const n of [0, 3, 2, 65_536, 70_000, 5]) {
      expect(finish(firstNumbers(n)), String(n)).toEqual(Uint32Array.from({ length: n }, (_, i) => i));
    }
    expect(finish(firstNumbers(5)).buffer).toBe(finish(firstNumbers(9)).buffer);
    expect(finish(firstNumbers(70_000)).buffer).not.toBe(finish(firstNumbers(70_000)).buffer);
  });

  test('yields enough checkpoints in each pass', () => {
    const count = 10 * stepsPerCheckpoint;
    const keys = Uint32Array.from({ length: count }, () => below(2 ** 20));
    let checkpoints = 0;
    for (const { kind } of { [Symbol.iterator]: () => sortKeys(keys) }) checkpoints += kind === 'checkpoint' ? 1 : 0;
    // One pass inspects the keys, and each of two sort passes has two loops.
    expect(checkpoints).toBe((1 + 2 * 2) * 9);
  });
});
