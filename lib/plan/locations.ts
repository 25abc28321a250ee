/**
 * Where chunks lie, as a format's chunk index answers for a box of the chunk grid.
 * @module
 */

/** A box of the chunk grid: per dimension the sorted, distinct chunk coordinates wanted. The box is their product. */
export type ChunkBox = readonly (readonly number[])[];

/** Chunks whose names follow from their coordinates, in one directory; a name that does not exist is an absent chunk. */
export interface TemplateLocations {
  readonly kind: 'template';
  readonly directory: string;
  /** Literal texts around the fields: `literals[0] field[0] literals[1] field[1] ... literals[n]`. */
  readonly literals: readonly string[];
  /** Which dimension's chunk coordinate each field prints, zero-padded to `width` digits. */
  readonly fields: readonly { readonly dimension: number; readonly width: number }[];
  /** Bytes before the chunk in each file. */
  readonly offset: number;
  /** The names follow from metadata that may be wrong, such as a separator: worth looking whether any of them exists. */
  readonly isDoubtful?: boolean;
}

/** A file as it was when a chunk index was read from it. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
  /** Inode number where known: a file replaced by rename has another one. */
  readonly ino?: number | undefined;
}

/** Chunks at listed places. Entries are in row-major order of the {@link ChunkBox} that was asked for. */
export interface TableLocations {
  readonly kind: 'table';
  /** The files that hold the chunks. */
  readonly files: readonly string[];
  /** Index into `files` per chunk; null when there is one file. */
  readonly fileIndex: Uint32Array | null;
  /** Offset in bytes per chunk; -1 marks an absent chunk (it reads as the fill value). */
  readonly offsets: Float64Array;
  /** Stored length in bytes per chunk. */
  readonly lengths: Float64Array;
  /** Per chunk, bit i set: codec i of the chain (in writing order) was not applied. Null when none is set. */
  readonly filterMasks: Uint32Array | null;
  /** Chunks that the metadata itself holds, one after the other: one more file, whose index is `files.length`. */
  readonly inlineBytes?: Uint8Array;
  /**
   * What each of `files` was when its entries were read. A writer may replace a file (a Zarr shard) at any time, and the
   * entries don't hold for another one: who reads must check, and locate again or fail with ECHANGED. Absent where the
   * entries don't depend on the file's state.
   */
  readonly stamps?: readonly FileStamp[];
}

/** The place of the only chunk, in bytes. */
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

/** No chunk exists: all reads as fill. */
export interface AbsentLocations {
  readonly kind: 'absent';
}

export type ChunkLocations = TemplateLocations | TableLocations | AbsentLocations;
