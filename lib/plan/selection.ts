/**
 * Selections as callers write them. Slices, negative indices and `...` mean the same as in NumPy. Several lists select
 * orthogonally, like `numpy.ix_`.
 * @module
 */
import { SelectionError } from '../core/errors.js';
import { expected, withStackFrom } from '../core/validate.js';

/**
 * A range of indices with inclusive `start` and exclusive `stop`. An absent bound or null means the beginning or the
 * end of the axis, depending on the sign of `step`.
 */
export interface Slice {
  /** First index. A negative one counts from the end. */
  readonly start?: number | bigint | null;
  /** Exclusive end index. A negative one counts from the end. */
  readonly stop?: number | bigint | null;
  /** Step; not 0. Default 1. A negative step walks backwards. */
  readonly step?: number | null;
}

/**
 * One entry of a selection:
 * - an integer: drops the dimension; a negative one counts from the end
 * - a {@link Slice}
 * - null: the whole axis
 * - a list of integers, in any order and with repeats
 * - a boolean mask as long as the axis
 * - '...', at most once: stands for all axes that are not given
 */
export type SelectionEntry =
  | number
  | bigint
  | Slice
  | null
  | '...'
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[]
  | Int32Array
  | Uint32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Entries, one per dimension (missing ones select the whole axis), or the same as text, such as `'0:64, :, -1'`. */
export type Selection = readonly SelectionEntry[] | string | null;

/**
 * Creates a slice. `slice(stop)`, `slice(start, stop)` or `slice(start, stop, step)`, as in Python.
 * @param start first index; null for the beginning of the axis, or its end if `step` is negative.
 * @param stop exclusive end index; null for the rest of the axis.
 * @param step distance between two indices; a negative step walks backwards.
 * @throws {TypeError} if an argument is not a number, a bigint (not for `step`) or null. Bounds are checked when the
 * array is read.
 * @example slice(0, 64); slice(null, null, -1); slice(10)
 */
export function slice(start: number | bigint | null, stop?: number | bigint | null, step?: number | null): Slice {
  for (const [name, value] of Object.entries({ start, stop, step })) {
    if (value == null || typeof value === 'number' || (typeof value === 'bigint' && name !== 'step')) continue;
    throw withStackFrom(expected('an integer or null', name, value), slice);
  }
  if (stop === undefined) return { start: null, stop: start, step: null };
  return { start, stop, step: step ?? null };
}

/**
 * Parses a selection in text form. Entries are separated by commas: `3`, `-1`, `0:64`, `::-2`, `:`, `...`, `[3, 1, 7]`.
 * White space is ignored. The whole selection must not be enclosed in brackets.
 * @param integers `exact` returns bigints for integers that a number cannot represent exactly.
 * @throws {SelectionError} naming the invalid entry. @throws {TypeError} if `text` is not a string.
 */
export function parseSelection(text: string, integers: 'exact' | 'numbers' = 'numbers'): SelectionEntry[] {
  if (typeof text !== 'string') throw expected('a string', 'text', text);
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const parse = integers === 'exact' ? parseExact : parseInteger;
  return splitTopLevel(trimmed).map((part) => parseEntry(part.trim(), text, parse));
}

function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '[') depth += 1;
    else if (c === ']') depth -= 1;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  const last = text.slice(from);
  if (last.trim() !== '' || parts.length === 0) parts.push(last);
  return parts;
}

type ParseInteger = (part: string, text: string) => number | bigint;

function parseEntry(part: string, text: string, parse: ParseInteger): SelectionEntry {
  if (part === '...') return '...';
  if (part.startsWith('[') && part.endsWith(']')) {
    const inner = part.slice(1, -1).trim();
    return inner === '' ? [] : (inner.split(',').map((p) => parse(p, text)) as number[] | bigint[]);
  }
  if (!part.includes(':')) return parse(part, text);
  const fields = part.split(':');
  if (fields.length > 3) throw new SelectionError(`Expected at most two colons in '${part}' of selection '${text}'`);
  const [start, stop, step] = fields.map((p) => (p.trim() === '' ? null : parse(p, text)));
  return { start: start ?? null, stop: stop ?? null, step: typeof step === 'bigint' ? Number(step) : (step ?? null) };
}

function parseExact(part: string, text: string): number | bigint {
  const number = parseInteger(part, text);
  return Number.isSafeInteger(number) ? number : BigInt(part.trim().replace(/^\+/, ''));
}

function parseInteger(part: string, text: string): number {
  const trimmed = part.trim();
  if (!/^[+-]?\d+$/.test(trimmed)) {
    const message = `Expected an integer, a slice, a list or '...', received '${trimmed}' in selection '${text}'`;
    throw new SelectionError(message + hintFor(trimmed));
  }
  return Number(trimmed);
}

/** Returns advice for text that other tools accept; '' if there is none. */
function hintFor(part: string): string {
  if (part.includes('=')) return '. To select by names, pass an object, such as { time: 0 }';
  return part.includes(':') ? '. Write slices without brackets, such as 0:2' : '';
}
