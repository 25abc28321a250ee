/**
 * Memory layout of the elements of a decoded chunk.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';
import { product } from '../core/numbers.js';

/** Memory layout of a decoded chunk. */
export interface MemoryLayout {
  /** Element type in the chunk. */
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  /** Dimensions in the order of the elements, slowest first; C order is [0, 1, ..., rank-1]. */
  readonly axisOrder: readonly number[];
  /**
   * `full` if a chunk at the upper edge of the grid holds all elements of `chunkShape`; `clipped` if it holds only
   * those inside the grid.
   */
  readonly edge: 'full' | 'clipped';
  /** Positions of the elements if there is other data between them. */
  readonly spacing?: Spacing;
}

/**
 * Positions of elements that have other data between them, such as one field of each record. The distances between
 * neighbours must not be smaller than in a contiguous chunk.
 */
export interface Spacing {
  /**
   * Distance in bytes between neighbours, by dimension. 0 if no other data is between neighbours: the distance is then
   * the size of the faster dimensions, including the gaps in them.
   */
  readonly pitches: readonly number[];
  /** Offset in bytes of the first element in the chunk. */
  readonly offset: number;
  /** Number of bytes of the chunk after the last element. */
  readonly tail: number;
}

/**
 * Positions of the elements of a grid along a dimension of the array, if they are not adjacent: index
 * `start + k * step` of the array is position `from + k * fromStep` of the grid.
 */
export interface Interleaving {
  /** Distance between neighbours in the array; at least 1. */
  readonly step: number;
  /** Position in the grid of the element at the start of the grid's box. */
  readonly from: number;
  /** Distance between neighbours in the grid; at least 1. */
  readonly fromStep: number;
}

/** A regular grid of chunks that supplies the box [start, stop) of an array. */
export interface ChunkGrid {
  /** Inclusive start of the box in array coordinates. */
  readonly start: readonly number[];
  /** Exclusive stop of the box in array coordinates. */
  readonly stop: readonly number[];
  /** Array coordinate of the first element of chunk (0, ..., 0); at most `start`, and possibly negative. */
  readonly origin: readonly number[];
  readonly chunkShape: readonly number[];
  /** Size of the grid in elements, counted from `origin`. If `edge` is `clipped`, no chunk extends beyond it. */
  readonly gridShape: readonly number[];
  readonly layout: MemoryLayout;
  /**
   * One entry per dimension; null if neighbours in the grid are neighbours in the array. An entry that is not null
   * means that the grid supplies only every n-th index of the box, or that only every n-th element of the grid is
   * used. It replaces `origin`. Absent if all entries would be null.
   */
  readonly interleaving?: readonly (Interleaving | null)[];
  /** Fill value of absent chunks, if it differs from the array's. */
  readonly fillValue?: FillValue;
}

/** Returns the axis order of C (row-major) layout. */
export function rowMajor(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => d);
}

/** Returns the axis order of Fortran (column-major) layout. */
export function columnMajor(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => rank - 1 - d);
}

/**
 * Returns the shape of the chunk at `coordinates` (in chunks). It is smaller at the upper edge if edges are clipped.
 */
export function shapeOfChunk(grid: ChunkGrid, coordinates: readonly number[]): number[] {
  return grid.chunkShape.map((size, d) => {
    if (grid.layout.edge === 'full') return size;
    return Math.min(size, (grid.gridShape[d] ?? 0) - (coordinates[d] ?? 0) * size);
  });
}

/** Returns the strides in bytes of a chunk of shape `shape`. */
export function byteStrides(layout: MemoryLayout, shape: readonly number[]): number[] {
  const strides: number[] = [];
  for (let d = 0; d < shape.length; d++) strides.push(0);
  let stride = dtypeInfo(layout.dtype).size;
  for (let i = shape.length - 1; i >= 0; i--) {
    const d = layout.axisOrder[i] ?? 0;
    const pitch = layout.spacing?.pitches[d] ?? 0;
    if (pitch > 0) stride = pitch;
    strides[d] = stride;
    stride *= shape[d] ?? 0;
  }
  return strides;
}

/** Returns the number of decoded bytes of a chunk of shape `shape`. */
export function bytesOfChunk(layout: MemoryLayout, shape: readonly number[]): number {
  const { size } = dtypeInfo(layout.dtype);
  const { spacing } = layout;
  if (spacing === undefined) return product(shape, size);
  const reach = byteStrides(layout, shape).reduce((sum, stride, d) => sum + ((shape[d] ?? 1) - 1) * stride, size);
  return spacing.offset + reach + spacing.tail;
}
