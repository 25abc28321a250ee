/**
 * A selection cut into parts that are read one after the other, so that no result has to fit into memory.
 * @module
 */
import { parseSelection, type Selection, type SelectionEntry, type Slice } from '../../index.js';

/** One part, a result of its own; in C order it follows the one before. */
export interface Part {
  readonly selection: Selection;
  /** Elements of the result in the part. */
  readonly elements: number;
}

/** The entries with '...' written out, one a dimension. */
function oneEach(entries: readonly SelectionEntry[], rank: number): SelectionEntry[] {
  const at = entries.indexOf('...');
  const head = at < 0 ? entries : entries.slice(0, at);
  const tail = at < 0 ? [] : entries.slice(at + 1);
  const missing = Math.max(0, rank - head.length - tail.length);
  return [...head, ...new Array<null>(missing).fill(null), ...tail];
}

const isSlice = (entry: SelectionEntry): entry is Slice =>
  typeof entry === 'object' && entry !== null && !Array.isArray(entry) && !ArrayBuffer.isView(entry);

/** The index of the first element that a slice takes of an axis of `extent`, as Python counts. */
function firstIndex({ start, step }: Slice, extent: number): number {
  const backwards = (step ?? 1) < 0;
  if (start === null || start === undefined) return backwards ? extent - 1 : 0;
  const index = Number(start);
  const counted = index < 0 ? index + extent : index;
  return backwards ? Math.min(counted, extent - 1) : Math.max(0, counted);
}

/** The part [from, from + count) of an entry that takes several elements of an axis of `extent`. */
function partOf(entry: SelectionEntry, extent: number, from: number, count: number): SelectionEntry {
  if (Array.isArray(entry)) return (entry as readonly number[]).slice(from, from + count);
  const whole: Slice = isSlice(entry) ? entry : {};
  const step = whole.step ?? 1;
  const start = firstIndex(whole, extent) + from * step;
  const stop = start + count * step;
  return { start, stop: stop < 0 ? null : stop, step };
}

/** Rows a part: what fits into `budget` elements, in whole chunks where that is possible. */
function rowsOf(entry: SelectionEntry, extent: number, chunk: number, rowElements: number, budget: number): number {
  const rows = Math.max(1, Math.floor(budget / Math.max(1, rowElements)));
  const aligned =
    entry === null || (isSlice(entry) && (entry.step ?? 1) === 1 && firstIndex(entry, extent) % chunk === 0);
  if (!aligned || chunk <= 1) return rows;
  if (rows >= chunk) return rows - (rows % chunk);
  // A chunk that is decoded for every few of its rows costs more than a larger part.
  return rows * 4 >= chunk ? chunk : rows;
}

/**
 * Cuts a selection along the first axis of the result that is longer than one.
 * @param text the selection; it has been checked against the array.
 * @param shape of the array. @param chunkShape of the array.
 * @param resultShape shape of the whole result. @param budget elements a part should have at most.
 */
export function cutSelection(
  text: string,
  shape: readonly number[],
  chunkShape: readonly number[],
  resultShape: readonly number[],
  budget: number,
): readonly Part[] {
  const total = resultShape.reduce((product, extent) => product * extent, 1);
  if (total <= budget) return [{ selection: text, elements: total }];
  const entries = oneEach(parseSelection(text), shape.length);
  const kept = entries.flatMap((entry, d) => (typeof entry === 'number' || typeof entry === 'bigint' ? [] : [d]));
  const long = resultShape.findIndex((extent) => extent > 1);
  const d = kept[long] ?? -1;
  const entry = entries[d];
  const [extent, rows] = [shape[d] ?? 0, resultShape[long] ?? 0];
  if (entry === undefined || rows === 0) return [{ selection: text, elements: total }];
  const rowElements = total / rows;
  const size = rowsOf(entry, extent, chunkShape[d] ?? 1, rowElements, budget);
  const parts: Part[] = [];
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    parts.push({
      selection: entries.map((other, i) => (i === d ? partOf(entry, extent, from, count) : other)),
      elements: count * rowElements,
    });
  }
  return parts;
}
