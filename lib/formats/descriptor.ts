/**
 * Defines the result of opening an array in any format. An {@link ArrayDescriptor} has {@link Layer}s, which are
 * regular chunk grids. A {@link ChunkIndex} locates the chunks of a layer.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import type { DType } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';
import type { Io } from '../io/io.js';
import type { ChunkGrid, MemoryLayout } from '../plan/layout.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';

/** Layout and encoding of the bytes of a chunk. */
export interface ChunkLayout extends MemoryLayout {
  /** Codecs of a chunk. If the chain is empty, stored bytes equal decoded bytes, so any byte range can be read. */
  readonly codecs: CodecChain;
}

/** Finds the locations of chunks. */
export interface ChunkIndex {
  /**
   * Returns the locations of the chunks of `box`. Reads only the metadata that the box needs.
   * @throws {FormatError} if the index is damaged.
   */
  locate(box: ChunkBox): Io<ChunkLocations>;
  /**
   * Locations that `locate` returns for every box, if they are known in advance. Small reads then skip the call of
   * `locate`.
   */
  readonly fixed?: ChunkLocations;
}

/**
 * Part of an array whose elements are in one regular chunk grid. Most formats have one layer that covers the array. The
 * layers of one read do not overlap. Elements outside all layers have the fill value.
 */
export interface Layer extends ChunkGrid {
  readonly layout: ChunkLayout;
  readonly index: ChunkIndex;
}

/** Linear mapping of stored to real values, applied on request: `value = stored * scale + offset`. */
export interface Scaling {
  readonly scale: number;
  readonly offset: number;
}

/** Coordinate range of a dimension, inclusive at both ends. Position i of the array is coordinate `lo + i`. */
export interface DomainBounds {
  /** Coordinate of the first position. */
  readonly lo: number | bigint;
  /** Coordinate of the last position. */
  readonly hi: number | bigint;
}

/** Description of an array, created by its format. */
export interface ArrayDescriptor {
  /** Name of the format, such as `npy`. */
  readonly format: string;
  /** Path that the caller opened. */
  readonly path: string;
  /** Name of the array in the file or store; '' if there is only one. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Element type that a read returns by default. */
  readonly dtype: DType;
  /** Shape of a chunk, for information. Equals the array's shape if the array is not chunked. */
  readonly chunkShape: readonly number[];
  readonly fillValue: FillValue;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly scaling: Scaling | null;
  /** Types of the numeric attributes, by name, in formats that store them with types. */
  readonly attributeTypes?: Readonly<Record<string, DType>>;
  /**
   * True if `fillValue` means missing data unless an attribute says otherwise. xarray treats the fill value of Zarr v2
   * this way.
   */
  readonly fillIsMissing?: boolean;
  /**
   * Files that must not be replaced or truncated while this description is used, including the data file. Each read
   * checks them.
   */
  readonly guardedFiles: readonly string[];
  /** Coordinate range of each dimension of `shape`; absent if positions are the coordinates. */
  readonly domain?: readonly DomainBounds[];
  /**
   * Returns a bool array that is true for each present value, for the same state of the files. If the values of a cell
   * form the last dimension of this array, the bool array lacks that dimension. Absent if no value can be missing.
   */
  validity?(): ArrayDescriptor;
  /**
   * True if other programs may remove files of this description, as TileDB's vacuum does. If a read fails with ENOENT,
   * the caller should open the array again and repeat the read once.
   */
  readonly filesMayVanish?: boolean;
  /**
   * Drops cached indexes of the file at `path`. Call this before repeating a read that failed because the file no
   * longer matches {@link TableLocations.stamps}.
   */
  forget?(path: string): void;
  /**
   * Called after a read found no chunks at `sought`. Returns true if the chunks may be at other locations, so that the
   * read should be repeated. Absent if locations are certain.
   */
  relocate?(sought: ChunkLocations): Io<boolean>;
  /**
   * Returns the layers for the box [start, stop) of the array.
   * @throws {FormatError} if the metadata is damaged.
   */
  layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]>;
  /** Layers that `layers` returns for every box, if known in advance. */
  readonly fixedLayers?: readonly Layer[];
}
