/**
 * The names that TileDB gives to fragments, schemas and data files (format_spec/timestamped_name.md, fragment.md).
 * @module
 */
import { FormatError } from '../../core/errors.js';

/** The newest format that is read. TileDB core 2.30 writes 22; its specification describes 23. */
export const newestFormat = 23;

/** Parsed name of a fragment, schema, metadata or commit file. Times are milliseconds since 1970-01-01 UTC. */
export interface TimestampedName {
  /** The name itself, without a suffix such as `.wrt`. */
  readonly name: string;
  /** First and last moment of what it holds; equal unless it was consolidated. */
  readonly start: bigint;
  readonly end: bigint;
  /** Format version of a fragment; 4 stands for 3 and 4, 2 for 1 and 2, null where the name has none. */
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

/** The order in which later ones win: by first moment, then by last, then by name for a result that never varies. */
export function compareNames(a: TimestampedName, b: TimestampedName): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end !== b.end) return a.end < b.end ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * The characters that format 8 escapes in file names, and how its writer spells them (the last four are not their ASCII
 * codes).
 */
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

/** File of an attribute: its values, or its validity (one byte per cell). */
export type Part = 'values' | 'validity';

/**
 * The name of the file that holds an attribute in a fragment.
 * @param version the fragment's format.
 * @param attribute position of the attribute in the fragment's schema.
 * @param name the attribute's name in that schema.
 * @param path the array, for the error.
 * @throws {FormatError} for a name that would leave the fragment's folder.
 */
export function dataFileName(version: number, attribute: number, name: string, part: Part, path: string): string {
  const suffix = part === 'validity' ? '_validity.tdb' : '.tdb';
  if (version >= 9) return `a${attribute}${suffix}`;
  const base = version === 8 ? [...name].map((c) => escapes.get(c) ?? c).join('') : name;
  if (base.includes('/') || base.includes('\0')) {
    throw new FormatError(`Expected an attribute name that is a file name, found ${JSON.stringify(name)}`, { path });
  }
  return base + suffix;
}
