/**
 * What every format turns its bytes into: an {@link ArrayDescriptor} with {@link Layer}s of regular chunk grids, and a
 * {@link ChunkIndex} that says where the chunks are.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import type { DType } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';
import type { Io } from '../io/io.js';
import type { ChunkGrid, MemoryLayout } from '../plan/layout.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';

/** How the bytes of one chunk are laid out and encoded. */
export interface ChunkLayout extends MemoryLayout {
  /** Encoding of a chunk; empty when its stored bytes are the decoded bytes (then any range of it can be read). */
  readonly codecs: CodecChain;
}

/** Knows where chunks are. */
export interface ChunkIndex {
  /**
   * Where the chunks of `box` are. Reads only the metadata that the box needs.
   * @throws {FormatError} when the index is damaged.
   */
  locate(box: ChunkBox): Io<ChunkLocations>;
  /** What `locate` answers to every box, where that is known beforehand: it spares small reads the question. */
  readonly fixed?: ChunkLocations;
}

/**
 * A part of the array that one regular chunk grid supplies. Most formats have exactly one, which covers the array. The
 * regions of the layers that a format returns for one read are disjoint; what none covers is fill.
 */
export interface Layer extends ChunkGrid {
  readonly layout: ChunkLayout;
  readonly index: ChunkIndex;
}

/** A linear mapping of stored to real values, applied on request: `value = stored * scale + offset`. */
export interface Scaling {
  readonly scale: number;
  readonly offset: number;
}

/** The coordinates of a dimension, inclusive at both ends: position i of the array is coordinate `lo + i`. */
export interface DomainBounds {
  /** The coordinate of the first position. */
  readonly lo: number | bigint;
  /** The coordinate of the last position. */
  readonly hi: number | bigint;
}

/** An array as its format describes it. */
export interface ArrayDescriptor {
  /** The name of the format, such as `npy`. */
  readonly format: string;
  /** The path that was opened. */
  readonly path: string;
  /** The array within the file or store, '' where there is only one. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The element type that a read returns by default. */
  readonly dtype: DType;
  /** Shape of a chunk as users see it; the array's own shape when it is not chunked. */
  readonly chunkShape: readonly number[];
  readonly fillValue: FillValue;
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly scaling: Scaling | null;
  /** Types of the attributes that are numbers, by name, in formats that store them with types. */
  readonly attributeTypes?: Readonly<Record<string, DType>>;
  /** Whether `fillValue` stands for missing data where no attribute says what does (xarray's use of Zarr v2). */
  readonly fillIsMissing?: boolean;
  /** Files whose replacement or truncation invalidates this description (checked at each read): the data file itself. */
  readonly guardedFiles: readonly string[];
  /** The coordinates that users of the format give to positions, per dimension of `shape`; absent: they are the positions. */
  readonly domain?: readonly DomainBounds[];
  /**
   * Which values are there, of the same state of the files: a bool array, true where one is, whose dimensions are the first
   * ones of this array's (a value may fill a last dimension); absent: none is ever missing.
   */
  validity?(): ArrayDescriptor;
  /**
   * Whether other programs may remove the files of this description while it is in use (TileDB's vacuum does). When a
   * read then fails with ENOENT, the array should be opened anew and the read be repeated, once.
   */
  readonly filesMayVanish?: boolean;
  /**
   * Drops what is held of the indexes in the file at `path`. To be called before a read is repeated because that file is
   * no longer what {@link TableLocations.stamps} says.
   */
  forget?(path: string): void;
  /**
   * Whether the chunks may lie elsewhere than `sought`, where a read found none of them: it is worth repeating then. Absent where
   * places are certain.
   */
  relocate?(sought: ChunkLocations): Io<boolean>;
  /**
   * The layers that supply the box [start, stop) of the array.
   * @throws {FormatError} when the metadata is damaged.
   */
  layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]>;
  /** What `layers` answers to every box, where that is known beforehand. */
  readonly fixedLayers?: readonly Layer[];
}
