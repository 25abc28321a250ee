/** Tests the mutation tool of the fuzz tests, so that a fuzz run without findings is meaningful. */
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../lib/core/errors.js';
import { attempt, mutants, randomMutant } from '../support/fuzz.js';
import { Random } from '../support/random.js';

const file = Uint8Array.from({ length: 40 }, (_, i) => i + 1);

describe('attempt', () => {
  const allowedBytes = 1 << 20;

  test('reports success or an error of this library', () => {
    expect(attempt('a', allowedBytes, () => {})).toBe(true);
    const fail = () => {
      throw new FormatError('damaged', { path: '/a' });
    };
    expect(attempt('a', allowedBytes, fail)).toBe(false);
  });

  test('reports other errors, memory and processor time, with the seed', () => {
    const other = () => {
      throw new RangeError('invalid length');
    };
    expect(() => attempt('x', allowedBytes, other)).toThrow(/^POSIX_PAR_SEED=\d+, x: ended in RangeError: invalid/);
    const kept: Uint8Array[] = [];
    expect(() => attempt('x', allowedBytes, () => kept.push(new Uint8Array(4 << 20)))).toThrow(/bytes were allocated/);
    const busy = () => {
      const before = process.cpuUsage();
      while (process.cpuUsage(before).user < 20_000);
    };
    expect(() => attempt('x', 64 * allowedBytes, busy, 10)).toThrow(/ms of the processor$/);
    expect(kept).toHaveLength(1);
  });
});

describe('mutants', () => {
  test('are the same in every run, and as many as requested', () => {
    const [first, second] = [[...mutants(file, 40, 999)], [...mutants(file, 40, 999)]];
    expect(first).toHaveLength(999);
    expect(first).toEqual(second);
  });

  test('include all single changes before any repeats', () => {
    const all = [...mutants(file, 40, 2 * 40 * 91)].filter((_, i) => i % 2 === 0).map(({ what }) => what);
    for (let at = 0; at < 40; at++) {
      for (const what of [`cut off at ${at}`, `byte ${at} = 0`, `byte ${at} = 255`]) expect(all).toContain(what);
      if (at <= 32) expect(all).toContain(`u64 LE at ${at} = ${2n ** 64n - 1n}`);
      if (at <= 36) expect(all).toContain(`u32 BE at ${at} = ${0x7fffffff}`);
    }
    expect(all.filter((what) => what === 'cut off at 7')).toHaveLength(1);
  });

  test('change nothing after the span', () => {
    for (const { what, bytes } of mutants(file, 16, 2000)) {
      if (!what.startsWith('cut')) expect([what, ...bytes.subarray(16)]).toEqual([what, ...file.subarray(16)]);
    }
  });

  test('depend only on the seed if random, and change nothing after the span', () => {
    const some = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 300 }, () => randomMutant(file, 16, random));
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
    for (const { what, bytes } of some(3)) {
      if (!what.startsWith('cut')) expect([what, ...bytes.subarray(16)]).toEqual([what, ...file.subarray(16)]);
    }
  });

  test('begin near the given positions', () => {
    for (const { what, bytes } of mutants(file, 40, 500, [20])) {
      if (what.startsWith('cut')) continue;
      const changed = [...bytes.keys()].filter((at) => bytes[at] !== file[at]);
      expect(
        changed.every((at) => at >= 12 && at < 37),
        `${what}: ${changed}`,
      ).toBe(true);
    }
  });
});
