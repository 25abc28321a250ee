/**
 * Parses the option `--range`.
 * @module
 */
import type { ValueRange } from '../../show/raster.js';
import { UsageError } from '../exit-codes.js';

/** Parses `--range`. */
export function parseRange(text: string): ValueRange {
  const [low, high, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (low === undefined || high === undefined || more.length > 0 || !(low < high))
    throw new UsageError(`Expected two ascending numbers for --range, such as 250,310, received '${text}'`);
  return [low, high];
}
