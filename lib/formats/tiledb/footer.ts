/**
 * Reads fragment metadata (format_spec/fragment.md): a footer at the end of the file or, before format 3, one generic
 * tile.
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { type FileSlice, type Io, Pace, readExact } from '../../io/io.js';
import { type FragmentReference, oldSchemaName } from './commits.js';
import { TileDBCursor } from './cursor.js';
import { readInteger } from './datatypes.js';
import { readGenericTile } from './generic-tile.js';
import { newestFormat } from './names.js';
import type { Schema } from './schema.js';

/** Inclusive bounds in a dimension. */
export interface Bounds {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** Location of a table of tile offsets, and the size that the data file with these tiles must have. */
export interface TableReference {
  /**
   * File offset of the generic tile that contains the table. Before format 3: position of the table in the only generic
   * tile.
   */
  readonly offset: number;
  /** Size of the data file in bytes, which is the end of its last tile. */
  readonly fileBytes: number;
}

/** Locations of the tables of an attribute of variable length. */
export interface VariableTables {
  /** Table of the offsets of the tiles with the values. */
  readonly tiles: TableReference;
  /** Location of the table of the decoded sizes of these tiles, like {@link TableReference.offset}. */
  readonly sizes: number;
}

/** Metadata of a dense fragment. */
export interface Footer {
  readonly version: number;
  /** Schema with which the fragment was written. */
  readonly schema: Schema;
  /** Bounds of the written cells per dimension; null if no cells were written. */
  readonly nonEmpty: readonly Bounds[] | null;
  /**
   * Tables of the values, one per attribute of the schema; of the starts of values if they have a variable length.
   * Empty if no cells were written.
   */
  readonly values: readonly TableReference[];
  /**
   * Further tables of attributes of variable length, one entry per attribute of the schema; the entries of other
   * attributes have no meaning. Empty if no cells were written.
   */
  readonly variable: readonly VariableTables[];
  /**
   * Tables of the validity, one per attribute of the schema; the entries of attributes that are not nullable have no
   * meaning. Empty before format 7 or if no cells were written.
   */
  readonly validity: readonly TableReference[];
}

/** Returns the schema called `name`. Throws a FormatError if the array has no such schema. */
export type SchemaOf = (name: string) => Io<Schema>;

/** Number of bytes read from the end of a metadata file. They contain the footer if the array has few attributes. */
export const tailBytes = 4096;
/** Maximum size of a footer in bytes. */
export const maxFooterBytes = 16 * 1024 * 1024;

/**
 * Parses the metadata of one fragment.
 * @param path path of its metadata file.
 * @param tail last {@link tailBytes} bytes of that file (or the whole file), and the file's size.
 * @throws {FormatError} if it is damaged. @throws {UnsupportedError} for newer formats and sparse fragments.
 */
export function* readFooter(
  fragment: FragmentReference,
  path: string,
  tail: FileSlice,
  schemaOf: SchemaOf,
): Io<Footer> {
  if (fragment.version > newestFormat) {
    throw new UnsupportedError(`TileDB format ${fragment.version}`, path, `Formats 1 to ${newestFormat} are read`);
  }
  if (fragment.version < 3) return yield* readOldMetadata(path, tail.info.size, yield* schemaOf(oldSchemaName));
  const { size } = tail.info;
  const oldSchema = fragment.version < 10 ? yield* schemaOf(oldSchemaName) : null;
  const length = oldSchema === null ? storedLength(tail, path) : computedLength(fragment.version, oldSchema);
  const start = size - length - (oldSchema === null ? 8 : 0);
  if (length > maxFooterBytes || start < 0) {
    throw new FormatError(`Expected a footer inside the ${size} bytes of the file, found a length of ${length}`, {
      path,
      offset: Math.max(0, size - 8),
    });
  }
  const tailStart = size - tail.bytes.length;
  const bytes =
    start >= tailStart
      ? tail.bytes.subarray(start - tailStart, start - tailStart + length)
      : yield* readExact(path, start, length, 'the fragment footer');
  return yield* parseFooter(new TileDBCursor(bytes, path, 'the fragment footer', start), fragment, oldSchema, schemaOf);
}

function storedLength({ info, bytes }: FileSlice, path: string): number {
  if (bytes.length < 8)
    throw new FormatError(`Expected a fragment footer, found ${info.size} bytes`, { path, offset: 0 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Number(view.getBigUint64(bytes.length - 8, true));
}

/** Returns the size of a footer in formats 3 to 9, which do not store it. */
function computedLength(version: number, schema: Schema): number {
  const attributes = schema.attributes.length;
  const tables = attributes + 1 + schema.dimensions.length;
  const domain = schema.dimensions.reduce((sum, { type }) => sum + 2 * type.size, 0);
  const fixed = 22 + domain + 8;
  if (version < 5) return fixed + 16 * (attributes + 1) + 24 * attributes;
  return version < 7 ? fixed + 40 * tables : fixed + 56 * tables;
}

function* parseFooter(
  cursor: TileDBCursor,
  fragment: FragmentReference,
  oldSchema: Schema | null,
  schemaOf: SchemaOf,
): Io<Footer> {
  const version = cursor.u32('version');
  // A fragment name does not distinguish formats 3 and 4.
  if (version !== fragment.version && !(fragment.version === 4 && version === 3)) {
    throw cursor.error(`format ${fragment.version} as in the fragment's name`, version, cursor.position - 4);
  }
  const schema = oldSchema ?? (yield* schemaOf(cursor.string64('name of the schema')));
  const dense = cursor.u8('whether the fragment is dense');
  if (dense === 0) throw new UnsupportedError('sparse fragment in a dense TileDB array', cursor.path);
  if (cursor.u8('whether the fragment is empty') !== 0) {
    return { version, schema, nonEmpty: null, values: [], variable: [], validity: [] };
  }
  const nonEmpty = readBounds(cursor, schema);
  cursor.u64('number of sparse tiles');
  cursor.u64('cells of the last tile');
  const timestamps = version >= 14 ? Math.min(1, cursor.u8('whether timestamps are included')) : 0;
  const deletes = version >= 15 ? Math.min(1, cursor.u8('whether delete metadata is included')) : 0;
  const attributes = schema.attributes.length;
  const tables = version < 5 ? attributes + 1 : attributes + 1 + schema.dimensions.length + timestamps + 2 * deletes;
  const sparseTables = version < 5 ? attributes : tables;
  const pace = new Pace(cursor.path);
  const fileSizes = yield* sizes(cursor, tables, 'file sizes', pace);
  const variableSizes = yield* sizes(cursor, sparseTables, 'file sizes of variable-length attributes', pace);
  const validitySizes = version >= 7 ? yield* sizes(cursor, tables, 'file sizes of validity', pace) : null;
  cursor.u64('offset of the R-tree');
  const offsets = yield* sizes(cursor, tables, 'offsets of the tables of tile offsets', pace);
  const variableOffsets = yield* sizes(cursor, sparseTables, 'offsets of variable-length tables', pace);
  const variableSizesAt = yield* sizes(cursor, sparseTables, 'offsets of variable-length sizes', pace);
  const validityOffsets =
    validitySizes === null ? null : yield* sizes(cursor, tables, 'offsets of the validity tables', pace);
  return {
    version,
    schema,
    nonEmpty,
    values: yield* references(offsets, fileSizes, attributes, pace),
    variable: yield* variableTables(variableOffsets, variableSizes, variableSizesAt, attributes, pace),
    validity:
      validityOffsets === null || validitySizes === null
        ? []
        : yield* references(validityOffsets, validitySizes, attributes, pace),
  };
}

/** Reads `count` sizes or offsets like {@link TileDBCursor.sizes}, with a pause before it if one is due. */
function* sizes(cursor: TileDBCursor, count: number, field: string, pace: Pace): Io<Float64Array> {
  if (pace.isDue(count >>> 4)) yield* pace.pause();
  return cursor.sizes(count, field);
}

function* references(
  offsets: ArrayLike<number>,
  fileSizes: Float64Array,
  count: number,
  pace: Pace,
): Io<TableReference[]> {
  const found: TableReference[] = [];
  for (let i = 0; i < count; i++) {
    if (pace.isDue()) yield* pace.pause();
    found.push({ offset: offsets[i] ?? 0, fileBytes: fileSizes[i] ?? 0 });
  }
  return found;
}

function* variableTables(
  offsets: ArrayLike<number>,
  fileSizes: Float64Array,
  sizesAt: ArrayLike<number>,
  count: number,
  pace: Pace,
): Io<VariableTables[]> {
  const tiles = yield* references(offsets, fileSizes, count, pace);
  return tiles.map((table, i) => ({ tiles: table, sizes: sizesAt[i] ?? 0 }));
}

function readBounds(cursor: TileDBCursor, schema: Schema): Bounds[] {
  return schema.dimensions.map(({ type, name, lo: low, hi: high }) => {
    const at = cursor.position;
    const bytes = cursor.take(2 * type.size, 'non-empty domain');
    const lo = readInteger(type, bytes, 0);
    const hi = readInteger(type, bytes, type.size);
    // Old versions of TileDB write bounds beyond the domain, up to the end of a tile, when they consolidate.
    if (lo > hi || lo > high || hi < low) {
      throw cursor.error(`bounds of '${name}' inside [${low}, ${high}]`, `[${lo}, ${hi}]`, at);
    }
    return { lo: clamp(lo, low, high), hi: clamp(hi, low, high) };
  });
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  if (value < low) return low;
  return value > high ? high : value;
}

/** Reads the metadata of formats 1 and 2, which consists of one generic tile. */
function* readOldMetadata(path: string, fileBytes: number, schema: Schema): Io<Footer> {
  const what = 'the fragment metadata';
  const cursor = new TileDBCursor(yield* readGenericTile(path, 0, fileBytes, what), path, what);
  const version = cursor.u32('version');
  if (version < 1 || version > 2) throw cursor.error("format 1 or 2 as in the fragment's name", version, 0);
  const domainBytes = schema.dimensions.reduce((sum, { type }) => sum + 2 * type.size, 0);
  const size = cursor.size('size of the non-empty domain');
  if (size !== 0 && size !== domainBytes)
    throw cursor.error(`${domainBytes} bytes of domain`, size, cursor.position - 8);
  if (size === 0) return { version, schema, nonEmpty: null, values: [], variable: [], validity: [] };
  const nonEmpty = readBounds(cursor, schema);
  if (cursor.size('number of bounding rectangles') + cursor.size('number of bounding coordinates') > 0) {
    throw new UnsupportedError('sparse fragment in a dense TileDB array', path);
  }
  const attributes = schema.attributes.length;
  const pace = new Pace(path);
  const offsets: number[] = [];
  for (let i = 0; i < 3 * attributes + 1; i++) {
    if (pace.isDue(4)) yield* pace.pause();
    offsets.push(skipTable(cursor));
  }
  cursor.u64('cells of the last tile');
  const fileSizes = yield* sizes(cursor, attributes + 1, 'file sizes', pace);
  const variableSizes = yield* sizes(cursor, attributes, 'file sizes of variable-length attributes', pace);
  // The tables of the attributes and of the coordinates come first.
  const variableOffsets = offsets.slice(attributes + 1);
  const variableSizesAt = variableOffsets.slice(attributes);
  return {
    version,
    schema,
    nonEmpty,
    values: yield* references(offsets, fileSizes, attributes, pace),
    variable: yield* variableTables(variableOffsets, variableSizes, variableSizesAt, attributes, pace),
    validity: [],
  };
}

/** Skips a table and returns its position. */
function skipTable(cursor: TileDBCursor): number {
  const at = cursor.position;
  const count = cursor.size('number of tile offsets', cursor.bytes.length);
  cursor.take(count * 8, 'tile offsets');
  return at;
}
