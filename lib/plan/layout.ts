/**
 * Memory layout of the elements of a decoded chunk.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';

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
  /**
   * Distance in bytes between the starts of neighbours in the slowest dimension, if they are not contiguous. For
   * example, records may have other data in between. Only for uncompressed chunks with full edges.
   */
  readonly pitchBytes?: number;
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
    strides[d] = i === 0 ? (layout.pitchBytes ?? stride) : stride;
    stride *= shape[d] ?? 0;
  }
  return strides;
}
