/**
 * Creates hostile files of classic NetCDF.
 * @module
 */
import { countingBytes } from '../byte-writer.js';
import { type NcAttribute, type NcFile, type NcType, netcdf3Bytes } from '../netcdf3-bytes.js';
import { growingBytes, growingValue, type HostileCase, repeated } from './case.js';

const path = '/a.nc';
const utf8 = new TextEncoder();
const variable = { name: 'v', type: 'short', dims: [0], data: countingBytes(8) } as const;

function file(changes: Partial<NcFile>): Record<string, Uint8Array> {
  return { [path]: netcdf3Bytes({ version: 5, dims: [['x', 4]], variables: [variable], ...changes }) };
}

const bytes = (name: string, make: (size: number) => Partial<NcFile>): HostileCase =>
  growingBytes(name, path, (size) => file(make(size)), null);

/** Returns entries of `each` bytes. Their total size is about `size` bytes. */
function entries<T>(size: number, each: number, entry: (i: number) => T): T[] {
  return Array.from({ length: Math.ceil(size / each) }, (_, i) => entry(i));
}

const text = (value: Uint8Array): NcAttribute => ['a', 'char', value];
const values = (type: NcType, width: number): HostileCase =>
  bytes(`values of an attribute of type ${type}`, (size) => ({
    attributes: [['a', type, new Uint8Array(Math.ceil(size / width) * width).fill(1)]],
  }));

/** Returns NULs that are followed by a letter. */
function nuls(size: number): Uint8Array {
  const value = new Uint8Array(size);
  value[size - 1] = 0x78;
  return value;
}

/** Hostile cases of classic NetCDF. */
export const netcdf3Cases: readonly HostileCase[] = [
  bytes('NULs and a letter in an attribute of text', (size) => ({ attributes: [text(nuls(size))] })),
  bytes('NULs and a letter in an attribute of a variable', (size) => ({
    variables: [{ ...variable, attributes: [text(nuls(size))] }],
  })),
  bytes('NULs in an attribute of text', (size) => ({ attributes: [text(new Uint8Array(size))] })),
  bytes('NULs between letters', (size) => ({ attributes: [text(utf8.encode(repeated('\0x', size)))] })),
  bytes('bytes that are no UTF-8', (size) => ({ attributes: [text(new Uint8Array(size).fill(0xff))] })),
  bytes('text of units', (size) => ({
    variables: [{ ...variable, attributes: [['units', 'char', utf8.encode(repeated('1', size))]] }],
  })),
  values('byte', 1),
  values('double', 8),
  values('int64', 8),
  bytes('values of _FillValue', (size) => ({
    variables: [{ ...variable, attributes: [['_FillValue', 'short', new Uint8Array(Math.ceil(size / 2) * 2)]] }],
  })),
  bytes('values of missing_value', (size) => ({
    variables: [{ ...variable, attributes: [['missing_value', 'short', new Uint8Array(Math.ceil(size / 2) * 2)]] }],
  })),
  bytes('attributes', (size) => ({ attributes: entries(size, 32, (i) => [`a${i}`, 'char', utf8.encode('b')]) })),
  bytes('attributes of a variable', (size) => ({
    variables: [{ ...variable, attributes: entries(size, 32, (i) => [`a${i}`, 'byte', Uint8Array.of(1)]) }],
  })),
  bytes('the same attribute again and again', (size) => ({
    attributes: entries(size, 24, () => ['a', 'char', new Uint8Array(0)]),
  })),
  bytes('the name of an attribute', (size) => ({ attributes: [[repeated('n', size), 'byte', Uint8Array.of(1)]] })),
  bytes('dimensions', (size) => ({ dims: [['x', 4], ...entries(size, 24, (i): [string, number] => [`d${i}`, 1])] })),
  bytes('the name of a dimension', (size) => ({ dims: [[repeated('n', size), 4]] })),
  bytes('variables', (size) => ({ variables: entries(size, 64, (i) => ({ ...variable, name: `v${i}` })) })),
  bytes('variables of records', (size) => ({
    dims: [['t', 0]],
    variables: entries(size, 64, (i) => ({ ...variable, name: `v${i}`, data: new Uint8Array(0) })),
  })),
  bytes('the name of a variable', (size) => ({ variables: [{ ...variable, name: repeated('n', size) }] })),
  growingValue('dimensions of a variable', path, (size) =>
    file({
      variables: [{ ...variable, dims: new Array<number>(Math.min(size, 1e6)).fill(0), data: new Uint8Array(0) }],
    }),
  ),
  growingValue('records', path, (size) => file({ dims: [['x', 0]], records: size * 1e6, heldRecords: 1 })),
  growingValue('the length of a dimension', path, (size) => file({ dims: [['x', size * 1e8]] })),
];
