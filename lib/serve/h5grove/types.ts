/**
 * Describes element types and attributes of formats other than HDF5 as h5grove does, with the class numbers of HDF5.
 * @see https://silx-kit.github.io/h5grove/reference.html
 * @module
 */
import { typedArrayName } from '../../core/brands.js';
import { type DType, dtypeInfo, isDType } from '../../core/dtype.js';
import { type StoredType, sizeOfStored } from '../../core/stored-type.js';
import { numpyDtype } from '../../formats/npy/write-npy.js';
import { classes, type TypeMetadata } from './datatypes.js';

/** Returns the description of an element type. Elements are sent in little-endian byte order. */
export function typeOf(dtype: DType): TypeMetadata {
  const { kind, size } = dtypeInfo(dtype);
  const common = { dtype: numpyDtype(dtype, 'little'), size };
  switch (kind) {
    case 'f':
      return { class: classes.float, ...common, order: 0 };
    case 'b':
      return { class: classes.enumeration, ...common, members: { FALSE: 0, TRUE: 1 }, base: typeOf('int8') };
    case 'c': {
      const part = typeOf(dtype === 'complex64' ? 'float32' : 'float64');
      const members = ['r', 'i'].map((name) => ({ name, ...part }));
      return { class: classes.compound, ...common, members };
    }
    default:
      return { class: classes.integer, ...common, order: 0, sign: kind === 'i' ? 1 : 0 };
  }
}

/** Description of text. Texts are sent as strings, whatever their length and encoding in the file. */
export const textType: TypeMetadata = { class: classes.string, dtype: '|O', size: 8, cset: 1, strpad: 0, vlen: true };

/** Describes the type of the members of records. */
export function typeOfStored(type: StoredType): TypeMetadata {
  const size = sizeOfStored(type);
  switch (type.kind) {
    case 'number':
      return typeOf(type.dtype);
    case 'record': {
      const described = type.fields.map((field) => ({ name: field.name, facts: typeOfStored(field.type) }));
      const members = described.map(({ name, facts }) => ({ name, ...facts }));
      const dtype = Object.fromEntries(described.map(({ name, facts }) => [name, facts['dtype']]));
      return { class: classes.compound, dtype, size, members };
    }
    case 'array':
      return { class: classes.array, dtype: `|V${size}`, size, dims: type.shape, base: typeOfStored(type.base) };
    case 'text':
    case 'heap-text':
      return textType;
    case 'sequence':
      return { class: classes.sequence, dtype: '|O', size, base: typeOfStored(type.item) };
    case 'other':
      return { class: classes.opaque, dtype: `|V${size}`, size, tag: '' };
  }
}

/** Describes an attribute. `dtype` is its type, if the format stores it; otherwise it is derived from the value. */
export function describeAttribute(name: string, value: unknown, dtype: DType | undefined): unknown {
  const isList = Array.isArray(value) || typedArrayName(value) !== undefined;
  const items: readonly unknown[] = isList ? Array.from(value as Iterable<unknown>) : [value];
  return { name, shape: isList ? [items.length] : [], type: attributeType(value, items, dtype) };
}

function attributeType(value: unknown, items: readonly unknown[], dtype: DType | undefined): TypeMetadata {
  if (dtype !== undefined) return typeOf(dtype);
  const named = typedArrayName(value)
    ?.replace(/(Clamped)?Array$/, '')
    .toLowerCase()
    .replace(/^big/, '');
  if (isDType(named)) return typeOf(named);
  const [first] = items;
  if (typeof first === 'bigint') return typeOf('int64');
  if (typeof first === 'boolean') return typeOf('bool');
  if (typeof first === 'number') return typeOf(items.every((item) => Number.isInteger(item)) ? 'int64' : 'float64');
  return textType;
}

/** Converts values for JSON as h5grove does: NaN and infinities become null, and 64-bit integers become numbers. */
export function toPlainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (typedArrayName(value) !== undefined || Array.isArray(value)) {
    return Array.from(value as Iterable<unknown>, toPlainJson);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlainJson(item)]));
}
