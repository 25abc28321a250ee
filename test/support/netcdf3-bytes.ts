/**
 * Writes classic NetCDF files for tests, following the grammar of the specification.
 * @module
 */
import { ByteWriter } from './byte-writer.js';

/** Code of each type in the format, and the size of a value in bytes. */
export const ncTypes = {
  byte: [1, 1],
  char: [2, 1],
  short: [3, 2],
  int: [4, 4],
  float: [5, 4],
  double: [6, 8],
  ubyte: [7, 1],
  ushort: [8, 2],
  uint: [9, 4],
  int64: [10, 8],
  uint64: [11, 8],
} as const;

/** Name of a type in the specification. */
export type NcType = keyof typeof ncTypes;

/** A variable of a test file. */
export interface NcVariable {
  readonly name: string;
  readonly type: NcType;
  /** Indices into the dimensions. */
  readonly dims: readonly number[];
  readonly attributes?: readonly NcAttribute[];
  /** Bytes of all elements in C order, big-endian; for record variables, of all records. */
  readonly data: Uint8Array;
}

/** An attribute: name, type, and bytes of the values. */
export type NcAttribute = readonly [string, NcType, Uint8Array];

/** Content of a test file. `records` is the number of records that the header states. Default: the correct number. */
export interface NcFile {
  readonly version: 1 | 2 | 5;
  /** Names and lengths; length 0 marks the record dimension. */
  readonly dims: readonly (readonly [string, number])[];
  readonly attributes?: readonly NcAttribute[];
  readonly variables: readonly NcVariable[];
  readonly heldRecords?: number;
  readonly records?: number | 'streaming';
}

/** Returns the bytes of a file. */
export function netcdf3Bytes(file: NcFile): Uint8Array {
  const headerBytes = header(
    file,
    file.variables.map(() => 0),
  ).length;
  let end = headerBytes;
  const begins = new Map<NcVariable, number>();
  const isRecord = (variable: NcVariable): boolean => file.dims[variable.dims[0] ?? -1]?.[1] === 0;
  const fixed = file.variables.filter((variable) => !isRecord(variable));
  const recorded = file.variables.filter(isRecord);
  for (const variable of fixed) {
    begins.set(variable, end);
    end += Math.ceil(variable.data.length / 4) * 4;
  }
  const sizeOf = (variable: NcVariable): number =>
    variable.dims.reduce((size, dim) => size * (file.dims[dim]?.[1] || 1), ncTypes[variable.type][1]);
  const padded = (size: number): number => (recorded.length === 1 ? size : Math.ceil(size / 4) * 4);
  for (const variable of recorded) {
    begins.set(variable, end);
    end += padded(sizeOf(variable));
  }
  const writer = new ByteWriter('big').bytes(
    header(
      file,
      file.variables.map((variable) => begins.get(variable) ?? 0),
    ),
  );
  for (const variable of fixed) writer.bytes(variable.data).align(4);
  for (let record = 0; record < (file.heldRecords ?? 0); record += 1) {
    for (const variable of recorded) {
      const size = sizeOf(variable);
      const at = writer.length;
      writer.bytes(variable.data.subarray(record * size, (record + 1) * size)).padTo(at + padded(size));
    }
  }
  return writer.done();
}

function header(file: NcFile, begins: readonly number[]): Uint8Array {
  const writer = new ByteWriter('big').text('CDF').u8(file.version);
  const count = (value: number): ByteWriter => (file.version === 5 ? writer.i64(value) : writer.u32(value));
  const name = (value: string): ByteWriter => {
    count(new TextEncoder().encode(value).length);
    return writer.text(value).align(4);
  };
  const list = (tag: number, length: number): void => {
    writer.u32(length === 0 ? 0 : tag);
    count(length);
  };
  const attributes = (all: readonly NcAttribute[]): void => {
    list(12, all.length);
    for (const [key, type, bytes] of all) {
      name(key);
      writer.u32(ncTypes[type][0]);
      count(bytes.length / ncTypes[type][1]);
      writer.bytes(bytes).align(4);
    }
  };
  const records = file.records ?? file.heldRecords ?? 0;
  if (records !== 'streaming') count(records);
  else if (file.version === 5) writer.i64(-1);
  else writer.u32(0xffffffff);
  list(10, file.dims.length);
  for (const [key, length] of file.dims) {
    name(key);
    count(length);
  }
  attributes(file.attributes ?? []);
  list(11, file.variables.length);
  for (const [i, variable] of file.variables.entries()) {
    name(variable.name);
    count(variable.dims.length);
    for (const dim of variable.dims) count(dim);
    attributes(variable.attributes ?? []);
    writer.u32(ncTypes[variable.type][0]);
    count(0xffffffff);
    if (file.version === 1) writer.u32(begins[i] ?? 0);
    else writer.i64(begins[i] ?? 0);
  }
  return writer.done();
}
