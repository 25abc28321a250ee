/**
 * Typed access to the members of a metadata document. Each function whose name begins with `as` returns the value or
 * throws a FormatError that names the member.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import type { Json, JsonObject } from './json.js';

/** Location of a value in a metadata document, for errors. */
export interface Place {
  /** Path of the document. */
  readonly path: string;
  /** Name of the member, such as `codecs[1].configuration.order`; '' for the whole document. */
  readonly field: string;
}

/** Returns the location of member `key` (or element `key`, if it is a number) of the value at `place`. */
export function inside(place: Place, key: string | number): Place {
  const { path, field } = place;
  if (typeof key === 'number') return { path, field: `${field}[${key}]` };
  return { path, field: field === '' ? key : `${field}.${key}` };
}

/** Returns a FormatError that says which value was expected at `place` and which was found. */
export function fieldError(place: Place, expected: string, found: Json | undefined): FormatError {
  const name = place.field === '' ? '' : ` for '${place.field}'`;
  return new FormatError(`Expected ${expected}${name}, found ${show(found)}`, { path: place.path });
}

/** Formats `value` as short text. */
export function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? describeList(value) : 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function describeList(list: readonly Json[]): string {
  const simple = list.every((item) => typeof item !== 'object' || item === null);
  return simple && list.length <= 8 ? `[${list.map(show).join(', ')}]` : `an array of ${list.length}`;
}

/** Returns `value` as an object. */
export function asObject(value: Json | undefined, place: Place): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fieldError(place, 'an object', value);
  return value as JsonObject;
}

/** Returns `value` as an array. */
export function asArray(value: Json | undefined, place: Place): readonly Json[] {
  if (!Array.isArray(value)) throw fieldError(place, 'an array', value);
  return value as readonly Json[];
}

/** Returns `value` as a string. */
export function asString(value: Json | undefined, place: Place): string {
  if (typeof value !== 'string') throw fieldError(place, 'a string', value);
  return value;
}

/** Returns `value` as a finite number. */
export function asNumber(value: Json | undefined, place: Place): number {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) throw fieldError(place, 'a number', value);
  return value;
}

/** Returns `value` as an integer in [low, high]. */
export function asInteger(
  value: Json | undefined,
  place: Place,
  low: number,
  high: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw fieldError(place, low === high ? `the integer ${low}` : `an integer ${range}`, value);
  }
  return value;
}

/** Returns `value` as an array of `rank` integers of at least `low`. */
export function asExtents(value: Json | undefined, place: Place, rank: number, low: number): number[] {
  const list = asArray(value, place);
  if (list.length !== rank) throw fieldError(place, `${rank} integers`, value);
  return list.map((item, d) => asInteger(item, inside(place, d), low));
}

/** Returns `value` as one of the strings in `choices`. */
export function asChoice<T extends string>(value: Json | undefined, place: Place, choices: readonly T[]): T {
  for (const choice of choices) if (value === choice) return choice;
  throw fieldError(place, choices.map((choice) => `'${choice}'`).join(' or '), value);
}

/** Returns the dimension names: `rank` strings or nulls. Returns null if the member is absent. */
export function asDimensionNames(value: Json | undefined, place: Place, rank: number): (string | null)[] | null {
  if (value === undefined || value === null) return null;
  const list = asArray(value, place);
  if (list.length !== rank) throw fieldError(place, `${rank} names`, value);
  return list.map((item, d) => (item === null ? null : asString(item, inside(place, d))));
}
