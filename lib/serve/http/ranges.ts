/**
 * Parses the header `Range`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 * @module
 */
import type { Span } from './reply.js';

/** Largest number of digits of a position. Longer positions are beyond the end of every file. */
const maxDigits = 15;

/**
 * Returns the span that `header` selects from `length` bytes. Returns null if the header must be ignored: because it is
 * absent or malformed, has another unit, or selects several ranges. Returns `unsatisfiable` if it selects no byte.
 */
export function parseRange(header: string | null, length: number): Span | 'unsatisfiable' | null {
  const found = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (found === null) return null;
  const [first = '', last = ''] = [found[1], found[2]];
  if (first === '' && last === '') return null;
  if (first === '') {
    const count = positionOf(last);
    if (count === 0 || length === 0) return 'unsatisfiable';
    return { start: Math.max(0, length - count), stop: length };
  }
  const start = positionOf(first);
  const stop = last === '' ? length : Math.min(length, positionOf(last) + 1);
  if (last !== '' && positionOf(last) < start) return null;
  return start >= length ? 'unsatisfiable' : { start, stop };
}

function positionOf(digits: string): number {
  const significant = digits.replace(/^0+/, '');
  return significant.length > maxDigits ? Number.MAX_SAFE_INTEGER - 1 : Number(significant);
}
