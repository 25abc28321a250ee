/**
 * Sorts in time slices. A group may have a million links. Sorting them in one call would block the JavaScript thread
 * for a second.
 * @module
 */
import type { Io, Pace } from '../io/io.js';

/** Number of items sorted without a pause. */
const runLength = 512;

/** Returns `items` sorted by `compare`. Pauses from time to time. The sort is stable and does not modify `items`. */
export function* sorted<T>(items: readonly T[], compare: (a: T, b: T) => number, pace: Pace): Io<T[]> {
  let from: T[] = [];
  for (let start = 0; start < items.length; start += runLength) {
    const run = items.slice(start, start + runLength).sort(compare);
    for (const item of run) from.push(item);
    if (pace.isDue(run.length)) yield* pace.pause();
  }
  let to = new Array<T>(from.length);
  for (let width = runLength; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) yield* merge(from, start, width, to, compare, pace);
    [from, to] = [to, from];
  }
  return from;
}

/**
 * Merges two adjacent sorted runs of at most `width` items. The first run starts at index `start` of `from`. Writes the
 * result to `to`, at the same index.
 */
function* merge<T>(
  from: readonly T[],
  start: number,
  width: number,
  to: T[],
  compare: (a: T, b: T) => number,
  pace: Pace,
): Io<void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    if (pace.isDue()) yield* pace.pause();
    const takesLeft = right >= end || (left < middle && compare(from[left] as T, from[right] as T) <= 0);
    to[at] = from[takesLeft ? left++ : right++] as T;
  }
}

/** Compares texts by code units, as `Array.prototype.sort` does. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
