/**
 * The grid of chunks of the shape that a dataset may grow to, which is what arrays of chunks are numbered over.
 * @module
 */
import type { ChunkedDataset } from './box-table.js';

/** Chunks per dimension at the greatest shape; Infinity if it is unlimited. */
export function greatestGrid({ maxShape, chunkShape }: ChunkedDataset): number[] {
  return maxShape.map((extent, d) => Math.ceil(extent / (chunkShape[d] ?? 1)));
}
