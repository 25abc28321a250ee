/**
 * Parses array schemas (format_spec/array_schema.md). From format 20 on, an attribute has the name of its enumeration.
 * This field is missing in the table of that page, but all versions of TileDB write it.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import { TileDBCursor } from './cursor.js';
import { type Datatype, datatypeOf, readInteger } from './datatypes.js';
import { type Pipeline, readPipeline } from './filters.js';
import { newestFormat } from './names.js';

/** Row-major or column-major. */
export type Order = 'row' | 'column';

/** Dimension of an array. Its domain is inclusive at both ends. */
export interface Dimension {
  readonly name: string;
  readonly type: Datatype;
  readonly lo: bigint;
  readonly hi: bigint;
  /** Tile length. The tile grid starts at `lo`. */
  readonly extent: bigint;
}

/** Attribute of an array. Each cell has a fixed number of values, or any number of values if `values` is null. */
export interface Attribute {
  readonly name: string;
  readonly type: Datatype;
  /** Values per cell; null for any number. */
  readonly values: number | null;
  readonly pipeline: Pipeline;
  /** Bytes of one unwritten cell; null before format 6, where unwritten cells have the default of the datatype. */
  readonly fill: Uint8Array | null;
  readonly nullable: boolean;
  /** Validity (0 or 1) of unwritten cells. */
  readonly fillValidity: number;
  /** Name of the enumeration whose codes are stored, or null. */
  readonly enumeration: string | null;
}

/** Labels of a dimension: a separate array with one coordinate for each position of the dimension. */
export interface DimensionLabel {
  readonly name: string;
  /** Index of the dimension. */
  readonly dimension: number;
  /** Location of the label array, relative to the folder of this array if `isRelative`. */
  readonly uri: string;
  readonly isRelative: boolean;
  /** Attribute of the label array that contains the labels. */
  readonly attribute: string;
}

/** Schema of a dense array. */
export interface Schema {
  /** Name of the schema's file. */
  readonly name: string;
  readonly version: number;
  readonly tileOrder: Order;
  readonly cellOrder: Order;
  /** Filters of the starts of values of variable length. */
  readonly startsPipeline: Pipeline;
  readonly validityPipeline: Pipeline;
  readonly dimensions: readonly Dimension[];
  readonly attributes: readonly Attribute[];
  readonly labels: readonly DimensionLabel[];
  /**
   * Inclusive bounds per dimension of the current domain, a part of the array's domain. Null if there is none; formats
   * before 22 have none.
   */
  readonly currentDomain: readonly { readonly lo: bigint; readonly hi: bigint }[] | null;
}

const maxDimensions = 32;
const maxAttributes = 65536;
const maxLabels = 65536;
const maxEnumerations = 65536;
const variable = 0xffffffff;

/**
 * Parses a schema.
 * @param bytes content of the schema's generic tile.
 * @param name name of the schema's file. @param path path of the file, for errors.
 * @throws {FormatError} if the schema is damaged. @throws {UnsupportedError} for sparse arrays and newer formats.
 */
export function* parseSchema(bytes: Uint8Array, name: string, path: string): Io<Schema> {
  const pace = new Pace(path);
  const cursor = new TileDBCursor(bytes, path, 'the array schema');
  const version = cursor.u32('version');
  if (version < 1 || version > newestFormat) {
    throw new UnsupportedError(`TileDB format ${version}`, path, `Formats 1 to ${newestFormat} are read`);
  }
  if (version >= 5) cursor.u8('duplicates');
  const arrayType = cursor.u8('array type');
  if (arrayType === 1)
    throw new UnsupportedError('sparse TileDB array', path, 'Read it with TileDB-Py, or copy it into a dense array');
  if (arrayType !== 0) throw cursor.error('array type 0 or 1', arrayType, cursor.position - 1);
  const tileOrder = readOrder(cursor, 'tile order');
  const cellOrder = readOrder(cursor, 'cell order');
  cursor.u64('capacity');
  readPipeline(cursor);
  const startsPipeline = readPipeline(cursor);
  const validityPipeline = version >= 7 ? readPipeline(cursor) : [];
  const dimensions = readDomain(cursor, version);
  const attributes = yield* readAttributes(cursor, version, pace);
  const labels = version >= 18 ? yield* readLabels(cursor, dimensions.length, pace) : [];
  if (version >= 20) yield* skipEnumerations(cursor, pace);
  const currentDomain = version >= 22 ? readCurrentDomain(cursor, dimensions) : null;
  const orders = { tileOrder, cellOrder };
  const pipelines = { startsPipeline, validityPipeline };
  return { name, version, ...orders, ...pipelines, dimensions, attributes, labels, currentDomain };
}

function readOrder(cursor: TileDBCursor, field: string): Order {
  const order = cursor.u8(field);
  if (order > 1) throw cursor.error(`${field} 0 (row-major) or 1 (column-major)`, order, cursor.position - 1);
  return order === 0 ? 'row' : 'column';
}

function readDatatype(cursor: TileDBCursor, field: string): Datatype {
  const code = cursor.u8(field);
  const type = datatypeOf(code);
  if (type === undefined) throw cursor.error(`a ${field}`, code, cursor.position - 1);
  return type;
}

function readDomain(cursor: TileDBCursor, version: number): Dimension[] {
  const shared = version < 5 ? readDatatype(cursor, 'datatype of the domain') : null;
  const countAt = cursor.position;
  const count = cursor.u32('number of dimensions');
  if (count < 1 || count > maxDimensions) throw cursor.error(`1 to ${maxDimensions} dimensions`, count, countAt);
  const dimensions: Dimension[] = [];
  for (let i = 0; i < count; i++) dimensions.push(readDimension(cursor, shared));
  return dimensions;
}

function readDimension(cursor: TileDBCursor, shared: Datatype | null): Dimension {
  const name = cursor.string32('name of a dimension');
  const typeAt = cursor.position;
  const type = shared ?? readDatatype(cursor, 'datatype of a dimension');
  if (!type.dimension) throw cursor.error('an integer or date type for a dense dimension', type.name, typeAt);
  if (shared === null) {
    const values = cursor.u32('values per coordinate');
    if (values !== 1) throw cursor.error('1 value per coordinate', values, cursor.position - 4);
    readPipeline(cursor);
    const domainBytes = cursor.size('size of a domain');
    if (domainBytes !== 2 * type.size)
      throw cursor.error(`${2 * type.size} bytes of domain`, domainBytes, cursor.position - 8);
  }
  const domainAt = cursor.position;
  const domain = cursor.take(2 * type.size, 'domain of a dimension');
  const lo = readInteger(type, domain, 0);
  const hi = readInteger(type, domain, type.size);
  if (lo > hi) throw cursor.error('a domain from low to high', `[${lo}, ${hi}]`, domainAt);
  let extent = hi - lo + 1n;
  if (cursor.u8('whether the tile extent is absent') === 0) {
    const extentAt = cursor.position;
    extent = readInteger(type, cursor.take(type.size, 'tile extent'), 0);
    if (extent < 1n || extent > hi - lo + 1n)
      throw cursor.error(`a tile extent from 1 to ${hi - lo + 1n}`, extent, extentAt);
  }
  return { name, type, lo, hi, extent };
}

/** Calls `read` for each of `count` items, with pauses, and returns the items. */
function* readItems<T>(cursor: TileDBCursor, count: number, read: () => T, pace: Pace): Io<T[]> {
  const items: T[] = [];
  for (let i = 0; i < count; i++) {
    const at = cursor.position;
    items.push(read());
    if (pace.isDue(8 + ((cursor.position - at) >>> 6))) yield* pace.pause();
  }
  return items;
}

function* readAttributes(cursor: TileDBCursor, version: number, pace: Pace): Io<Attribute[]> {
  const countAt = cursor.position;
  const count = cursor.u32('number of attributes');
  if (count < 1 || count > maxAttributes) throw cursor.error(`1 to ${maxAttributes} attributes`, count, countAt);
  return yield* readItems(cursor, count, () => readAttribute(cursor, version), pace);
}

function readAttribute(cursor: TileDBCursor, version: number): Attribute {
  const name = cursor.string32('name of an attribute');
  const type = readDatatype(cursor, 'datatype of an attribute');
  const valuesAt = cursor.position;
  const count = cursor.u32('values per cell');
  if (count === 0) throw cursor.error('at least one value per cell', count, valuesAt);
  const values = count === variable ? null : count;
  const pipeline = readPipeline(cursor);
  let fill: Uint8Array | null = null;
  if (version >= 6) {
    const sizeAt = cursor.position;
    const size = cursor.size('size of the fill value');
    if (values !== null && size !== type.size * values) {
      throw cursor.error(`${type.size * values} bytes of fill value`, size, sizeAt);
    }
    fill = cursor.take(size, 'fill value').slice();
  }
  const nullable = version >= 7 && cursor.u8('whether the attribute is nullable') !== 0;
  const fillValidity = version >= 7 ? cursor.u8('validity of the fill value') : 0;
  if (version >= 17) cursor.u8('order of the data');
  const enumeration = version >= 20 ? cursor.string32('name of an enumeration') : '';
  return {
    name,
    type,
    values,
    pipeline,
    fill,
    nullable,
    fillValidity,
    enumeration: enumeration === '' ? null : enumeration,
  };
}

/** Reads dimension labels in the order of fields that TileDB writes. The specification has another order. */
function* readLabels(cursor: TileDBCursor, rank: number, pace: Pace): Io<DimensionLabel[]> {
  const countAt = cursor.position;
  const count = cursor.u32('number of dimension labels');
  if (count > maxLabels) throw cursor.error(`at most ${maxLabels} dimension labels`, count, countAt);
  return yield* readItems(cursor, count, () => readLabel(cursor, rank), pace);
}

function readLabel(cursor: TileDBCursor, rank: number): DimensionLabel {
  const dimensionAt = cursor.position;
  const dimension = cursor.u32('dimension of a label');
  if (dimension >= rank) throw cursor.error(`one of ${rank} dimensions`, dimension, dimensionAt);
  const name = cursor.string32('name of a dimension label');
  const isRelative = readFlag(cursor, 'whether the place of labels is relative');
  const uri = cursor.string64('place of labels');
  const attribute = cursor.string32('attribute of labels');
  cursor.u8('order of labels');
  readDatatype(cursor, 'datatype of labels');
  cursor.u32('values per label');
  readFlag(cursor, 'whether labels are external');
  return { name, dimension, uri, isRelative, attribute };
}

function readFlag(cursor: TileDBCursor, field: string): boolean {
  const flag = cursor.u8(field);
  if (flag > 1) throw cursor.error(`0 or 1 for ${field}`, flag, cursor.position - 1);
  return flag === 1;
}

function* skipEnumerations(cursor: TileDBCursor, pace: Pace): Io<void> {
  const countAt = cursor.position;
  const count = cursor.u32('number of enumerations');
  if (count > maxEnumerations) throw cursor.error(`at most ${maxEnumerations} enumerations`, count, countAt);
  const skip = (): void => {
    cursor.string32('name of an enumeration');
    cursor.string32('file of an enumeration');
  };
  yield* readItems(cursor, count, skip, pace);
}

function readCurrentDomain(cursor: TileDBCursor, dimensions: readonly Dimension[]): Schema['currentDomain'] {
  const versionAt = cursor.position;
  const version = cursor.u32('version of the current domain');
  if (version > 1) throw cursor.error('version 0 or 1 of the current domain', version, versionAt);
  if (cursor.u8('whether the current domain is empty') !== 0) return null;
  const kind = cursor.u8('type of the current domain');
  if (kind !== 0) throw cursor.error('a rectangle (0) as the current domain', kind, cursor.position - 1);
  return dimensions.map((dimension) => {
    const { type } = dimension;
    const rangeAt = cursor.position;
    const range = cursor.take(2 * type.size, 'current domain');
    const [lo, hi] = [readInteger(type, range, 0), readInteger(type, range, type.size)];
    if (lo > hi || lo < dimension.lo || hi > dimension.hi) {
      const domain = `[${dimension.lo}, ${dimension.hi}]`;
      throw cursor.error(`a current domain within the domain ${domain}`, `[${lo}, ${hi}]`, rangeAt);
    }
    return { lo, hi };
  });
}
