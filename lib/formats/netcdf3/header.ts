/**
 * Parses the header of a classic NetCDF file: CDF-1, CDF-2 (64-bit offsets) and CDF-5 (64-bit sizes).
 * Source: "The NetCDF Classic Format Specification" (NetCDF-C documentation) and the CDF-5 grammar of PnetCDF.
 * @module
 */
import type { DType } from '../../core/dtype.js';
import { FormatError } from '../../core/errors.js';
import { maxRank } from '../../core/limits.js';
import { withoutTrailing } from '../../core/text.js';
import { type Io, Pace } from '../../io/io.js';
import { HeaderCursor, NeedBytes } from './header-cursor.js';

/** A dimension. The record dimension has the length 0, as in the file. */
export interface Dimension {
  readonly name: string;
  readonly length: number;
  readonly isRecord: boolean;
}

/** Value of an attribute: text, one number or several numbers. */
export type AttributeValue = string | number | bigint | readonly number[] | readonly bigint[];

/** Description of a variable in the header. */
export interface Variable {
  readonly name: string;
  /** Indices of the variable's dimensions. */
  readonly dimensions: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Types of the numeric attributes. */
  readonly attributeTypes: Readonly<Record<string, DType>>;
  readonly type: ExternalType;
  /** Offset of the first element, or of the first record. */
  readonly begin: number;
  /** Offset of the variable's entry in the header, for errors. */
  readonly entryOffset: number;
}

/** Contents of a header. */
export interface Header {
  /** Number of records; null if the file was written as a stream, so that the file size determines the number. */
  readonly records: number | null;
  readonly dimensions: readonly Dimension[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly variables: readonly Variable[];
  readonly byName: ReadonlyMap<string, Variable>;
  /** Size of the header in bytes. */
  readonly bytes: number;
}

/** A NetCDF type. */
export interface ExternalType {
  readonly name: string;
  readonly dtype: DType;
  readonly size: number;
  /** First version (1, 2 or 5) with this type. */
  readonly since: number;
}

const types: Readonly<Record<number, ExternalType>> = {
  1: { name: 'byte', dtype: 'int8', size: 1, since: 1 },
  2: { name: 'char', dtype: 'uint8', size: 1, since: 1 },
  3: { name: 'short', dtype: 'int16', size: 2, since: 1 },
  4: { name: 'int', dtype: 'int32', size: 4, since: 1 },
  5: { name: 'float', dtype: 'float32', size: 4, since: 1 },
  6: { name: 'double', dtype: 'float64', size: 8, since: 1 },
  7: { name: 'ubyte', dtype: 'uint8', size: 1, since: 5 },
  8: { name: 'ushort', dtype: 'uint16', size: 2, since: 5 },
  9: { name: 'uint', dtype: 'uint32', size: 4, since: 5 },
  10: { name: 'int64', dtype: 'int64', size: 8, since: 5 },
  11: { name: 'uint64', dtype: 'uint64', size: 8, since: 5 },
};

const utf8 = new TextDecoder();

const dimensionTag = 10;
const variableTag = 11;
const attributeTag = 12;

/** Returns the version (1, 2 or 5) of the file that starts with `head`; null if the file is not classic NetCDF. */
export function versionOf(head: Uint8Array): 1 | 2 | 5 | null {
  if (head[0] !== 0x43 || head[1] !== 0x44 || head[2] !== 0x46) return null;
  const version = head[3];
  return version === 1 || version === 2 || version === 5 ? version : null;
}

/**
 * Parses a header.
 * @param bytes start of the file. @param fileSize size of the file in bytes.
 * @returns the header; if `bytes` ends within the header, the minimum number of bytes that is needed to continue.
 * @throws {FormatError} if it is damaged.
 */
export function* parseHeader(bytes: Uint8Array, fileSize: number, path: string): Io<Header | number> {
  const version = versionOf(bytes);
  if (version === null) {
    throw new FormatError("Expected the magic 'CDF' and version 1, 2 or 5", { path, offset: 0 });
  }
  const cursor = new HeaderCursor(bytes, fileSize, path, version === 5);
  try {
    return yield* parse(cursor, version, new Pace(path));
  } catch (error) {
    if (error instanceof NeedBytes) return error.bytes;
    throw error;
  }
}

function* parse(cursor: HeaderCursor, version: number, pace: Pace): Io<Header> {
  cursor.skip(4);
  const records = cursor.recordCount();
  const dimensions: Dimension[] = [];
  let hasRecords = false;
  for (let left = listLength(cursor, dimensionTag, 'dimensions'); left > 0; left -= 1) {
    if (pace.isDue()) yield* pace.pause();
    const name = cursor.name();
    const at = cursor.position;
    const length = cursor.count();
    const isRecord = length === 0;
    if (isRecord && hasRecords) {
      throw cursor.error(`one record dimension, found a second, '${name}'`, at);
    }
    hasRecords ||= isRecord;
    dimensions.push({ name, length, isRecord });
  }
  const { values: attributes } = yield* parseAttributes(cursor, version, pace);
  const variables: Variable[] = [];
  const byName = new Map<string, Variable>();
  for (let left = listLength(cursor, variableTag, 'variables'); left > 0; left -= 1) {
    if (pace.isDue()) yield* pace.pause();
    const variable = yield* parseVariable(cursor, version, dimensions, pace);
    if (byName.has(variable.name)) {
      throw cursor.error(`distinct variables, found '${variable.name}' again`, variable.entryOffset);
    }
    byName.set(variable.name, variable);
    variables.push(variable);
  }
  return { records, dimensions, attributes, variables, byName, bytes: cursor.position };
}

/** Reads the length of a list with tag `tag`. An absent list is stored as two zeros. */
function listLength(cursor: HeaderCursor, tag: number, what: string): number {
  const at = cursor.position;
  const found = cursor.uint32();
  const length = cursor.count();
  if (found !== tag && (found !== 0 || length !== 0)) throw cursor.error(`a list of ${what}, found tag ${found}`, at);
  return length;
}

function parseType(cursor: HeaderCursor, version: number): ExternalType {
  const at = cursor.position;
  const code = cursor.uint32();
  const type = types[code];
  if (type === undefined || type.since > version) throw cursor.error(`a type of CDF-${version}, found ${code}`, at);
  return type;
}

function* parseAttributes(
  cursor: HeaderCursor,
  version: number,
  pace: Pace,
): Io<{ values: Readonly<Record<string, AttributeValue>>; types: Readonly<Record<string, DType>> }> {
  // A Map is safe for names such as `__proto__`.
  const attributes = new Map<string, AttributeValue>();
  const types = new Map<string, DType>();
  for (let left = listLength(cursor, attributeTag, 'attributes'); left > 0; left -= 1) {
    const name = cursor.name();
    const type = parseType(cursor, version);
    const count = cursor.count();
    const bytes = cursor.padded(count, type.size);
    if (pace.isDue(1 + Math.ceil(bytes.length / 64))) yield* pace.pause();
    attributes.set(name, parseValues(bytes, type));
    if (type.name !== 'char') types.set(name, type.dtype);
  }
  return { values: Object.fromEntries(attributes), types: Object.fromEntries(types) };
}

function parseValues(bytes: Uint8Array, type: ExternalType): AttributeValue {
  if (type.name === 'char') return withoutTrailing(utf8.decode(bytes), '\0');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / type.size;
  if (type.dtype === 'int64' || type.dtype === 'uint64') {
    const values = Array.from({ length: count }, (_, i) =>
      type.dtype === 'int64' ? view.getBigInt64(8 * i) : view.getBigUint64(8 * i),
    );
    const [only] = values;
    return values.length === 1 && only !== undefined ? only : values;
  }
  const values = Array.from({ length: count }, (_, i) => numberAt(view, i * type.size, type.dtype));
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}

function numberAt(view: DataView, at: number, dtype: DType): number {
  switch (dtype) {
    case 'int8':
      return view.getInt8(at);
    case 'uint8':
      return view.getUint8(at);
    case 'int16':
      return view.getInt16(at);
    case 'uint16':
      return view.getUint16(at);
    case 'int32':
      return view.getInt32(at);
    case 'uint32':
      return view.getUint32(at);
    case 'float32':
      return view.getFloat32(at);
    default:
      return view.getFloat64(at);
  }
}

function* parseVariable(
  cursor: HeaderCursor,
  version: number,
  dimensions: readonly Dimension[],
  pace: Pace,
): Io<Variable> {
  const entryOffset = cursor.position;
  const name = cursor.name();
  const rank = cursor.count();
  if (rank > maxRank) throw cursor.error(`at most ${maxRank} dimensions, found ${rank}`, entryOffset);
  const ids: number[] = [];
  for (let i = 0; i < rank; i += 1) {
    const at = cursor.position;
    const id = cursor.count();
    const dimension = dimensions[id];
    if (dimension === undefined) throw cursor.error(`a dimension below ${dimensions.length}, found ${id}`, at);
    if (dimension.isRecord && i > 0) throw cursor.error(`the record dimension first in '${name}'`, at);
    ids.push(id);
  }
  const { values: attributes, types: attributeTypes } = yield* parseAttributes(cursor, version, pace);
  const type = parseType(cursor, version);
  // The stored size overflows for large variables, so it is computed from the shape instead.
  cursor.skip(version === 5 ? 8 : 4);
  const begin = version === 1 ? cursor.uint32() : cursor.uint64();
  return { name, dimensions: ids, attributes, attributeTypes, type, begin, entryOffset };
}
