/**
 * Hostile files with a few wrong fields. The rest is valid, so that parsers read most of the file.
 * @module
 */
import type { Random } from '../../support/random.js';
import type { SeedFiles } from '../../support/seeds/seed.js';

/** Files to read, and a description of what is wrong with them. */
export interface Lie {
  readonly what: string;
  readonly path: string;
  readonly files: SeedFiles;
  readonly arrays: readonly (string | null)[];
}

/** Makes hostile files of one kind. */
export interface Liar {
  readonly name: string;
  lie(random: Random): Lie;
}

/** Numbers near the limits of integers, doubles and allocations. */
export const oddNumbers: readonly number[] = [
  0,
  1,
  2,
  3,
  -1,
  255,
  256,
  65535,
  65536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 62,
  2 ** 63,
  2 ** 64,
];

/** Returns a random number: an integer below 20, or one of {@link oddNumbers} from 0 to `limit`. */
export function oddNumber(random: Random, limit: number): number {
  if (random.below(3) === 0) return random.below(20);
  const usable = oddNumbers.filter((value) => value >= 0 && value <= limit);
  return random.pick(usable);
}

/** Names that have a special meaning for a file system, JavaScript, a terminal or a parser. */
export const oddNames: readonly string[] = [
  '',
  '.',
  '..',
  '/',
  '//',
  '../../../../etc/passwd',
  '/etc/passwd',
  'a/../a',
  'a/',
  '/a',
  '\0',
  'a\0b',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '\u001b[2J',
  '\ud800',
  '\u202e',
  'é',
  'é',
  '#',
  'a#b',
  '%2e%2e%2f',
  ' ',
  '\n',
  'x'.repeat(255),
  'x'.repeat(5000),
  'a/'.repeat(500),
];
