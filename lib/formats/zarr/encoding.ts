/**
 * Defines how the chunks of a Zarr array are encoded, for both versions of the format.
 * @module
 */
import { checkChunkBytes } from '../../core/limits.js';
import type { ChunkLayout } from '../format.js';
import { type ElementType, elementBytes } from './element.js';
import type { Place } from './fields.js';
import type { ShardIndexLayout } from './shard-index.js';

/** One level of shards. Each shard contains a regular grid of chunks (or of nested shards) and an index. */
export interface ShardLevel {
  /** Shape of a shard, in the order of the array's dimensions. */
  readonly shardShape: readonly number[];
  /** Shape of the chunks or nested shards in a shard, in the order of the array's dimensions. */
  readonly innerShape: readonly number[];
  readonly index: ShardIndexLayout;
}

/** Encoding of an array's chunks. */
export interface ChunkEncoding {
  /** Shape of the innermost chunks, in the order of the array's dimensions. */
  readonly chunkShape: readonly number[];
  readonly layout: ChunkLayout;
  /** Shard levels from the outermost to the innermost; empty if each chunk is a file. */
  readonly shards: readonly ShardLevel[];
}

/** Returns the size of a decoded chunk in bytes. */
export function decodedBytes(chunkShape: readonly number[], element: ElementType): number {
  return chunkShape.reduce((total, extent) => total * extent, elementBytes(element));
}

/**
 * Checks the size of a chunk.
 * @throws {UnsupportedError} if it is too large to read.
 */
export function checkChunkSize(
  { chunkShape, layout }: Pick<ChunkEncoding, 'chunkShape' | 'layout'>,
  element: ElementType,
  { path }: Place,
): void {
  const storage = layout.codecs.length === 0 ? 'plain' : 'encoded';
  checkChunkBytes(decodedBytes(chunkShape, element), storage, 'Zarr chunks', path);
}

/** Returns the axis order of a decoded chunk. The values of a multi-value element form the last dimension. */
export function axisOrderOf(axes: readonly number[], element: ElementType): number[] {
  return element.width === null ? [...axes] : [...axes, axes.length];
}
