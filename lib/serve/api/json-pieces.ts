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
 * Returns the elements from `begin` to `end` in C order as JSON with commas between them, in pieces of limited length.
 * An element may be divided between pieces.
 */
export type TextOf = (begin: number, end: number) => Iterable<string>;

/** Joins short pieces of text, and encodes them. */
export function* encodePieces(pieces: Iterable<string>): Generator<Uint8Array> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < pieceElements) continue;
    yield utf8.encode(text);
    text = '';
  }
  if (text !== '') yield utf8.encode(text);
}

/** Yields `before`, a flat list of all elements, and `after`. */
export function* listedText(before: string, count: number, textOf: TextOf, after: string): Generator<string> {
  yield `${before}[`;
  for (let at = 0; at < count; at += pieceElements) {
    if (at > 0) yield ',';
    yield* textOf(at, Math.min(count, at + pieceElements));
  }
  yield `]${after}`;
}

/** Yields nested lists of the shape `shape`. */
export function* nestedText(shape: readonly number[], textOf: TextOf): Generator<string> {
  const elements = product(shape);
  if (elements === 0) {
    yield JSON.stringify(emptyLists(shape));
    return;
  }
  // A list of dimension d contains `sizes[d]` elements.
  const sizes = shape.map((_, d) => product(shape.slice(d)));
  const listsAt = (element: number): number => sizes.filter((size) => element % size === 0).length;
  const row = shape.at(-1) ?? 1;
  for (let at = 0; at < elements; ) {
    const end = Math.min(at - (at % row) + row, at + pieceElements);
    yield `${at > 0 ? ',' : ''}${'['.repeat(listsAt(at))}`;
    yield* textOf(at, end);
    yield ']'.repeat(listsAt(end));
    at = end;
  }
}

/** Returns nested lists without elements. */
function emptyLists([length = 0, ...rest]: readonly number[]): unknown[] {
  return length === 0 || rest.length === 0 ? [] : Array.from({ length }, () => emptyLists(rest));
}
