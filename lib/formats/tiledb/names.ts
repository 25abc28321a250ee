/**
 * Parses the names of fragments, schemas and data files (format_spec/timestamped_name.md, fragment.md).
 * @module
 */
import { FormatError } from '../../core/errors.js';

/** Newest supported format. TileDB core 2.30 writes format 22; its specification describes format 23. */
export const newestFormat = 23;

/** Parsed name of a fragment, schema, metadata or commit file. Times are milliseconds since 1970-01-01 UTC. */
export interface TimestampedName {
  /** The name without a suffix such as `.wrt`. */
  readonly name: string;
  /** First and last write time of the contents. They are equal unless the contents were consolidated. */
  readonly start: bigint;
  readonly end: bigint;
  /**
   * Format version at the end of the name; 2 for the old form of name that formats 1 and 2 use. Null if a name of the
   * newer form has no version. {@link parseFragmentName} replaces null by 4, because formats 3 and 4 omit the version.
   */
  readonly version: number | null;
}

const fullName = /^__(\d{1,20})_(\d{1,20})_([0-9a-f]{32})(?:_(\d{1,10}))?$/i;
const oldestName = /^__[0-9a-f]{32}_(?:\d{1,20}_)?(\d{1,20})$/i;

/** Parses a timestamped name. Returns null for any other name. */
export function parseTimestampedName(name: string): TimestampedName | null {
  const full = fullName.exec(name);
  if (full !== null) {
    const start = BigInt(full[1] ?? 0);
    const end = BigInt(full[2] ?? 0);
    if (start > end) return null;
    return { name, start, end, version: full[4] === undefined ? null : Number(full[4]) };
  }
  const oldest = oldestName.exec(name);
  if (oldest === null) return null;
  const time = BigInt(oldest[1] ?? 0);
  return { name, start: time, end: time, version: 2 };
}

/** Parses the name of a fragment's folder. Formats 3 and 4 omit the version. */
export function parseFragmentName(name: string): (TimestampedName & { readonly version: number }) | null {
  const parsed = parseTimestampedName(name);
  return parsed === null ? null : { ...parsed, version: parsed.version ?? 4 };
}

/** Orders names by start, then by end, then by the name itself. Later names overwrite earlier ones. */
export function compareNames(a: TimestampedName, b: TimestampedName): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end !== b.end) return a.end < b.end ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Characters that format 8 escapes in file names. TileDB writes the last four with wrong codes. */
const escapes: ReadonlyMap<string, string> = new Map([
  ...[...'!#$%&\'()*+,/:;=?@[]"'].map((c): [string, string] => [
    c,
    `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ]),
  ['<', '%20'],
  ['>', '%2D'],
  ['\\', '%30'],
  ['|', '%3C'],
]);

/** Part of an attribute: its values or its validity (one byte per cell). */
export type Part = 'values' | 'validity';

/**
 * File of an attribute. If its values have a variable length, `values` contains their starts, and `variable` contains
 * the values.
 */
export type DataFile = Part | 'variable';

const suffixes = { values: '.tdb', validity: '_validity.tdb', variable: '_var.tdb' } as const;

/**
 * Returns the name of an attribute's file in a fragment.
 * @param version format version of the fragment.
 * @param attribute index of the attribute in the fragment's schema.
 * @param name name of the attribute in that schema.
 * @param path path of the array, for errors.
 * @throws {FormatError} if the file would be outside the fragment's folder.
 */
export function dataFileName(version: number, attribute: number, name: string, file: DataFile, path: string): string {
  const suffix = suffixes[file];
  if (version >= 9) return `a${attribute}${suffix}`;
  const base = version === 8 ? [...name].map((c) => escapes.get(c) ?? c).join('') : name;
  if (base.includes('/') || base.includes('\0')) {
    throw new FormatError(`Expected an attribute name that is a file name, found ${JSON.stringify(name)}`, { path });
  }
  return base + suffix;
}
