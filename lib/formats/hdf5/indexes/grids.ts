/**
 * Computes the chunk grid of a dataset's maximum shape. Fixed arrays, extensible arrays and implicit indexes number
 * chunks over this grid.
 * @module
 */
import type { ChunkedDataset } from './box-table.js';

/** Returns the number of chunks per dimension at the maximum shape; Infinity for unlimited dimensions. */
export function greatestGrid({ maxShape, chunkShape }: ChunkedDataset): number[] {
  return maxShape.map((extent, d) => Math.ceil(extent / (chunkShape[d] ?? 1)));
}
