/**
 * Writes elements as JSON, piece by piece, so that the text of a large array is never in memory as a whole.
 * @module
 */
import { product } from '../../core/numbers.js';

/** Number of elements of a piece of a flat list. */
const pieceElements = 1 << 14;

/** Approximate memory in bytes of the text of a piece. */
export const jsonPieceBytes = pieceElements * 32;

/** Entries of typed arrays, as {@link toJsonValue} or another function converts them. */
type Convert = (entries: ArrayLike<unknown>) => unknown;

/** An array of which parts can be viewed. */
interface Entries extends ArrayLike<unknown> {
  subarray(begin: number, end: number): ArrayLike<unknown>;
}

const utf8 = new TextEncoder();

/** Yields `before`, a flat list of the entries, and `after`. */
export function* flatJson(before: string, entries: Entries, after: string, convert: Convert): Generator<Uint8Array> {
  yield utf8.encode(`${before}[`);
  for (let at = 0; at < entries.length; at += pieceElements) {
    const text = JSON.stringify(convert(entries.subarray(at, at + pieceElements)));
    yield utf8.encode(`${at === 0 ? '' : ','}${text.slice(1, -1)}`);
  }
  yield utf8.encode(`]${after}`);
}

/**
 * Yields `before`, a flat list of all elements, and `after`.
 * @param textOf returns the elements from `begin` to `end` as texts with commas between them.
 */
export function* listedJson(
  before: string,
  shape: readonly number[],
  textOf: (begin: number, end: number) => string,
  after: string,
): Generator<Uint8Array> {
  const elements = product(shape);
  yield utf8.encode(`${before}[`);
  for (let at = 0; at < elements; at += pieceElements) {
    yield utf8.encode(`${at === 0 ? '' : ','}${textOf(at, Math.min(elements, at + pieceElements))}`);
  }
  yield utf8.encode(`]${after}`);
}

/**
 * Yields nested lists of the shape `shape`.
 * @param textOf returns the elements from `begin` to `end` as texts with commas between them.
 */
export function* nestedJson(
  shape: readonly number[],
  textOf: (begin: number, end: number) => string,
): Generator<Uint8Array> {
  const elements = product(shape);
  if (elements === 0) {
    yield utf8.encode(`${JSON.stringify(emptyLists(shape))}\n`);
    return;
  }
  // A list of dimension d contains `sizes[d]` elements.
  const sizes = shape.map((_, d) => product(shape.slice(d)));
  const listsAt = (element: number): number => sizes.filter((size) => element % size === 0).length;
  const row = shape.at(-1) ?? 1;
  let text = '';
  for (let at = 0; at < elements; ) {
    const end = Math.min(at - (at % row) + row, at + pieceElements);
    if (at > 0) text += ',';
    text += `${'['.repeat(listsAt(at))}${textOf(at, end)}${']'.repeat(listsAt(end))}`;
    at = end;
    if (text.length < pieceElements) continue;
    yield utf8.encode(text);
    text = '';
  }
  yield utf8.encode(`${text}\n`);
}

/** Returns nested lists without elements. */
function emptyLists([length = 0, ...rest]: readonly number[]): unknown[] {
  return length === 0 || rest.length === 0 ? [] : Array.from({ length }, () => emptyLists(rest));
}
