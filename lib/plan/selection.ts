/**
 * What a caller may ask of an array, per dimension, with NumPy's meaning.
 * @module
 */
import { SelectionError } from '../core/errors.js';
import { expected } from '../core/validate.js';

/** A range of indices: `start` inclusive, `stop` exclusive; null stands for the end that `step`'s sign implies. */
export interface Slice {
  /** The first index; a negative one counts from the end. */
  readonly start?: number | bigint | null;
  /** The index before which the walk ends; a negative one counts from the end. */
  readonly stop?: number | bigint | null;
  /** Default 1; may be negative, not 0. */
  readonly step?: number | null;
}

/**
 * One entry of a selection: an integer (negative counts from the end; drops the dimension), a {@link Slice}, null (the
 * whole axis), a list of integers (any order, repeats), a boolean mask as long as the axis, or '...' (once: as many
 * whole axes as are missing).
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
  | BigInt64Array
  | BigUint64Array;

/** Entries per dimension (fewer than dimensions: the rest is whole), or the same as text such as `'0:64, :, -1'`. */
export type Selection = readonly SelectionEntry[] | string | null;

/**
 * A slice. `slice(stop)`, `slice(start, stop)` or `slice(start, stop, step)`, as in Python.
 * @param start first index, null for the end of the axis where the walk begins.
 * @param stop index before which the walk ends, null for the whole rest.
 * @param step distance of two indices; negative walks backwards.
 * @throws {TypeError} for what is no number. What does not fit the array is found when it is read.
 * @example slice(0, 64); slice(null, null, -1); slice(10)
 */
export function slice(start: number | bigint | null, stop?: number | bigint | null, step?: number | null): Slice {
  for (const [name, value] of Object.entries({ start, stop, step })) {
    if (value == null || typeof value === 'number' || (typeof value === 'bigint' && name !== 'step')) continue;
    throw expected('an integer or null', name, value);
  }
  if (stop === undefined) return { start: null, stop: start, step: null };
  return { start, stop, step: step ?? null };
}

/**
 * The entries that a selection in text form stands for: comma-separated; `3`, `-1`, `0:64`, `::-2`, `:`, `...`,
 * `[3, 1, 7]`; blanks don't count; an enclosing pair of brackets around all is not expected.
 * @param integers `exact`: those that a number does not hold exactly become bigints.
 * @throws {SelectionError} naming the entry that can't be read. @throws {TypeError} when it is no text.
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
    throw new SelectionError(
      `Expected an integer, a slice, a list or '...', received '${trimmed}' in selection '${text}'`,
    );
  }
  return Number(trimmed);
}
