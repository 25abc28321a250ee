/**
 * Parses the datatype message, which describes an element of a dataset or attribute.
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.d. Version 5 (complex) is derived from files of HDF5 2.0.
 * @module
 */
import { maxRank } from '../../../core/limits.js';
import type { Charset, Datatype, Member, StringPadding } from '../../hdf5-facts.js';
import type { FloatBits } from '../../small-numbers.js';
import { decodeText, type Hdf5Cursor } from '../cursor.js';

const maxDepth = 32;
const paddings = ['null-terminated', 'null-padded', 'space-padded'] as const;

/** Parses the datatype in a message body. */
export function parseDatatype(cursor: Hdf5Cursor, depth = 0): Datatype {
  if (depth > maxDepth) throw cursor.error(`expected at most ${maxDepth} nested datatypes`);
  const start = cursor.position;
  const head = cursor.u32();
  const size = cursor.u32();
  const version = (head >>> 4) & 15;
  if (version < 1 || version > 5) throw cursor.error(`expected datatype version 1 to 5, found ${version}`, start);
  if (size === 0) throw cursor.error('expected an element size above 0', start + 4);
  const flags = head >>> 8;
  const kind = head & 15;
  switch (kind) {
    case 0:
    case 4:
      return bits(cursor, kind === 0 ? 'integer' : 'bitfield', size, flags);
    case 1:
      return float(cursor, size, flags, version);
    case 2:
      cursor.skip(2);
      return { kind: 'time', size };
    case 3:
      return { kind: 'string', size, padding: padding(cursor, flags & 15), charset: charset(flags >>> 4) };
    case 5:
      return { kind: 'opaque', size, tag: tag(cursor.take(flags & 0xff)) };
    case 6:
      return compound(cursor, size, flags & 0xffff, version, depth);
    case 7:
      return { kind: 'reference', size, target: (['object', 'region'] as const)[flags & 15] ?? 'new' };
    case 8:
      return enumeration(cursor, size, flags & 0xffff, version, depth);
    case 9: {
      const content = (flags & 15) === 1 ? 'text' : 'sequence';
      const text = { padding: paddings[(flags >>> 4) & 15] ?? 'null-terminated', charset: charset(flags >>> 8) };
      return { kind: 'vlen', size, content, ...text, base: parseDatatype(cursor, depth + 1) };
    }
    case 10:
      return array(cursor, size, version, depth);
    case 11:
      return { kind: 'complex', size, base: parseDatatype(cursor, depth + 1) };
    default:
      throw cursor.error(`expected a datatype class of 0 to 11, found ${kind}`, start);
  }
}

function bits(cursor: Hdf5Cursor, kind: 'integer' | 'bitfield', size: number, flags: number): Datatype {
  const byteOrder = (flags & 1) === 0 ? 'little' : 'big';
  const bitOffset = cursor.u16();
  const precision = cursor.u16();
  const signed = kind === 'integer' && (flags & 8) !== 0;
  return { kind, size, byteOrder, signed, bitOffset, precision, highPadding: (flags & 4) === 0 ? 'zeros' : 'ones' };
}

/**
 * Bit positions and sizes of the IEEE formats by size in bytes: sign bit, first exponent bit, exponent size, exponent
 * bias, mantissa size.
 */
const ieeeFormats: ReadonlyMap<number, readonly number[]> = new Map([
  [2, [15, 10, 5, 15, 10]],
  [4, [31, 23, 8, 127, 23]],
  [8, [63, 52, 11, 1023, 52]],
]);

function float(cursor: Hdf5Cursor, size: number, flags: number, version: number): Datatype {
  const bitOffset = cursor.u16();
  const precision = cursor.u16();
  const exponentAt = cursor.u8();
  const exponent = cursor.u8();
  const mantissaAt = cursor.u8();
  const mantissa = cursor.u8();
  const bias = cursor.u32();
  const vax = version >= 3 && (flags & 0x40) !== 0;
  const byteOrder = vax ? 'vax' : (flags & 1) === 0 ? 'little' : 'big';
  const sign = (flags >>> 8) & 0xff;
  const impliedBit = ((flags >>> 4) & 3) === 2;
  const expected = ieeeFormats.get(size);
  const ieee =
    !vax &&
    impliedBit &&
    bitOffset === 0 &&
    precision === 8 * size &&
    mantissaAt === 0 &&
    expected !== undefined &&
    [sign, exponentAt, exponent, bias, mantissa].every((value, i) => value === expected[i]);
  const places = { sign, exponentAt, exponentSize: exponent, mantissaAt, mantissaSize: mantissa, bias };
  const bits: FloatBits | null = vax || !impliedBit ? null : { storedBytes: size, ...places, specials: 'ieee' };
  return { kind: 'float', size, byteOrder, ieee, exponent, mantissa, bits };
}

function padding(cursor: Hdf5Cursor, code: number): StringPadding {
  const value = paddings[code];
  if (value === undefined) throw cursor.error(`expected a string padding of 0 to 2, found ${code}`);
  return value;
}

function charset(code: number): Charset {
  return (code & 15) === 1 ? 'utf-8' : 'ascii';
}

function tag(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/** Returns the unit in bytes to which names are padded: 8 before version 3, else 1. */
function nameMultiple(version: number): number {
  return version < 3 ? 8 : 1;
}

function compound(cursor: Hdf5Cursor, size: number, count: number, version: number, depth: number): Datatype {
  if (count === 0) throw cursor.error('expected members of a compound');
  const members: Member[] = [];
  for (let i = 0; i < count; i++) {
    const name = cursor.text(nameMultiple(version));
    const offset = version < 3 ? cursor.u32() : cursor.uint(bytesToHold(size));
    const shape = version === 1 ? oldMemberShape(cursor) : [];
    const base = parseDatatype(cursor, depth + 1);
    const bytes = shape.reduce((total, extent) => total * extent, base.size);
    const type: Datatype = shape.length === 0 ? base : { kind: 'array', size: bytes, base, shape };
    if (offset + bytes > size) throw cursor.error(`expected member ${JSON.stringify(name)} inside ${size} bytes`);
    members.push({ name, offset, type });
  }
  return { kind: 'compound', size, members };
}

/**
 * Parses the shape of a compound member. In version 1 there is no array datatype; the member itself can be an array.
 */
function oldMemberShape(cursor: Hdf5Cursor): number[] {
  const rank = cursor.u8();
  if (rank > 4) throw cursor.error(`expected at most 4 dimensions of a member, found ${rank}`, cursor.position - 1);
  cursor.skip(11);
  const shape = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()];
  return shape.slice(0, rank);
}

function bytesToHold(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

function enumeration(cursor: Hdf5Cursor, size: number, count: number, version: number, depth: number): Datatype {
  const base = parseDatatype(cursor, depth + 1);
  if (base.size !== size) throw cursor.error(`expected a base type of ${size} bytes, found ${base.size}`);
  const names: string[] = [];
  for (let i = 0; i < count; i++) names.push(cursor.text(nameMultiple(version)));
  return { kind: 'enum', size, base, names, values: cursor.take(count * size) };
}

function array(cursor: Hdf5Cursor, size: number, version: number, depth: number): Datatype {
  const rank = cursor.u8();
  if (rank === 0 || rank > maxRank)
    throw cursor.error(`expected 1 to ${maxRank} dimensions, found ${rank}`, cursor.position - 1);
  if (version < 3) cursor.skip(3);
  const shape = Array.from({ length: rank }, () => cursor.u32());
  if (version < 3) cursor.skip(4 * rank);
  const base = parseDatatype(cursor, depth + 1);
  const bytes = shape.reduce((total, extent) => total * extent, base.size);
  if (bytes !== size) throw cursor.error(`expected an array of ${size} bytes, found ${bytes}`);
  return { kind: 'array', size, base, shape };
}

/** Describes a datatype in a few words, for errors. */
export function describeDatatype(type: Datatype): string {
  switch (type.kind) {
    case 'integer':
    case 'bitfield': {
      const odd = type.bitOffset !== 0 || type.precision !== 8 * type.size;
      const range = odd ? ` with ${type.precision} significant bits at bit ${type.bitOffset}` : '';
      return `${8 * type.size}-bit ${type.kind}${range}`;
    }
    case 'float': {
      const vax = type.byteOrder === 'vax' ? 'VAX ' : '';
      const bits = `${8 * type.size}-bit ${vax}float with ${type.exponent} exponent and ${type.mantissa} mantissa bits`;
      return isLongDouble(type) ? `long double (${bits})` : bits;
    }
    case 'string':
      return `string of ${type.size} bytes`;
    case 'compound': {
      const names = type.members.slice(0, 8).map(({ name }) => name);
      const more = type.members.length > 8 ? ', ...' : '';
      return `compound {${names.join(', ')}${more}}${isPaddedPair(type.members, type.size) ? ' with padding' : ''}`;
    }
    case 'reference':
      return type.target === 'new' ? 'reference' : `${type.target} reference`;
    case 'enum':
      return `enum of ${describeDatatype(type.base)}`;
    case 'vlen':
      return type.content === 'text'
        ? 'variable-length string'
        : `variable-length sequence of ${describeDatatype(type.base)}`;
    case 'array':
      return `array [${type.shape.join(', ')}] of ${describeDatatype(type.base)}`;
    case 'complex':
      return `complex of ${describeDatatype(type.base)}`;
    default:
      return type.kind;
  }
}

/** True if a datatype is a float of more than 64 bits, or consists of such floats. */
export function isLongDouble(type: Datatype): boolean {
  if (type.kind === 'array' || type.kind === 'complex') return isLongDouble(type.base);
  return type.kind === 'float' && type.size > 8;
}

/** True if a compound has two float members, and padding that prevents it from being read as a complex number. */
function isPaddedPair(members: readonly Member[], size: number): boolean {
  const [re, im] = members;
  return members.length === 2 && re?.type.kind === 'float' && im?.type.kind === 'float' && size > 2 * re.type.size;
}
