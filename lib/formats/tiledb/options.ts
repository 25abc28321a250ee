/**
 * Parses the options for opening a TileDB array.
 * @module
 */
import { isDate } from '../../core/brands.js';
import { Fields } from '../../core/validate.js';
import type { OpenRequest } from '../format.js';
import type { TimeWindow } from './commits.js';
import type { Part } from './names.js';

/** Options of this format. */
export interface TiledbOptions {
  /** Only fragments that are completely in this window are used. */
  readonly window: TimeWindow;
  /** Part of the attribute to read: its values, or its validity. */
  readonly part: Part;
  /** Extent of the array: its current domain (see frameOf()), or the bounding box of the written cells. */
  readonly extent: 'domain' | 'nonempty';
}

/**
 * Parses the options of a request: `at` (state of the array at a time in ms or a Date, or changes in [from, to]),
 * `part` ('values' or 'validity'), `extent` ('domain' or 'nonempty').
 * @throws {TypeError} naming the invalid option.
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
