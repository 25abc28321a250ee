/**
 * Describes datatypes of HDF5 as h5grove does, with the class numbers of HDF5 and the dtype strings of NumPy.
 * @see https://silx-kit.github.io/h5grove/reference.html
 * @module
 */
import { constantsOf } from '../../api/type-description.js';
import type { ByteOrder } from '../../core/dtype.js';
import { isBoolean, isComplex } from '../../formats/hdf5/values.js';
import type { Datatype, Member, StringPadding } from '../../formats/hdf5-facts.js';

/** Description of a type. */
export type TypeMetadata = Readonly<Record<string, unknown>>;

/** Classes of HDF5 types. */
export const classes = {
  integer: 0,
  float: 1,
  time: 2,
  string: 3,
  bitfield: 4,
  opaque: 5,
  compound: 6,
  reference: 7,
  enumeration: 8,
  sequence: 9,
  array: 10,
  complex: 11,
} as const;

const paddings: Readonly<Record<StringPadding, number>> = { 'null-terminated': 0, 'null-padded': 1, 'space-padded': 2 };
/** Bytes of a pointer to a text, and of the length and pointer of a sequence, in the memory of the HDF5 library. */
const [textBytes, sequenceBytes] = [8, 16];

/** Returns the size in bytes of an element in memory. Elements of variable length are pointers there. */
function memorySize(type: Datatype): number {
  switch (type.kind) {
    case 'vlen':
      return type.content === 'text' ? textBytes : sequenceBytes;
    case 'array':
      return (type.size / type.base.size) * memorySize(type.base);
    case 'compound':
      return type.members.reduce((size, member) => size + memorySize(member.type) - member.type.size, type.size);
    default:
      return type.size;
  }
}

/** Returns the dtype string of NumPy, or the dtypes of the members of a compound by name. */
function dtypeOf(type: Datatype): unknown {
  switch (type.kind) {
    case 'integer':
      return number(type.signed ? 'i' : 'u', type.size, type.byteOrder);
    case 'bitfield':
      return number('u', type.size, type.byteOrder);
    case 'float':
      return number('f', type.size, type.byteOrder);
    case 'string':
      return `|S${type.size}`;
    case 'enum':
      return isBoolean(type) ? '|b1' : dtypeOf(type.base);
    case 'complex':
      return number('c', type.size, orderOf(type.base));
    case 'compound': {
      if (isComplex(type)) return number('c', type.size, orderOf(type.members[0]?.type));
      return Object.fromEntries(type.members.map((member) => [member.name, dtypeOf(member.type)]));
    }
    case 'vlen':
    case 'reference':
      return '|O';
    default:
      return `|V${memorySize(type)}`;
  }
}

function number(kind: string, size: number, byteOrder: ByteOrder | 'vax'): string {
  return `${size === 1 ? '|' : byteOrder === 'big' ? '>' : '<'}${kind}${size}`;
}

function orderOf(type: Datatype | undefined): ByteOrder | 'vax' {
  return type !== undefined && 'byteOrder' in type ? type.byteOrder : 'little';
}

/** Numbers of byte orders in HDF5. */
const orders = { little: 0, big: 1, vax: 2 } as const;

/** Describes a datatype. */
export function describeType(type: Datatype): TypeMetadata {
  const common = { dtype: dtypeOf(type), size: memorySize(type) };
  switch (type.kind) {
    case 'integer':
      return { class: classes.integer, ...common, order: orders[type.byteOrder], sign: type.signed ? 1 : 0 };
    case 'bitfield':
      return { class: classes.bitfield, ...common, order: orders[type.byteOrder] };
    case 'float':
      return { class: classes.float, ...common, order: orders[type.byteOrder] };
    case 'string':
      return { class: classes.string, ...common, ...textFacts(type), vlen: false };
    case 'opaque':
      return { class: classes.opaque, ...common, tag: type.tag };
    case 'compound':
      return { class: classes.compound, ...common, members: type.members.map(describeMember) };
    case 'enum':
      return { class: classes.enumeration, ...common, members: membersOf(type), base: describeType(type.base) };
    case 'vlen':
      if (type.content === 'text') return { class: classes.string, ...common, ...textFacts(type), vlen: true };
      return { class: classes.sequence, ...common, base: describeType(type.base) };
    case 'array':
      return { class: classes.array, ...common, dims: type.shape, base: describeType(type.base) };
    case 'reference':
    case 'time':
      return { class: classes[type.kind], ...common };
    case 'complex': {
      // As a compound, which h5web and older versions of h5py know.
      const part = describeType(type.base);
      return { class: classes.compound, ...common, members: ['r', 'i'].map((name) => ({ name, ...part })) };
    }
  }
}

const describeMember = ({ name, type }: Member): TypeMetadata => ({ name, ...describeType(type) });

function textFacts({ charset, padding }: Extract<Datatype, { kind: 'string' | 'vlen' }>): TypeMetadata {
  return { cset: charset === 'utf-8' ? 1 : 0, strpad: paddings[padding] };
}

/** Returns the values of an enumeration by name. Values of 64 bits may lose their last digits. */
function membersOf(type: Datatype & { readonly kind: 'enum' }): Record<string, number> {
  return Object.fromEntries(constantsOf(type).map(({ name, value }) => [name, Number(value)]));
}
