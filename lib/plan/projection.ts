/**
 * Where the elements of a hyperslab lie in a regular chunk grid, one dimension at a time. Because a selection is
 * orthogonal and the grid is regular, the projection of a chunk is the product of one segment per dimension: a plan of
 * 100,000 chunks needs a few hundred segments.
 * @module
 */
import type { Axis, RangeAxis } from './hyperslab.js';

/** Words of one segment in {@link AxisProjection.segments}. */
export const segmentWords = 6;

/** Offsets of the words of a segment. */
export const segmentWord = {
  /** Chunk coordinate in this dimension. */
  chunk: 0,
  /** Position of the first selected element inside the chunk (the smallest one for a list). */
  from: 1,
  /** Distance of selected elements inside the chunk; may be negative. */
  step: 2,
  /** Selected elements. */
  count: 3,
  /** Index of the first selected element in the result's dimension. */
  out: 4,
  /** Index into {@link AxisProjection.lists}, or -1: positions are `from + i * step` and results `out + i`. */
  list: 5,
} as const;

/** The listed positions of a segment: element i goes from `from[i]` in the chunk to `out[i]` in the result. */
export interface SegmentList {
  /** Ascending, with repeats. */
  readonly from: Float64Array;
  readonly out: Float64Array;
}

/** The segments of one dimension, by ascending chunk coordinate. */
export interface AxisProjection {
  readonly count: number;
  /** `count` segments of {@link segmentWords} words; a plain array, since most projections have one segment. */
  readonly segments: readonly number[];
  readonly lists: readonly SegmentList[];
}

const noLists: readonly SegmentList[] = [];

/** One dimension of a grid, in array coordinates. */
export interface GridAxis {
  /** Start of the grid's region (inclusive) and its stop (exclusive); indices outside of the region are left out. */
  readonly start: number;
  readonly stop: number;
  /** Chunk 0's first element. */
  readonly origin: number;
  /** Chunk length. */
  readonly extent: number;
}

/** Projects one axis, the selected indices in array coordinates, on a grid. */
export function projectAxis(axis: Axis, grid: GridAxis): AxisProjection {
  return axis.kind === 'range' ? projectRange(axis, grid) : projectList(axis.indices, grid);
}

function projectRange(axis: RangeAxis, { start, stop, origin, extent }: GridAxis): AxisProjection {
  const { start: first, step } = axis;
  const [begin, end] = stepsWithin(axis, start, stop);
  if (begin >= end) return { count: 0, segments: [], lists: noLists };
  const segments: number[] = [];
  let n = 0;
  for (let i = begin; i < end; ) {
    const position = first + i * step - origin;
    const chunk = Math.floor(position / extent);
    const low = chunk * extent;
    const inChunk = step > 0 ? Math.ceil((low + extent - position) / step) : Math.floor((position - low) / -step) + 1;
    const taken = Math.min(inChunk, end - i);
    segments.push(chunk, position - low, taken < 2 ? 1 : step, taken, i, -1);
    n += 1;
    i += taken;
  }
  if (step < 0) reverseSegments(segments, n);
  return { count: n, segments, lists: noLists };
}

/** The steps i, from the first to before the second of these, for which low <= start + i * step < high. */
function stepsWithin({ start, step, count }: RangeAxis, low: number, high: number): [begin: number, end: number] {
  const last = start + (count - 1) * step;
  if (step > 0) {
    return [start < low ? Math.ceil((low - start) / step) : 0, last >= high ? Math.ceil((high - start) / step) : count];
  }
  return [
    start >= high ? Math.ceil((start - high + 1) / -step) : 0,
    last < low ? Math.floor((start - low) / -step) + 1 : count,
  ];
}

/** Chunks are always listed in ascending order, so that chunk tables can be read in grid order. */
function reverseSegments(segments: number[], n: number): void {
  for (let a = 0, b = n - 1; a < b; a++, b--) {
    for (let w = 0; w < segmentWords; w++) {
      const low = segments[a * segmentWords + w] ?? 0;
      segments[a * segmentWords + w] = segments[b * segmentWords + w] ?? 0;
      segments[b * segmentWords + w] = low;
    }
  }
}

function projectList(indices: Float64Array, { start, stop, origin, extent }: GridAxis): AxisProjection {
  const order: number[] = [];
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    if (index >= start && index < stop) order.push(i);
  }
  order.sort((a, b) => (indices[a] ?? 0) - (indices[b] ?? 0) || a - b);
  const words: number[] = [];
  const lists: SegmentList[] = [];
  for (let i = 0; i < order.length; ) {
    const chunk = Math.floor(((indices[order[i] ?? 0] ?? 0) - origin) / extent);
    const low = origin + chunk * extent;
    let end = i + 1;
    while (end < order.length && (indices[order[end] ?? 0] ?? 0) < low + extent) end += 1;
    const from = new Float64Array(end - i);
    const out = new Float64Array(end - i);
    for (let j = i; j < end; j++) {
      const source = order[j] ?? 0;
      from[j - i] = (indices[source] ?? 0) - low;
      out[j - i] = source;
    }
    words.push(chunk, from[0] ?? 0, 1, end - i, out[0] ?? 0, end - i === 1 ? -1 : lists.length);
    if (end - i > 1) lists.push({ from, out });
    i = end;
  }
  return { count: words.length / segmentWords, segments: words, lists };
}

/** The chunk coordinates of the segments. */
export function chunkCoordinates(axis: AxisProjection): number[] {
  const coordinates = new Array<number>(axis.count);
  for (let i = 0; i < axis.count; i++) coordinates[i] = axis.segments[i * segmentWords] ?? 0;
  return coordinates;
}
