/**
 * Hostile files: what a case is. One file per format lists the fields that an attacker can grow.
 * @module
 */
import type { Random } from '../random.js';

/** Files by path; text is UTF-8. Paths begin with `/`, and stand for paths below any folder. */
export type HostileFiles = Readonly<Record<string, Uint8Array | string>>;

/** What growing a field does: the file grows with it, or only the number in it. */
export type Growth = 'bytes' | 'value';

/** A file, or a store of several, in which one field has the size that is asked for. */
export interface HostileCase {
  /** The field, such as `fill_value digits`. */
  readonly name: string;
  readonly growth: Growth;
  /** The path to open, one of the files or a folder of them. */
  readonly path: string;
  /** The array to open; null: the only one. */
  readonly array: string | null;
  /** True for one of many cases that reach the same code: the growth test makes them less large. */
  readonly isVariant?: boolean;
  /**
   * The files for a field of about `size`: bytes of the file, or the value. Equal arguments give equal files.
   * @param random for what does not matter, such as which digits.
   */
  make(size: number, random: Random): HostileFiles;
}

/** A case whose files grow. */
export function growingBytes(
  name: string,
  path: string,
  make: HostileCase['make'],
  array: string | null = null,
): HostileCase {
  return { name, growth: 'bytes', path, array, make };
}

/** One of many cases whose files grow, and which reach the same code. */
export function variant(hostile: HostileCase): HostileCase {
  return { ...hostile, isVariant: true };
}

/** A case whose files stay small. */
export function growingValue(
  name: string,
  path: string,
  make: HostileCase['make'],
  array: string | null = null,
): HostileCase {
  return { name, growth: 'value', path, array, make };
}

/** `unit` as often as it takes to make about `size` characters. */
export function repeated(unit: string, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length));
}

/** `size` random decimal digits, the first of which is not 0. */
export function digits(size: number, random: Random): string {
  const block = Array.from({ length: Math.min(size, 997) }, () => String(random.below(10))).join('');
  return `7${block.repeat(Math.ceil(size / block.length))}`.slice(0, size);
}

/** About `size` characters of entries, joined by commas: `entry(0),entry(1),…`. */
export function listed(size: number, entry: (i: number) => string): string {
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; length < size; i += 1) {
    const part = entry(i);
    parts.push(part);
    length += part.length + 1;
  }
  return parts.join(',');
}
