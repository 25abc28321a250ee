/**
 * Tests that selections in text form and by name take linear time at any length, and end in a result or an error of
 * this library.
 */
import { describe, expect, test } from 'vitest';
import { toPositionalSelection } from '../../lib/api/named-selection.js';
import { isPosixParError } from '../../lib/core/errors.js';
import { parseSelection } from '../../lib/plan/selection.js';

/**
 * Maximum ratio of the costs of two sizes that differ by a factor of ten: far above noise, and far below the factor 100
 * of quadratic cost.
 */
const maxRatio = 40;
/** Cost in milliseconds below which the ratio of two costs is mostly noise. */
const baseMs = 100;
const sizes = [1e5, 1e6, 1e7];
const attempts = 3;

function cpuMsOf(act: () => unknown): number {
  const before = process.cpuUsage();
  try {
    act();
  } catch (error) {
    if (!isPosixParError(error)) throw error;
    expect(error.message.length).toBeLessThan(5000);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const texts: Readonly<Record<string, (size: number) => string>> = {
  indices: (size) => '0,'.repeat(size / 2),
  slices: (size) => '0:1:1,'.repeat(size / 6),
  'a list of indices': (size) => `[${'0,'.repeat(size / 2)}0]`,
  'a list without its end': (size) => `[${'0,'.repeat(size / 2)}`,
  digits: (size) => '7'.repeat(size),
  'digits and a letter': (size) => `${'7'.repeat(size)}x`,
  spaces: (size) => ' '.repeat(size),
  'spaces around an index': (size) => `${' '.repeat(size)}0${' '.repeat(size)}`,
  'spaces between digits': (size) => `1${' '.repeat(size)}1`,
  colons: (size) => ':'.repeat(size),
  brackets: (size) => '['.repeat(size),
  signs: (size) => '-'.repeat(size),
  dots: (size) => '.'.repeat(size),
  zeros: (size) => '0'.repeat(size),
};

const names: Readonly<Record<string, (size: number) => () => unknown>> = {
  'a long name of a dimension': (size) => {
    const name = 'n'.repeat(size);
    return () => toPositionalSelection({ [name]: 0 }, [name]);
  },
  'a long name that no dimension has': (size) => {
    const name = 'n'.repeat(size);
    return () => toPositionalSelection({ [name]: 0 }, ['x', `${name}n`]);
  },
  'names that no dimension has': (size) => {
    const selection = Object.fromEntries(Array.from({ length: size / 100 }, (_, i) => [`n${i}`, 0]));
    return () => toPositionalSelection(selection, ['x']);
  },
};

const cases = [
  ...Object.entries(texts).flatMap(([name, text]) =>
    (['exact', 'numbers'] as const).map((integers) => ({
      name: `${name}, ${integers}`,
      make: (size: number) => {
        const made = text(size);
        return () => parseSelection(made, integers);
      },
    })),
  ),
  ...Object.entries(names).map(([name, make]) => ({ name, make })),
];

describe('a long selection takes linear time', () => {
  test.each(cases)('$name', { timeout: 300_000 }, ({ make }) => {
    let last = baseMs;
    for (const size of sizes) {
      const act = make(size);
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < attempts && least > maxRatio * last; i += 1) least = Math.min(least, cpuMsOf(act));
      expect(least, `${size} characters`).toBeLessThanOrEqual(maxRatio * last);
      last = Math.max(baseMs, least);
    }
  });
});
