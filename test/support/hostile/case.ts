/**
 * Defines hostile cases. A case creates a file in which one field is as large as an attacker wants. Other modules list
 * the cases of each format.
 * @module
 */
import type { FormatOptions } from '../../../lib/formats/options.js';
import type { Random } from '../random.js';

/**
 * Files by path; texts are encoded as UTF-8. Paths begin with `/`. On a real file system, they are relative to some
 * directory.
 */
export type HostileFiles = Readonly<Record<string, Uint8Array | string>>;

/** `bytes` if the file grows with the field, `value` if only the number in the field grows. */
export type Growth = 'bytes' | 'value';

/** Generator of a file (or a store with several files) in which one field has a given size or value. */
export interface HostileCase {
  /** Name of the field, such as `fill_value digits`. */
  readonly name: string;
  readonly growth: Growth;
  /** Path to open: one of the files, or a directory with some of them. */
  readonly path: string;
  /** Array to open; null for the only array. */
  readonly array: string | null;
  /** Options of the format with which to open the array. Default: none. */
  readonly options?: FormatOptions;
  /** Set if the growth test also reads the complete array, as texts or as sequences. Default: only opens it. */
  readonly reads?: 'text' | 'sequences';
  /** True if many other cases reach the same code. The growth test then uses smaller sizes. */
  readonly isVariant?: boolean;
  /**
   * Creates the files with a field of about `size` bytes, or of the value `size`. Equal arguments give equal files.
   * @param random for details that do not matter, such as the digits of a number.
   */
  make(size: number, random: Random): HostileFiles;
}

/** Creates a case whose files grow. */
export function growingBytes(
  name: string,
  path: string,
  make: HostileCase['make'],
  array: string | null = null,
): HostileCase {
  return { name, growth: 'bytes', path, array, make };
}

/** Marks a case as one of many that reach the same code. */
export function variant(hostile: HostileCase): HostileCase {
  return { ...hostile, isVariant: true };
}

/** Creates a case whose files stay small. */
export function growingValue(
  name: string,
  path: string,
  make: HostileCase['make'],
  array: string | null = null,
): HostileCase {
  return { name, growth: 'value', path, array, make };
}

/** Repeats `unit` until there are about `size` characters. */
export function repeated(unit: string, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length));
}

/** Returns `size` random decimal digits. The first digit is not 0. */
export function digits(size: number, random: Random): string {
  const block = Array.from({ length: Math.min(size, 997) }, () => String(random.below(10))).join('');
  return `7${block.repeat(Math.ceil(size / block.length))}`.slice(0, size);
}

/** Returns about `size` characters of entries, joined by commas: `entry(0),entry(1),…`. */
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
