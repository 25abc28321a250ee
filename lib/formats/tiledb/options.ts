/**
 * Options for opening a TileDB array.
 * @module
 */
import { isDate } from '../../core/brands.js';
import { Fields } from '../../core/validate.js';
import type { OpenRequest } from '../format.js';
import type { TimeWindow } from './commits.js';
import type { Part } from './names.js';

/** The options of this format. */
export interface TiledbOptions {
  /** Fragments that lie in this window as a whole count. */
  readonly window: TimeWindow;
  /** The values of an attribute, or whether they are there. */
  readonly part: Part;
  /** Extent of the array: the whole domain, or the smallest box that holds all written cells. */
  readonly extent: 'domain' | 'nonempty';
}

/**
 * The checked options of a request: `at` (a time in ms or a Date: the array as it was then; or [from, to]), `part`
 * ('values' or 'validity'), `extent` ('domain' or 'nonempty').
 * @throws {TypeError} naming the option that is wrong.
 */
export function parseOptions(request: OpenRequest): TiledbOptions {
  const fields = Fields.ofOptions(request.options);
  fields.onlyKnown(['at', 'part', 'extent'], 'the format tiledb');
  return {
    window: parseWindow(fields),
    part: fields.oneOf('part', ['values', 'validity'], 'values'),
    extent: fields.oneOf('extent', ['domain', 'nonempty'], 'domain'),
  };
}

function parseWindow(fields: Fields): TimeWindow {
  const at = fields.raw('at');
  if (at === undefined) return { start: 0n, end: BigInt(Date.now()) };
  const [start, end] = Array.isArray(at) && at.length === 2 ? [toTime(at[0]), toTime(at[1])] : [0n, toTime(at)];
  if (start === null || end === null || start > end) {
    throw fields.error('a Date, a time in milliseconds since 1970, or [from, to]', 'at');
  }
  return { start, end };
}

function toTime(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value < 0n ? null : value;
  const ms = isDate(value) ? value.getTime() : value;
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? BigInt(Math.floor(ms)) : null;
}
