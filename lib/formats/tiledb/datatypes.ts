/**
 * Maps TileDB's datatypes (tiledb/api/c_api/datatype/datatype_api_enum.h) to the element types of this library.
 * @module
 */
import { type DType, dtypeInfo } from '../../core/dtype.js';
import { readElement } from '../../core/element.js';
import type { FillValue } from '../../core/fill.js';

/** Datatype of an attribute or a dimension. */
export interface Datatype {
  readonly code: number;
  /** TileDB's name, such as `DATETIME_NS`. */
  readonly name: string;
  /** Element type. Texts and blobs have the integer type of their characters or bytes. */
  readonly dtype: DType;
  /** Bytes per value. */
  readonly size: number;
  /** NumPy type of dates (`datetime64[ns]`, since 1970) and durations (`timedelta64[s]`); null for other types. */
  readonly unit: string | null;
  /** True if a dense dimension may have this type. */
  readonly dimension: boolean;
  /** Value of unwritten cells in formats before 6. Later formats store a fill value. */
  readonly fill: number | bigint;
}

const int64Fill = -(2n ** 63n);
const dateUnits = ['Y', 'M', 'W', 'D', 'h', 'm', 's', 'ms', 'us', 'ns', 'ps', 'fs', 'as'];
const dateNames = ['YEAR', 'MONTH', 'WEEK', 'DAY', 'HR', 'MIN', 'SEC', 'MS', 'US', 'NS', 'PS', 'FS', 'AS'];

const plain: readonly (readonly [code: number, name: string, dtype: DType, fill: number | bigint])[] = [
  [0, 'INT32', 'int32', -(2 ** 31)],
  [1, 'INT64', 'int64', int64Fill],
  [2, 'FLOAT32', 'float32', Number.NaN],
  [3, 'FLOAT64', 'float64', Number.NaN],
  [4, 'CHAR', 'uint8', 0x80],
  [5, 'INT8', 'int8', -128],
  [6, 'UINT8', 'uint8', 255],
  [7, 'INT16', 'int16', -32768],
  [8, 'UINT16', 'uint16', 65535],
  [9, 'UINT32', 'uint32', 4294967295],
  [10, 'UINT64', 'uint64', 2n ** 64n - 1n],
  [11, 'STRING_ASCII', 'uint8', 0],
  [12, 'STRING_UTF8', 'uint8', 0],
  [13, 'STRING_UTF16', 'uint16', 0],
  [14, 'STRING_UTF32', 'uint32', 0],
  [15, 'STRING_UCS2', 'uint16', 0],
  [16, 'STRING_UCS4', 'uint32', 0],
  [17, 'ANY', 'uint8', 0],
  [40, 'BLOB', 'uint8', 0],
  [41, 'BOOL', 'bool', 0],
  [42, 'GEOM_WKB', 'uint8', 0],
  [43, 'GEOM_WKT', 'uint8', 0],
];

function dateType(code: number, name: string, unit: string): Datatype {
  return { code, name, dtype: 'int64', size: 8, unit, dimension: true, fill: int64Fill };
}

const table: ReadonlyMap<number, Datatype> = new Map(
  [
    ...plain.map(([code, name, dtype, fill]): Datatype => {
      const dimension = /^U?INT\d+$/.test(name);
      return { code, name, dtype, size: dtypeInfo(dtype).size, unit: null, dimension, fill };
    }),
    ...dateNames.map((name, i) => dateType(18 + i, `DATETIME_${name}`, `datetime64[${dateUnits[i]}]`)),
    ...dateNames.slice(4).map((name, i) => dateType(31 + i, `TIME_${name}`, `timedelta64[${dateUnits[4 + i]}]`)),
  ].map((type) => [type.code, type]),
);

/** Returns the datatype with number `code`, or undefined. */
export function datatypeOf(code: number): Datatype | undefined {
  return table.get(code);
}

/**
 * Returns the integer at byte `at` of `bytes`.
 * @param type a type that dimensions can have.
 */
export function readInteger(type: Datatype, bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unsigned = type.name.startsWith('U');
  switch (type.size) {
    case 1:
      return BigInt(unsigned ? view.getUint8(at) : view.getInt8(at));
    case 2:
      return BigInt(unsigned ? view.getUint16(at, true) : view.getInt16(at, true));
    case 4:
      return BigInt(unsigned ? view.getUint32(at, true) : view.getInt32(at, true));
    default:
      return unsigned ? view.getBigUint64(at, true) : view.getBigInt64(at, true);
  }
}

/** Returns the value of type `type` at byte `at` of `bytes`. */
export function readValue(type: Datatype, bytes: Uint8Array, at: number): NonNullable<FillValue> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readElement(view, at, type.dtype, 'little');
}
