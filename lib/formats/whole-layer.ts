/**
 * Creates layers that contain whole arrays.
 * @module
 */
import type { ChunkIndex, ChunkLayout, Layer } from './descriptor.js';

/** Returns the layer that contains all elements of an array of the shape `shape`. */
export function wholeLayer(
  shape: readonly number[],
  chunkShape: readonly number[],
  layout: ChunkLayout,
  index: ChunkIndex,
): Layer {
  const origin = shape.map(() => 0);
  return { start: origin, stop: shape, origin, chunkShape, gridShape: shape, layout, index };
}
