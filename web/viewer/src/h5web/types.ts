/**
 * Describes element types in the terms of h5web.
 * @module
 */
import { type DType, DTypeClass, type NumericType } from '@h5web/app';
import type { ElementType } from '../api/routes.js';

const endiannesses = { little: 'little-endian', big: 'big-endian', vax: 'VAX' } as const;

/** The type of elements that are read with scale and offset. */
export const scaledType: DType = { class: DTypeClass.Float, size: 64, endianness: endiannesses.little };

function float(bytes: number, byteOrder: keyof typeof endiannesses): NumericType {
  // JavaScript has no float16, so the elements are read as float32.
  return { class: DTypeClass.Float, size: Math.max(8 * bytes, 32), endianness: endiannesses[byteOrder] };
}

/** Returns the type of h5web for an element type of the server. */
export function typeOf(type: ElementType): DType {
  switch (type.kind) {
    case 'integer': {
      const { size, signed, byteOrder } = type;
      return { class: DTypeClass.Integer, signed, size: 8 * size, endianness: endiannesses[byteOrder] };
    }
    case 'float':
      return float(type.size, type.byteOrder);
    case 'complex': {
      const part = float(type.size / 2, type.byteOrder);
      return { class: DTypeClass.Complex, realType: part, imagType: part };
    }
    case 'bool':
      return {
        class: DTypeClass.Bool,
        base: { class: DTypeClass.Integer, signed: true, size: 8 * type.size, endianness: endiannesses.little },
      };
    case 'text': {
      const charSet = type.encoding === 'ascii' ? 'ASCII' : 'UTF-8';
      return { class: DTypeClass.String, charSet, strPad: padding(type.padding) };
    }
    case 'opaque':
      return { class: DTypeClass.Opaque, tag: type.tag };
    case 'record':
      return {
        class: DTypeClass.Compound,
        fields: new Map(type.fields.map((field) => [field.name, typeOf(field.type)])),
      };
    case 'enum': {
      const mapping = Object.fromEntries(type.members.map(({ name, value }) => [value, name]));
      return { class: DTypeClass.Enum, base: typeOf(type.base) as NumericType, mapping };
    }
    case 'array':
      return { class: DTypeClass.Array, base: typeOf(type.item), dims: [...type.shape] };
    case 'sequence':
      return { class: DTypeClass.VLen, base: typeOf(type.item) };
    case 'reference':
      return { class: DTypeClass.Reference };
    case 'bitfield':
      return { class: DTypeClass.Bitfield, endianness: endiannesses[type.byteOrder] };
    case 'time':
      return { class: DTypeClass.Time };
    case 'other':
      return { class: DTypeClass.Unknown };
  }
}

function padding(name: string | null): 'null-terminated' | 'null-padded' | 'space-padded' {
  return name === 'null-padded' || name === 'space-padded' ? name : 'null-terminated';
}
