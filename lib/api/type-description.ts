/**
 * Describes the types of elements and attributes in detail.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import { type ByteOrder, type DType, dtypeInfo, isDType } from '../core/dtype.js';
import { type StoredType, sizeOfStored, type TextType } from '../core/stored-type.js';
import type { ArrayDescriptor } from '../formats/descriptor.js';
import { isBoolean, isComplex } from '../formats/hdf5/values.js';
import type { Datatype } from '../formats/hdf5-facts.js';

/**
 * The stored type of an element or of the value of an attribute. The value of an attribute may have another type in
 * JavaScript.
 *
 * Sizes and offsets are in bytes. The byte order `vax` is the mixed order of VAX floats. `padding` says where the
 * padding of a text of a fixed length starts. The size of a text is null if texts have different lengths.
 * @example if (type.kind === 'opaque') console.log(`${type.size} bytes with the tag ${type.tag}`)
 */
export type TypeDescription =
  | { readonly kind: 'integer'; readonly size: number; readonly signed: boolean; readonly byteOrder: ByteOrder | 'vax' }
  | { readonly kind: 'float' | 'complex' | 'bitfield'; readonly size: number; readonly byteOrder: ByteOrder | 'vax' }
  | { readonly kind: 'bool' | 'time' | 'other'; readonly size: number }
  | {
      readonly kind: 'text';
      readonly size: number | null;
      readonly encoding: string;
      readonly padding: 'null-terminated' | 'null-padded' | 'space-padded' | 'none' | null;
    }
  | { readonly kind: 'opaque'; readonly size: number; readonly tag: string }
  | { readonly kind: 'record'; readonly size: number; readonly fields: readonly TypeField[] }
  | {
      readonly kind: 'enum';
      readonly size: number;
      readonly base: TypeDescription;
      readonly members: readonly EnumConstant[];
    }
  | { readonly kind: 'array'; readonly shape: readonly number[]; readonly item: TypeDescription }
  | { readonly kind: 'sequence'; readonly item: TypeDescription }
  | { readonly kind: 'reference'; readonly target: string };

/** Field of a record, in a {@link TypeDescription}. */
export interface TypeField {
  readonly name: string;
  /** Offset in bytes in the record. */
  readonly offset: number;
  readonly type: TypeDescription;
}

/** Member of an enumeration. The value is a text if a JavaScript number cannot represent it. */
export interface EnumConstant {
  readonly name: string;
  readonly value: number | string;
}

const variableText: TypeDescription = { kind: 'text', size: null, encoding: 'utf-8', padding: null };

/** Describes a datatype of HDF5. */
export function describeDatatype(type: Datatype): TypeDescription {
  const { kind, size } = type;
  switch (kind) {
    case 'integer':
      return { kind, size, signed: type.signed, byteOrder: type.byteOrder };
    case 'bitfield':
    case 'float':
      return { kind, size, byteOrder: type.byteOrder };
    case 'complex':
      return { kind, size, byteOrder: orderOf(type.base) };
    case 'string':
      return { kind: 'text', size, encoding: type.charset, padding: type.padding };
    case 'opaque':
      return { kind, size, tag: type.tag };
    case 'compound': {
      if (isComplex(type)) return { kind: 'complex', size, byteOrder: orderOf(type.members[0]?.type) };
      const fields = type.members.map(({ name, offset, type: inner }) => ({
        name,
        offset,
        type: describeDatatype(inner),
      }));
      return { kind: 'record', size, fields };
    }
    case 'enum':
      return isBoolean(type)
        ? { kind: 'bool', size }
        : { kind, size, base: describeDatatype(type.base), members: constantsOf(type) };
    case 'vlen':
      if (type.content === 'text') return { kind: 'text', size: null, encoding: type.charset, padding: null };
      return { kind: 'sequence', item: describeDatatype(type.base) };
    case 'array':
      return { kind, shape: type.shape, item: describeDatatype(type.base) };
    case 'reference':
      return { kind, target: type.target };
    case 'time':
      return { kind, size };
  }
}

function orderOf(type: Datatype | undefined): ByteOrder | 'vax' {
  return type !== undefined && 'byteOrder' in type ? type.byteOrder : 'little';
}

/** Returns the names and values of an enumeration. */
export function constantsOf({ names, values, base, size }: Datatype & { readonly kind: 'enum' }): EnumConstant[] {
  const isSigned = base.kind === 'integer' && base.signed;
  const isLittle = orderOf(base) === 'little';
  return names.map((name, i) => {
    const bytes = [...values.subarray(i * size, (i + 1) * size)];
    const bits = (isLittle ? bytes.reverse() : bytes).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const exact = isSigned ? BigInt.asIntN(8 * size, bits) : bits;
    const value = Number(exact);
    return { name, value: Number.isSafeInteger(value) ? value : String(exact) };
  });
}

/** Describes a type of numbers. */
export function describeDType(dtype: DType, byteOrder: ByteOrder): TypeDescription {
  const { kind, size } = dtypeInfo(dtype);
  switch (kind) {
    case 'b':
      return { kind: 'bool', size };
    case 'f':
      return { kind: 'float', size, byteOrder };
    case 'c':
      return { kind: 'complex', size, byteOrder };
    default:
      return { kind: 'integer', size, signed: kind === 'i', byteOrder };
  }
}

const paddings = {
  'first-null': 'null-terminated',
  'trailing-nulls': 'null-padded',
  'trailing-spaces': 'space-padded',
  none: 'none',
} as const satisfies Record<TextType['padding'], string>;

function describeText({ size, encoding, padding }: TextType): TypeDescription {
  return { kind: 'text', size, encoding, padding: paddings[padding] };
}

/** Describes a type of stored elements. */
function describeStored(type: StoredType): TypeDescription {
  switch (type.kind) {
    case 'number':
      return describeDType(type.dtype, type.byteOrder);
    case 'text':
      return describeText(type);
    case 'heap-text':
      return type.target === 'text' ? variableText : { kind: 'reference', target: type.target };
    case 'array':
      return { kind: 'array', shape: type.shape, item: describeStored(type.base) };
    case 'record': {
      const fields = type.fields.map(({ name, offset, type: inner }) => ({
        name,
        offset,
        type: describeStored(inner),
      }));
      return { kind: 'record', size: type.size, fields };
    }
    case 'sequence':
      return { kind: 'sequence', item: describeStored(type.item) };
    case 'other':
      return { kind: 'other', size: sizeOfStored(type) };
  }
}

/** Describes the type of the elements of an array. */
export function describeElementType(array: ArrayDescriptor): TypeDescription {
  const { hdf5, records, text, heapText, chunkText, dtype, fixedLayers } = array;
  if (hdf5 !== undefined) return describeDatatype(hdf5.datatype);
  if (records !== undefined) return describeStored(records.type);
  if (text !== undefined) return describeText(text.type);
  if (heapText !== undefined || chunkText !== undefined) return variableText;
  return describeDType(dtype, fixedLayers?.[0]?.layout.byteOrder ?? 'little');
}

/**
 * Describes the type of an attribute of a format other than HDF5.
 * @param dtype its type, if the format stores it; undefined derives the type from the value.
 */
export function describeValueType(value: unknown, dtype: DType | undefined): TypeDescription {
  if (dtype !== undefined) return describeDType(dtype, 'little');
  const named = typedArrayName(value)
    ?.replace(/(Clamped)?Array$/, '')
    .toLowerCase()
    .replace(/^big/, '');
  if (isDType(named)) return describeDType(named, 'little');
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [first] = items;
  if (typeof first === 'bigint') return describeDType('int64', 'little');
  if (typeof first === 'boolean') return describeDType('bool', 'little');
  if (typeof first === 'number') {
    return describeDType(items.every((item) => Number.isInteger(item)) ? 'int64' : 'float64', 'little');
  }
  if (typeof first === 'object' && first !== null) return { kind: 'other', size: 0 };
  return variableText;
}
