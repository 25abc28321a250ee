/**
 * Divides boxes of joined arrays among the arrays, and finds the places of the parts in the result.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { TypedArray } from '../core/dtype.js';
import { sliceAxis, toSelection } from '../plan/compose.js';
import type { Axis, Hyperslab, ListAxis, RangeAxis } from '../plan/hyperslab.js';
import type { SelectionEntry } from '../plan/selection.js';
import type { ReadableArray } from './readable-array.js';
import { countElements } from './request.js';

/** The arrays that were joined, and how. */
export interface JoinedArrays {
  readonly sources: readonly ReadableArray[];
  readonly axis: number;
  readonly kind: 'concat' | 'stack';
  /** First index of each source along the joined dimension, followed by the length of that dimension. */
  readonly starts: readonly number[];
}

/** Part of a box that one source supplies. */
export interface Part {
  readonly box: number;
  /** The elements that are read from the source. */
  readonly selection: readonly SelectionEntry[];
  /** First position of the part along the joined dimension of the box. */
  readonly first: number;
  /** Number of positions. */
  readonly count: number;
  /** All positions, if they do not follow each other. */
  readonly positions: readonly number[] | null;
}

/** Returns the last source whose first index is at most `index`. */
export function sourceOf(index: number, starts: readonly number[]): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Number of parts between two checkpoints, at which other work may run. */
const partsPerCheckpoint = 256;

/** Returns, for each source, the parts of the boxes that it supplies. */
export function* splitBoxes(joined: JoinedArrays, boxes: readonly Hyperslab[]): Sliced<Part[][]> {
  const { sources, starts } = joined;
  const parts = sources.map((): Part[] => []);
  let steps = 0;
  for (const [box, slab] of boxes.entries()) {
    const axis = slab[joined.axis] as Axis;
    const entries = toSelection(slab);
    const runs = axis.kind === 'range' ? splitRange(axis, starts) : yield* splitList(axis, starts);
    for (const { source, entry, ...place } of runs) {
      if (++steps % partsPerCheckpoint === 0) yield checkpoint;
      const selection = joined.kind === 'stack' ? entries.toSpliced(joined.axis, 1) : entries.with(joined.axis, entry);
      parts[source]?.push({ box, selection, ...place });
    }
  }
  return parts;
}

/** Positions of an axis whose indices are in one source. */
interface Run extends Pick<Part, 'first' | 'count' | 'positions'> {
  readonly source: number;
  /** The indices, relative to the first index of the source. */
  readonly entry: SelectionEntry;
}

function* splitRange(axis: RangeAxis, starts: readonly number[]): Generator<Run> {
  const { step, count } = axis;
  let first = 0;
  while (first < count) {
    const index = axis.start + first * step;
    const source = sourceOf(index, starts);
    const begin = starts[source] ?? 0;
    const end = starts[source + 1] ?? 0;
    const inside = step > 0 ? Math.ceil((end - index) / step) : Math.floor((index - begin) / -step) + 1;
    const length = Math.min(inside, count - first);
    const part = sliceAxis(axis, first, first + length) as RangeAxis;
    const [entry = null] = toSelection([{ ...part, start: part.start - begin }]);
    yield { source, entry, first, count: length, positions: null };
    first += length;
  }
}

/** Splits a list of indices. A source supplies all positions whose indices it has, so each source occurs once. */
function* splitList({ indices }: ListAxis, starts: readonly number[]): Sliced<Run[]> {
  const bySource = new Map<number, { indices: number[]; positions: number[] }>();
  for (const [i, index] of indices.entries()) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const source = sourceOf(index, starts);
    let found = bySource.get(source);
    if (found === undefined) {
      found = { indices: [], positions: [] };
      bySource.set(source, found);
    }
    found.indices.push(index - (starts[source] ?? 0));
    found.positions.push(i);
  }
  return Array.from(bySource, ([source, { indices: entry, positions }]) => {
    const [first = 0] = positions;
    const isOneRun = (positions.at(-1) ?? 0) - first === positions.length - 1;
    return { source, entry, first, count: positions.length, positions: isOneRun ? null : positions };
  });
}

/** Number of elements before, along and after the joined dimension of a box. */
interface Extents {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** A box in the memory of a result. */
export interface PlacedBox extends Extents {
  /** Index of the first element of the box. */
  readonly offset: number;
}

/** Places a box at the index `offset` of the result; `axis` is the joined dimension. */
export function placeBox(box: Hyperslab, axis: number, offset: number): PlacedBox {
  return {
    outer: countElements(box.slice(0, axis)),
    length: box[axis]?.count ?? 1,
    inner: countElements(box.slice(axis + 1)),
    offset,
  };
}

/** A range of elements of a result. */
export interface ElementRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * Returns the elements of the result that the parts of one source fill, one after the other; null if the parts are
 * scattered, or if an element of the source is needed at several positions.
 */
export function contiguousRange(
  parts: readonly Part[],
  boxes: ReadonlyMap<number, PlacedBox>,
  kind: JoinedArrays['kind'],
): ElementRange | null {
  let range: ElementRange | null = null;
  for (const { box, first, count, positions } of parts) {
    const { outer, length, inner, offset } = boxes.get(box) as PlacedBox;
    const isScattered = positions !== null || (outer > 1 && count < length);
    if (isScattered || (kind === 'stack' && count > 1)) return null;
    const begin = offset + first * inner;
    if (range !== null && range.end !== begin) return null;
    range = { begin: range === null ? begin : range.begin, end: begin + outer * count * inner };
  }
  return range;
}

/** Approximate number of bytes that are copied between two checkpoints, at which other work may run. */
const bytesPerSlice = 2 ** 20;
/** Shorter runs are copied by a loop: creating a view takes longer than copying a few entries. */
const minEntriesOfView = 32;

/**
 * Copies the elements of a part to its positions in the result.
 * @param entries number of entries of the arrays per element.
 */
export function* copyPart(
  from: TypedArray,
  to: TypedArray,
  { first, count, positions }: Part,
  { outer, length, inner, offset }: PlacedBox,
  entries: number,
): Sliced<void> {
  // A source of a stack has no joined dimension, so the same elements are copied to all positions.
  const isShared = from.length < outer * count * inner * entries;
  const isOneRun = positions === null && !isShared;
  const runs = isOneRun ? 1 : count;
  const run = (isOneRun ? count : 1) * inner * entries;
  const entriesPerSlice = Math.ceil(bytesPerSlice / from.BYTES_PER_ELEMENT);
  let copied = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < runs; i++) {
      const source = isShared ? o * run : (o * runs + i) * run;
      const target = (offset + (o * length + (positions?.[i] ?? first + i)) * inner) * entries;
      for (let begin = 0; begin < run; begin += entriesPerSlice) {
        const size = Math.min(entriesPerSlice, run - begin);
        copyEntries(from, source + begin, to, target + begin, size);
        copied += size + minEntriesOfView;
        if (copied < entriesPerSlice) continue;
        copied = 0;
        yield checkpoint;
      }
    }
  }
}

function copyEntries(from: TypedArray, source: number, to: TypedArray, target: number, size: number): void {
  if (size < minEntriesOfView) {
    for (let i = 0; i < size; i++) to[target + i] = from[source + i] as never;
  } else {
    to.set(from.subarray(source, source + size) as never, target);
  }
}
