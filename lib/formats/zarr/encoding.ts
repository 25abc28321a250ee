/**
 * How the chunks of a Zarr array are encoded, whichever version's metadata says it.
 * @module
 */
import { checkChunkBytes } from '../../core/limits.js';
import type { ChunkLayout } from '../format.js';
import { type ElementType, elementBytes } from './element.js';
import type { Place } from './fields.js';
import type { ShardIndexLayout } from './shard-index.js';

/** One level of shards: each holds a regular grid of chunks (or of shards of the next level) and an index. */
export interface ShardLevel {
  /** Shape of a shard, in the order of the array's dimensions. */
  readonly shardShape: readonly number[];
  /** Shape of what a shard holds, likewise. */
  readonly innerShape: readonly number[];
  readonly index: ShardIndexLayout;
}

/** The encoding of an array's chunks. */
export interface ChunkEncoding {
  /** Shape of the smallest chunks, in the order of the array's dimensions. */
  readonly chunkShape: readonly number[];
  readonly layout: ChunkLayout;
  /** From the outermost; empty when every chunk is a file. */
  readonly shards: readonly ShardLevel[];
}

/** The size of a decoded chunk. */
export function decodedBytes(chunkShape: readonly number[], element: ElementType): number {
  return chunkShape.reduce((total, extent) => total * extent, elementBytes(element));
}

/**
 * Checks the size of a chunk.
 * @throws {UnsupportedError} when it is too large to be read.
 */
export function checkChunkSize(
  { chunkShape, layout }: Pick<ChunkEncoding, 'chunkShape' | 'layout'>,
  element: ElementType,
  { path }: Place,
): void {
  const storage = layout.codecs.length === 0 ? 'plain' : 'encoded';
  checkChunkBytes(decodedBytes(chunkShape, element), storage, 'Zarr chunks', path);
}

/** The axis order of a chunk as it is read: with the values of an element, if there are several, as last dimension. */
export function axisOrderOf(axes: readonly number[], element: ElementType): number[] {
  return element.width === null ? [...axes] : [...axes, axes.length];
}
