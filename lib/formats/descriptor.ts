/**
 * Defines the result of opening an array in any format. An {@link ArrayDescriptor} has {@link Layer}s, which are
 * regular chunk grids. A {@link ChunkIndex} locates the chunks of a layer.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import type { Sliced } from '../core/checkpoint.js';
import type { DType } from '../core/dtype.js';
import type { ErrorLocation } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import type { FieldPlace, HeapTextKind, RecordType, SequenceType, TextType } from '../core/stored-type.js';
import type { Utf8Text } from '../core/utf8-text.js';
import type { Io } from '../io/io.js';
import type { ChunkGrid, MemoryLayout } from '../plan/layout.js';
import type { ChunkBox, ChunkLocations, ShardFiles } from '../plan/locations.js';
import type { DatasetFacts } from './hdf5-facts.js';
import type { SmallNumber } from './small-numbers.js';

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
  /** Shards into which the chunks are written. Absent if chunks are written to the locations that `locate` returns. */
  readonly shards?: ShardFiles | undefined;
}

/**
 * Part of an array whose elements are in one regular chunk grid. Most formats have one layer that covers the array. The
 * layers of one read do not overlap. Elements outside all layers have the fill value.
 */
export interface Layer extends ChunkGrid {
  readonly layout: ChunkLayout;
  readonly index: ChunkIndex;
  /**
   * Chunks with the starts of the texts of the layer's chunks, in the same grid. Absent if the layer's chunks contain
   * all about their texts, or no texts.
   */
  readonly starts?: Pick<Layer, 'layout' | 'index'>;
  /**
   * Set if the locations of chunks are estimates, because they are not known before the stream of the array has been
   * decoded. Such a layer can be explained, but not read.
   */
  readonly isEstimate?: true;
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

/** A file that is replaced as a whole. */
export interface DocumentFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An array after a change of its shape, and the new contents of its metadata files. */
export interface ResizedArray {
  /** Description of the larger array. */
  readonly descriptor: ArrayDescriptor;
  /** Size of the data file before and after the change, in bytes; null if the array has no data file. */
  readonly oldBytes: number | null;
  readonly newBytes: number | null;
  /** New first bytes of the data file; null if they do not change. */
  readonly header: Uint8Array | null;
  /** Documents with the new shape. They are replaced after the elements are written. */
  readonly documents: readonly DocumentFile[];
}

/** Elements that are references to texts. */
export interface HeapText {
  /** Kind of the elements in the plural, for errors, such as `variable-length strings`. */
  readonly what: string;
  /**
   * Returns the texts that the bytes of elements refer to.
   * @param maxBytes maximum number of bytes of the texts. Default: no limit other than that of the format.
   * @throws {FormatError} if a reference or a text is damaged. @throws {ValuesLimitError}
   */
  resolve(references: Uint8Array, maxBytes?: number): Io<Utf8Text>;
}

/** Numbers of the items of sequences in the byte order of this machine, one sequence after the other. */
export interface SequenceBytes {
  /** Start of each sequence in `bytes`, and the end of the last one: one more entry than there are sequences. */
  readonly offsets: Float64Array;
  readonly bytes: Uint8Array;
}

/** Elements that are references to sequences. */
export interface Sequences {
  /** Type of the numbers. */
  readonly dtype: DType;
  /** Shape of the numbers of an item; empty if an item is one number. */
  readonly itemShape: readonly number[];
  /**
   * Returns the sequences that the bytes of elements refer to.
   * @param maxBytes maximum number of bytes of the items. Default: no limit other than that of the format.
   * @throws {FormatError} if a reference or a sequence is damaged. @throws {ValuesLimitError}
   */
  resolve(references: Uint8Array, maxBytes?: number): Io<SequenceBytes>;
}

/** Positions of the texts of a decoded chunk: text `i` is the bytes from `starts[i]` to `ends[i]`. */
export interface TextSpans {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Elements that are texts of variable length and follow each other in the chunks. The size of a decoded chunk is not
 * known in advance. The codecs of the layers decode a stored chunk to the bytes that `parse` understands.
 */
export interface ChunkText {
  /** Text of elements whose chunk is absent, in UTF-8. */
  readonly fill: Uint8Array;
  /**
   * Finds the texts of a decoded chunk, in the order of the elements in the chunk.
   * @param count number of elements of the chunk.
   * @param where location of the stored chunk, for errors.
   * @param starts the decoded chunk of {@link Layer.starts}; empty if the layer has none.
   * @throws {FormatError} if the chunk is damaged.
   */
  parse(bytes: Uint8Array, count: number, where: ErrorLocation, starts: Uint8Array): Sliced<TextSpans>;
}

/** The sources of a virtual dataset: datasets that contain its elements, mostly in other files. */
export interface VirtualSources {
  /** Number of mappings. Each supplies a part of the elements. */
  readonly mappings: number;
  /**
   * Names of the sources of the first mappings (at most 16), as they are in the file: `FILE#DATASET`. A mapping of
   * numbered sources has one name, in which `%b` stands for the number.
   */
  readonly names: readonly string[];
}

/** A compressed stream that contains a whole array. */
export interface ArrayStream {
  readonly codec: string;
  /** Number of bytes of the compressed stream. */
  readonly storedBytes: number;
  /** True if a saved index contains restart points of the stream. Otherwise the first read decodes the whole stream. */
  hasSavedIndex(): Io<boolean>;
}

/** Elements that are text of a fixed length. */
export interface FixedText {
  readonly type: TextType;
  /** True if the last dimension of the array contains the code units; false if an element is one code unit. */
  readonly hasAxis: boolean;
}

/** Elements that are records. */
export interface RecordElements {
  readonly type: RecordType;
  /** Fill value of a record, as stored; null if there is none. */
  readonly fill: Uint8Array | null;
  /**
   * Returns the function that resolves fields of the type `heap-text`. Absent if no field has this type, or if the
   * records come from several files, so that a reference does not say which file it refers to.
   */
  readonly heapText?: (target: HeapTextKind) => HeapText;
  /**
   * Like `heapText`, for fields of the type `sequence`. `item` is the position of a field in items that are records.
   */
  readonly sequences?: (type: SequenceType, item: FieldPlace | undefined) => Sequences;
}

/** Elements that are references to sequences of records. */
export interface RecordSequences {
  readonly type: RecordType;
  /** Returns the sequences of one field. @throws {UnsupportedError} if the type of the field is not supported. */
  choose(item: FieldPlace): Sequences;
}

/**
 * How a read uses a box: it needs `some` elements, or `all` of them. `allNow` means that the read also starts
 * immediately, and that the layers are used for no other read. If the use begins with `explain`, nothing is read, so
 * layers may have estimated locations.
 */
export type BoxUse = 'some' | 'all' | 'allNow' | 'explainSome' | 'explainAll';

/** Description of an array, created by its format. */
export interface ArrayDescriptor {
  /** Name of the format, such as `npy`. */
  readonly format: string;
  /** Path that the caller opened. */
  readonly path: string;
  /** Name of the array in the file or store; '' if it has none, as in `npy` files. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Element type that a read returns by default. */
  readonly dtype: DType;
  /**
   * Shape of a chunk, tile or record, for information. Equals the array's shape if the array is stored in one piece.
   */
  readonly chunkShape: readonly number[];
  readonly fillValue: FillValue;
  readonly dimensionNames: readonly (string | null)[] | null;
  /**
   * Maximum size of each dimension; null if it is unlimited. Dimensions at the end that are missing, and all dimensions
   * if there is no list, cannot grow.
   */
  readonly maxShape?: readonly (number | null)[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly scaling: Scaling | null;
  /**
   * Stored type in words, if it differs from `dtype`, such as `datetime64[ns]`, `bfloat16` or `enum of int8`. Absent if
   * the elements are text, records or references.
   */
  readonly storedAs?: string;
  /**
   * Names of the codecs of the chunks, in the order in which a writer applied them, for information. Absent if `layers`
   * returns the codecs without reading more.
   */
  readonly codecs?: readonly string[];
  /** Set if the array is a virtual dataset. */
  readonly virtualSources?: VirtualSources;
  /** Set if the array is in a compressed stream. `layers` may then decode the stream. */
  readonly stream?: ArrayStream;
  /**
   * The numbers whose stored bits are the elements (option `numbers`). Attributes such as `_FillValue` describe these
   * numbers. Absent if the elements are values.
   */
  readonly bitsOf?: SmallNumber;
  /**
   * Set if the elements are records. The array is then one of bytes (uint8), whose last dimension contains the bytes of
   * a record, and it can be read only after a field has been chosen (field.ts).
   */
  readonly records?: RecordElements;
  /**
   * Set if the elements are text of a fixed length. The array is then one of code units: uint8, or uint32 for UTF-32.
   */
  readonly text?: FixedText;
  /**
   * Set if the elements are text of variable length. The array is then one of bytes (uint8), whose last dimension
   * contains a reference to a text.
   */
  readonly heapText?: HeapText;
  /**
   * Set if the elements are sequences of numbers. The array is then one of bytes (uint8), whose last dimension contains
   * a reference to a sequence.
   */
  readonly sequences?: Sequences;
  /** Set if the elements are sequences of records, of which one field must be chosen. The array is like `sequences`. */
  readonly recordSequences?: RecordSequences;
  /**
   * Set if the elements are texts of variable length inside the chunks. The array has the dtype uint8, but its elements
   * cannot be read as numbers.
   */
  readonly chunkText?: ChunkText;
  /** Types of the numeric attributes, by name, in formats that store them with types. */
  readonly attributeTypes?: Readonly<Record<string, DType>>;
  /** Facts that HDF5 and NetCDF-4 files store about the array. */
  readonly hdf5?: DatasetFacts;
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
   * Returns the description of a bool array that is true for each value that is present. It describes the same state of
   * the files as this description. If the values of a cell form the last dimension of this array, the bool array lacks
   * that dimension. Absent if no value can be missing.
   */
  validity?(): ArrayDescriptor;
  /**
   * True if other programs may remove files of this description, as TileDB's vacuum does. If a read fails with ENOENT,
   * the caller should open the array again and repeat the read once.
   */
  readonly filesMayVanish?: boolean;
  /**
   * Returns the array with a larger shape. Absent if the format cannot change the shape of an array.
   * @throws {UnsupportedError} if the array cannot grow along a dimension.
   */
  resize?(shape: readonly number[]): Io<ResizedArray>;
  /** Feature because of which this array cannot be written, although its format supports writing. */
  readonly notWritable?: string;
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
  /** True if layers for `allNow` may decode chunks in another way than other layers do. */
  readonly mayDecodeInRead?: boolean;
  /**
   * Returns the layers that a read of the box [start, stop) of the array needs.
   * @param use how the read uses the box; `some` by default. It may change the chunks.
   * @throws {FormatError} if the metadata is damaged.
   */
  layers(start: readonly number[], stop: readonly number[], use?: BoxUse): Io<readonly Layer[]>;
  /** Layers that `layers` returns for every box, if known in advance. */
  readonly fixedLayers?: readonly Layer[];
}
