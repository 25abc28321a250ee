/**
 * How the elements of one decoded chunk are laid out in memory.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';

/** The memory layout of a decoded chunk. */
export interface MemoryLayout {
  /** The element type in the chunk. */
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  /** Dimensions from slowest to fastest varying in memory; C order is [0, 1, ..., rank-1]. */
  readonly axisOrder: readonly number[];
  /** Whether a chunk at the upper edge of the grid holds all elements of `chunkShape`, or only those inside the grid. */
  readonly edge: 'full' | 'clipped';
  /**
   * Bytes between neighbours in the slowest dimension where they do not adjoin, as records with other data between them. Only
   * for plain chunks with full edges.
   */
  readonly pitchBytes?: number;
}

/** A regular grid of chunks that supplies the box [start, stop) of an array. */
export interface ChunkGrid {
  /** Start (inclusive) of the box in array coordinates. */
  readonly start: readonly number[];
  /** Stop (exclusive) of the box in array coordinates. */
  readonly stop: readonly number[];
  /** Array coordinate of the first element of chunk (0, ..., 0); at most `start`, may be negative. */
  readonly origin: readonly number[];
  readonly chunkShape: readonly number[];
  /** Extent of the grid from `origin` in elements: where edge chunks are clipped (for `edge: 'clipped'`). */
  readonly gridShape: readonly number[];
  readonly layout: MemoryLayout;
  /** Value of absent chunks, if it is not that of the array. */
  readonly fillValue?: FillValue;
}

/** The axis order of C (row-major) layout. */
export function rowMajor(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => d);
}

/** The axis order of Fortran (column-major) layout. */
export function columnMajor(rank: number): number[] {
  return Array.from({ length: rank }, (_, d) => rank - 1 - d);
}

/** The shape of the chunk at `coordinates` (grid units): smaller at the upper edge when edges are clipped. */
export function shapeOfChunk(grid: ChunkGrid, coordinates: readonly number[]): number[] {
  return grid.chunkShape.map((size, d) => {
    if (grid.layout.edge === 'full') return size;
    return Math.min(size, (grid.gridShape[d] ?? 0) - (coordinates[d] ?? 0) * size);
  });
}

/** Strides in bytes of a chunk of shape `shape`, per dimension. */
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
