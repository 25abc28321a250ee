/**
 * Splits a selection into parts that are read one after the other, so that the whole result need not fit into memory.
 * @module
 */
import { parseSelection, type Selection, type SelectionEntry, type Slice } from '../../index.js';

/** One part of a selection. In C order its elements come after the elements of the previous part. */
export interface Part {
  readonly selection: Selection;
  /** Number of elements of the result in the part. */
  readonly elements: number;
}

/** Returns the entries with '...' expanded, one per dimension. */
function expandEllipsis(entries: readonly SelectionEntry[], rank: number): SelectionEntry[] {
  const at = entries.indexOf('...');
  const head = at < 0 ? entries : entries.slice(0, at);
  const tail = at < 0 ? [] : entries.slice(at + 1);
  const missing = Math.max(0, rank - head.length - tail.length);
  return [...head, ...new Array<null>(missing).fill(null), ...tail];
}

const isSlice = (entry: SelectionEntry): entry is Slice =>
  typeof entry === 'object' && entry !== null && !Array.isArray(entry) && !ArrayBuffer.isView(entry);

/** Returns the first index that a slice selects from an axis of length `length`, with Python's rules. */
function firstIndex({ start, step }: Slice, length: number): number {
  const backwards = (step ?? 1) < 0;
  if (start === null || start === undefined) return backwards ? length - 1 : 0;
  const index = Number(start);
  const counted = index < 0 ? index + length : index;
  return backwards ? Math.min(counted, length - 1) : Math.max(0, counted);
}

/** Returns an entry that selects only the elements [from, from + count) of those that `entry` selects. */
function slicePart(entry: SelectionEntry, length: number, from: number, count: number): SelectionEntry {
  if (Array.isArray(entry)) return (entry as readonly number[]).slice(from, from + count);
  const whole: Slice = isSlice(entry) ? entry : {};
  const step = whole.step ?? 1;
  const start = firstIndex(whole, length) + from * step;
  const stop = start + count * step;
  return { start, stop: stop < 0 ? null : stop, step };
}

/** Returns the number of rows per part: about as many as fit into `budget` elements, in whole chunks if possible. */
function countRows(entry: SelectionEntry, length: number, chunk: number, rowElements: number, budget: number): number {
  const rows = Math.max(1, Math.floor(budget / Math.max(1, rowElements)));
  const aligned =
    entry === null || (isSlice(entry) && (entry.step ?? 1) === 1 && firstIndex(entry, length) % chunk === 0);
  if (!aligned || chunk <= 1) return rows;
  if (rows >= chunk) return rows - (rows % chunk);
  // If a part had only a few rows of a chunk, each part would decode the chunk again. Exceeding the budget costs less.
  return rows * 4 >= chunk ? chunk : rows;
}

/**
 * Splits a selection along the first axis of the result that is longer than one.
 * @param text the selection, already validated.
 * @param shape shape of the array.
 * @param chunkShape chunk shape of the array.
 * @param resultShape shape of the whole result.
 * @param budget maximum number of elements that a part should have.
 */
export function splitSelection(
  text: string,
  shape: readonly number[],
  chunkShape: readonly number[],
  resultShape: readonly number[],
  budget: number,
): readonly Part[] {
  const total = resultShape.reduce((product, size) => product * size, 1);
  if (total <= budget) return [{ selection: text, elements: total }];
  const entries = expandEllipsis(parseSelection(text), shape.length);
  const kept = entries.flatMap((entry, d) => (typeof entry === 'number' || typeof entry === 'bigint' ? [] : [d]));
  const long = resultShape.findIndex((length) => length > 1);
  const d = kept[long] ?? -1;
  const entry = entries[d];
  const [length, rows] = [shape[d] ?? 0, resultShape[long] ?? 0];
  if (entry === undefined || rows === 0) return [{ selection: text, elements: total }];
  const rowElements = total / rows;
  const size = countRows(entry, length, chunkShape[d] ?? 1, rowElements, budget);
  const parts: Part[] = [];
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    parts.push({
      selection: entries.map((other, i) => (i === d ? slicePart(entry, length, from, count) : other)),
      elements: count * rowElements,
    });
  }
  return parts;
}
