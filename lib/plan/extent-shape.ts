/**
 * Chooses the extents in which uncompressed chunks are read. A selection is a nest of loops, one per dimension, in the
 * order of memory. An extent contains as many of the inner loops as possible without a gap of more than `gapBytes`. It
 * is at most `maxBytes` long, unless a single element is longer.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { byteStrides, type ChunkGrid } from './layout.js';
import { type AxisProjection, segmentWord, segmentWords } from './segments.js';

/** Limits for merging byte runs. */
export interface Coalescing {
  /** Maximum gap between two runs that are read together. */
  readonly gapBytes: number;
  /** Maximum length of a merged read. */
  readonly maxBytes: number;
}

/**
 * Shape of the extents. Dimensions are counted in storage order. An extent covers all selected elements of the
 * dimensions after `level`, and `block` selected elements of dimension `level`. Each element of the dimensions before
 * `level` begins a new extent.
 */
export interface ExtentShape {
  readonly level: number;
  readonly block: number;
}

/** Lowest and highest position of a segment in its chunk, in elements. */
export interface SegmentBounds {
  readonly low: number;
  readonly high: number;
}

/** Returns the lowest and highest position of elements `begin` to `end` (exclusive) of segment `s`. */
export function segmentBounds(axis: AxisProjection, s: number, begin: number, end: number): SegmentBounds {
  const w = s * segmentWords;
  const list = axis.segments[w + segmentWord.list] ?? -1;
  if (list >= 0) return { low: axis.lists?.from[list + begin] ?? 0, high: axis.lists?.from[list + end - 1] ?? 0 };
  const from = axis.segments[w + segmentWord.from] ?? 0;
  const step = axis.segments[w + segmentWord.step] ?? 1;
  const first = from + begin * step;
  const last = from + (end - 1) * step;
  return step < 0 ? { low: last, high: first } : { low: first, high: last };
}

/** Returns the number of elements in segment `s`. */
export function segmentCount(axis: AxisProjection, s: number): number {
  return axis.segments[s * segmentWords + segmentWord.count] ?? 0;
}

/**
 * Chooses the shape of the extents that are read from uncompressed chunks of one layer.
 * @param grid the chunk grid and its layout.
 * @param axes projections of the selection, one per dimension.
 * @param coalescing limits in bytes.
 */
export function chooseExtentShape(
  grid: ChunkGrid,
  axes: readonly AxisProjection[],
  coalescing: Coalescing,
): ExtentShape {
  const { axisOrder, dtype } = grid.layout;
  const strides = byteStrides(grid.layout, grid.chunkShape);
  let extentBytes = dtypeInfo(dtype).size;
  for (let level = axisOrder.length - 1; level >= 0; level--) {
    const dimension = axisOrder[level] ?? 0;
    const axis = axes[dimension];
    if (axis === undefined) break;
    const { largest, distance } = axis;
    if (largest < 2) continue;
    const distanceBytes = distance * (strides[dimension] ?? 0);
    if (distanceBytes - extentBytes > coalescing.gapBytes) return { level, block: 1 };
    const merged = extentBytes + (largest - 1) * distanceBytes;
    if (merged > coalescing.maxBytes) {
      return {
        level,
        block: Math.max(1, Math.floor((coalescing.maxBytes - extentBytes) / Math.max(1, distanceBytes)) + 1),
      };
    }
    extentBytes = merged;
  }
  return { level: 0, block: Number.MAX_SAFE_INTEGER };
}
