/**
 * Describes element types and attributes as h5grove does, with the class numbers of HDF5.
 * @see https://silx-kit.github.io/h5grove/reference.html
 * @module
 */
import { typedArrayName } from '../../core/brands.js';
import { type DType, dtypeInfo, isDType } from '../../core/dtype.js';
import { numpyDtype } from '../../formats/npy/write-npy.js';

/** Description of a type. */
export type TypeMetadata = Readonly<Record<string, unknown>>;

/** Classes of HDF5 types. */
const classes = { integer: 0, float: 1, string: 3, compound: 6, enumeration: 8 } as const;

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

const textType: TypeMetadata = { class: classes.string, dtype: '|O', size: 8, cset: 1, strpad: 0, vlen: true };

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
