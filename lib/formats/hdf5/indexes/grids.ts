/**
 * Computes the chunk grid of a dataset's maximum shape. Arrays of chunks are numbered over this grid.
 * @module
 */
import type { ChunkedDataset } from './box-table.js';

/** Returns the number of chunks per dimension at the maximum shape; Infinity for unlimited dimensions. */
export function greatestGrid({ maxShape, chunkShape }: ChunkedDataset): number[] {
  return maxShape.map((extent, d) => Math.ceil(extent / (chunkShape[d] ?? 1)));
}
