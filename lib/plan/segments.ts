/**
 * The projection of one dimension of a selection on a chunk grid, encoded as numbers.
 * @module
 */

export { segmentWord, segmentWords } from '../core/generated/wire.js';

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
   * Distance between neighbours in the largest segment, in elements; the mean distance for lists. 0 if it has one
   * element.
   */
  readonly distance: number;
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
}

/** Projection of an axis that selects nothing from a grid. */
export const emptyProjection: AxisProjection = {
  count: 0,
  segments: [],
  lists: null,
  elements: 0,
  largest: 0,
  distance: 0,
};

/** True if the segments are in a typed array. They are then passed to the native side as a separate table. */
export function isTable(segments: readonly number[] | Float64Array): segments is Float64Array {
  return ArrayBuffer.isView(segments);
}
