/**
 * Sorts the selected indices of each dimension by chunk, for elements that JavaScript copies from decoded chunks.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { indexAt } from './compose.js';
import type { Axis } from './hyperslab.js';
import type { ChunkGrid } from './layout.js';

/** Selected indices of one dimension that are in one chunk. */
export interface ChunkIndices {
  /** Chunk coordinate. */
  readonly chunk: number;
  /** Positions in the chunk. */
  readonly inner: readonly number[];
  /** Positions in the selection, in the same order. */
  readonly outer: readonly number[];
}

/**
 * Returns the selected indices of dimension `d` of `grid` for each chunk, sorted by chunk. Omits indices outside the
 * box of the grid.
 */
export function* groupByChunk(axis: Axis, grid: ChunkGrid, d: number): Sliced<ChunkIndices[]> {
  const byChunk = new Map<number, { readonly inner: number[]; readonly outer: number[] }>();
  const [start = 0, stop = 0, origin = 0, size = 1] = [grid.start[d], grid.stop[d], grid.origin[d], grid.chunkShape[d]];
  for (let i = 0; i < axis.count; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const index = indexAt(axis, i);
    if (index < start || index >= stop) continue;
    const chunk = Math.floor((index - origin) / size);
    let found = byChunk.get(chunk);
    if (found === undefined) {
      found = { inner: [], outer: [] };
      byChunk.set(chunk, found);
    }
    found.inner.push(index - origin - chunk * size);
    found.outer.push(i);
  }
  return [...byChunk].map(([chunk, found]) => ({ chunk, ...found })).sort((a, b) => a.chunk - b.chunk);
}

/** Number of elements of a decoded chunk, and the distance between neighbours per dimension, in elements. */
export interface DecodedShape {
  readonly count: number;
  readonly strides: readonly number[];
}

/** Returns the number of elements and the strides of the decoded chunk at `coordinates`. */
export function decodedShape(grid: ChunkGrid, coordinates: readonly number[]): DecodedShape {
  const { chunkShape, gridShape, layout } = grid;
  const strides = chunkShape.map(() => 0);
  let count = 1;
  for (const d of [...layout.axisOrder].reverse()) {
    const size = chunkShape[d] ?? 1;
    strides[d] = count;
    count *= layout.edge === 'full' ? size : Math.min(size, (gridShape[d] ?? 0) - (coordinates[d] ?? 0) * size);
  }
  return { count, strides };
}
