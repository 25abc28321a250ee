/**
 * The projection of one dimension of a selection on a chunk grid, as words.
 * @module
 */

export { segmentWord, segmentWords } from '../core/generated/wire.js';

/**
 * The listed positions of all segments of a dimension, one after the other: entry i goes from `from[i]` in its chunk to index
 * `out[i]` of the output's dimension.
 */
export interface SegmentLists {
  /** Ascending within a segment, with repeats. */
  readonly from: Float64Array;
  readonly out: Uint32Array;
}

/** The segments of one dimension, by ascending chunk coordinate. */
export interface AxisProjection {
  readonly count: number;
  /** `count` segments of {@link segmentWords} words; a plain array if there are few. */
  readonly segments: readonly number[] | Float64Array;
  readonly lists: SegmentLists | null;
  /** Selected elements of all segments. */
  readonly elements: number;
  /** Selected elements of the largest segment. */
  readonly largest: number;
  /** Distance of neighbours in the largest segment in elements; the mean one for lists. 0 if it has a single element. */
  readonly distance: number;
}

/** One dimension of a grid, in array coordinates. */
export interface GridAxis {
  /** Start of the grid's region (inclusive) and its stop (exclusive); indices outside of the region are left out. */
  readonly start: number;
  readonly stop: number;
  /** Chunk 0's first element. */
  readonly origin: number;
  /** Chunk length. */
  readonly chunkSize: number;
}

/** The projection of an axis that selects nothing of a grid. */
export const emptyProjection: AxisProjection = {
  count: 0,
  segments: [],
  lists: null,
  elements: 0,
  largest: 0,
  distance: 0,
};

/** True if the segments are in a typed array: they are many, and cross as a table of their own. */
export function isTable(segments: readonly number[] | Float64Array): segments is Float64Array {
  return ArrayBuffer.isView(segments);
}
