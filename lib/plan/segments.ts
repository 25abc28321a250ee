/**
 * The projection of one dimension of a selection on a chunk grid. It has one *segment* per chunk coordinate: the
 * selected positions in that chunk, and their indices in the result, encoded as numbers.
 * @module
 */

import { segmentWord, segmentWords } from '../core/generated/wire.js';
import type { Interleaving } from './layout.js';

export { segmentWord, segmentWords };

/**
 * Listed positions of all segments of a dimension, concatenated. Entry i copies from position `from[i]` in its chunk to
 * index `out[i]` of the output's dimension.
 */
export interface SegmentLists {
  /** Positions in the chunk; ascending within a segment, possibly with repeats. */
  readonly from: Float64Array;
  readonly out: Uint32Array;
}

/** Segments of one dimension, in ascending order of chunk coordinates. */
export interface AxisProjection {
  readonly count: number;
  /** `count` segments of {@link segmentWords} numbers each; a plain array if there are few. */
  readonly segments: readonly number[] | Float64Array;
  readonly lists: SegmentLists | null;
  /** Number of selected elements in all segments. */
  readonly elements: number;
  /** Number of selected elements in the largest segment. */
  readonly largest: number;
  /**
   * Distance between neighbours in the largest segment, in elements; for lists, the mean distance. 0 if that segment
   * has one element.
   */
  readonly distance: number;
  /**
   * Set if the selected elements are not adjacent in the output. Element i of the segments then has the index
   * `first + i * step` in the output's dimension; otherwise i.
   */
  readonly out?: { readonly first: number; readonly step: number };
}

/** One dimension of a grid, in array coordinates. */
export interface GridAxis {
  /** Inclusive start of the grid's region. Indices outside the region are ignored. */
  readonly start: number;
  /** Exclusive stop of the grid's region. */
  readonly stop: number;
  /** Position of the first element of chunk 0. */
  readonly origin: number;
  /** Length of a chunk. */
  readonly chunkSize: number;
  /** Replaces `origin` if the grid's elements are not adjacent in the array. */
  readonly interleaving?: Interleaving | null;
}

/** Projection of an axis whose selected elements are all outside of the grid. */
export const emptyProjection: AxisProjection = {
  count: 0,
  segments: [],
  lists: null,
  elements: 0,
  largest: 0,
  distance: 0,
};

/** Returns the number of chunks of the box that `axes` span. */
export function countChunks(axes: readonly AxisProjection[]): number {
  let chunks = 1;
  for (const { count } of axes) chunks *= count;
  return chunks;
}

/** Returns the chunk coordinate of segment `s`. */
export function chunkAt({ segments }: AxisProjection, s: number): number {
  return segments[s * segmentWords + segmentWord.chunk] ?? 0;
}

/**
 * Finds the segment of each dimension that chunk `index` belongs to.
 * @param index row-major index of the chunk in the box that `axes` span.
 * @param found receives one segment per dimension.
 */
export function findSegments(axes: readonly AxisProjection[], index: number, found: number[]): void {
  let rest = index;
  for (let d = axes.length - 1; d >= 0; d--) {
    const count = axes[d]?.count ?? 1;
    const s = rest % count;
    found[d] = s;
    rest = (rest - s) / count;
  }
}

/** True if the segments are in a typed array. They are then passed to the native side as a separate table. */
export function isTable(segments: readonly number[] | Float64Array): segments is Float64Array {
  return ArrayBuffer.isView(segments);
}
