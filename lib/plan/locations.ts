/**
 * Locations of the chunks in a box of the chunk grid, as the chunk index of a format supplies them.
 * @module
 */
import type { ByteOrder } from '../core/dtype.js';

/** A box of the chunk grid: the sorted, distinct chunk coordinates of each dimension. The box is their product. */
export type ChunkBox = readonly ChunkCoordinates[];

/** A list of coordinates: a typed array if it is long. */
export type ChunkCoordinates = readonly number[] | Float64Array;

/**
 * Chunks in one directory whose file names follow from their coordinates. If a file does not exist, its chunk is
 * absent.
 */
export interface TemplateLocations {
  readonly kind: 'template';
  readonly directory: string;
  /** Literal texts around the fields: `literals[0] field[0] literals[1] field[1] ... literals[n]`. */
  readonly literals: readonly string[];
  /** Fields of the name. Each contains the chunk coordinate of a dimension, zero-padded to `width` digits. */
  readonly fields: readonly { readonly dimension: number; readonly width: number }[];
  /** Number of bytes before the chunk in each file. */
  readonly offset: number;
  /**
   * True if the names may be wrong because they follow from uncertain metadata, such as a guessed separator. The caller
   * should then check that at least one file exists.
   */
  readonly isDoubtful?: boolean;
}

/** Returns the path of the file of the chunk at `coordinates`. */
export function chunkPath(template: TemplateLocations, coordinates: readonly number[]): string {
  let name = template.literals[0] ?? '';
  for (const [i, { dimension, width }] of template.fields.entries()) {
    name += String(coordinates[dimension] ?? 0).padStart(width, '0') + (template.literals[i + 1] ?? '');
  }
  return `${template.directory}/${name}`;
}

/**
 * Layout of shards: files that each contain a grid of chunks and an index. The index is a list of 64-bit words: an
 * offset and a length for each chunk.
 */
export interface ShardLayout {
  readonly location: 'start' | 'end';
  readonly byteOrder: ByteOrder;
  readonly checksum: 'crc32c' | 'none';
  /** Number of chunks of a shard per array dimension. */
  readonly counts: readonly number[];
  /** Distance from the offset of a chunk to that of its neighbour along each array dimension, in words. */
  readonly strides: readonly number[];
  /** Distance from a chunk's offset to its length, in words. */
  readonly lengthStride: number;
}

/** Names and layout of the shards into which chunks are written. */
export interface ShardFiles {
  readonly template: TemplateLocations;
  readonly layout: ShardLayout;
}

/** State of a file when a chunk index was read from it. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
  /** Inode number, if known. A file that replaces another one by rename has a different inode. */
  readonly ino?: number | undefined;
}

/** True if both stamps describe the same file in the same state. */
export function isUnchanged(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino;
}

/** Locations of chunks, one entry per chunk, in row-major order of the requested {@link ChunkBox}. */
export interface TableLocations {
  readonly kind: 'table';
  /** Paths of the files that hold the chunks. */
  readonly files: readonly string[];
  /** Index into `files` of each chunk; null if there is one file. */
  readonly fileIndex: Uint32Array | null;
  /** Offset in bytes of each chunk; -1 for an absent chunk, whose elements have the fill value. */
  readonly offsets: Float64Array;
  /** Stored length in bytes of each chunk. */
  readonly lengths: Float64Array;
  /** Decoded size of each chunk in bytes, if the index states it because chunks have different sizes. */
  readonly decodedBytes?: Float64Array;
  /**
   * Filter mask of each chunk. Bit i is set if codec i of the chain (in writing order) was skipped. Null if no bit is
   * set.
   */
  readonly filterMasks: Uint32Array | null;
  /**
   * Data of chunks that are stored inside the metadata, concatenated. It acts as one more file, with index
   * `files.length`.
   */
  readonly inlineBytes?: Uint8Array;
  /**
   * State of each of `files` when its entries were read. A writer may replace a file (such as a Zarr shard) at any
   * time, and the entries are invalid for the new file. Readers must compare the state, and if it differs, locate the
   * chunks again or fail with ECHANGED. Absent if the entries do not depend on the state of a file.
   */
  readonly stamps?: readonly FileStamp[];
}

/** Creates the table for a single chunk. */
export function onePlace(path: string, offset: number, length: number): TableLocations {
  return {
    kind: 'table',
    files: [path],
    fileIndex: null,
    offsets: Float64Array.of(offset),
    lengths: Float64Array.of(length),
    filterMasks: null,
  };
}

/** Locations of a grid of which no chunk is stored. Every element has the fill value. */
export interface AbsentLocations {
  readonly kind: 'absent';
}

export type ChunkLocations = TemplateLocations | TableLocations | AbsentLocations;
