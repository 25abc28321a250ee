/**
 * Maps the datatypes of datasets to the element types of this library.
 * @module
 */
import type { ByteOrder, DType } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { type Datatype, describeDatatype } from './messages/datatype.js';
import { isBoolean, isComplex } from './values.js';

/** Element type of a dataset, in the terms of this library. */
export interface ElementType {
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  /**
   * Dimensions inside one HDF5 element, appended to the dataset's shape: the dimensions of array types, or the bytes of
   * opaque elements and of strings longer than one byte.
   */
  readonly innerShape: readonly number[];
  /** Type details that a dtype cannot express, as extra attributes (`hdf5:enum`, `hdf5:string`, `hdf5:opaque`). */
  readonly notes: Readonly<Record<string, unknown>>;
}

const floats: ReadonlyMap<number, DType> = new Map([
  [2, 'float16'],
  [4, 'float32'],
  [8, 'float64'],
]);
const complexes: ReadonlyMap<number, DType> = new Map([
  [8, 'complex64'],
  [16, 'complex128'],
]);
const integers: ReadonlyMap<number, readonly [DType, DType]> = new Map([
  [1, ['uint8', 'int8']],
  [2, ['uint16', 'int16']],
  [4, ['uint32', 'int32']],
  [8, ['uint64', 'int64']],
]);

/**
 * Returns the element type for the datatype `type`.
 * @throws {UnsupportedError} if no element type represents the datatype.
 */
export function elementType(type: Datatype, path: string): ElementType {
  const plain = (dtype: DType, byteOrder: ByteOrder, innerShape: readonly number[] = [], notes = {}): ElementType => {
    return { dtype, byteOrder, innerShape, notes };
  };
  switch (type.kind) {
    case 'integer':
    case 'bitfield': {
      const dtype = integers.get(type.size)?.[type.signed ? 1 : 0];
      // An unsigned value padded with zero bits equals the stored element. A signed value would need sign extension.
      const isWhole = type.precision === 8 * type.size || (!type.signed && type.highPadding === 'zeros');
      if (dtype !== undefined && type.bitOffset === 0 && isWhole) return plain(dtype, type.byteOrder);
      break;
    }
    case 'float': {
      const dtype = floats.get(type.size);
      if (dtype !== undefined && type.ieee && type.byteOrder !== 'vax') return plain(dtype, type.byteOrder);
      break;
    }
    case 'compound':
    case 'complex': {
      const part = type.kind === 'complex' ? type.base : type.members[0]?.type;
      const dtype = complexes.get(type.size);
      const sound = type.kind === 'compound' ? isComplex(type) : part?.size === type.size / 2;
      if (dtype === undefined || !sound || part?.kind !== 'float' || !part.ieee || part.byteOrder === 'vax') break;
      return plain(dtype, part.byteOrder);
    }
    case 'enum': {
      if (isBoolean(type)) return plain('bool', 'little');
      const base = elementType(type.base, path);
      return { ...base, notes: { 'hdf5:enum': enumMembers(type) } };
    }
    case 'string': {
      const encoding = { encoding: type.charset, padding: type.padding };
      return plain('uint8', 'little', type.size === 1 ? [] : [type.size], { 'hdf5:string': encoding });
    }
    case 'opaque':
      return plain('uint8', 'little', [type.size], { 'hdf5:opaque': type.tag });
    case 'array': {
      const base = elementType(type.base, path);
      return { ...base, innerShape: [...type.shape, ...base.innerShape] };
    }
    default:
  }
  throw new UnsupportedError(`the HDF5 datatype ${describeDatatype(type)}`, path);
}

/** Returns the dtype of a numeric datatype; null if the datatype is not numeric or no dtype has its size. */
export function numberType(type: Datatype): DType | null {
  if (type.kind === 'integer') return integers.get(type.size)?.[type.signed ? 1 : 0] ?? null;
  return type.kind === 'float' && type.ieee ? (floats.get(type.size) ?? null) : null;
}

/** Returns the members of an enum by name. Values beyond 2^53 are bigints. */
function enumMembers(type: Datatype & { readonly kind: 'enum' }): Readonly<Record<string, number | bigint>> {
  const { base, values, names } = type;
  if (base.kind !== 'integer') return {};
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const little = base.byteOrder === 'little';
  const entries = names.map((name, i): [string, number | bigint] => {
    const at = i * base.size;
    switch (base.size) {
      case 1:
        return [name, base.signed ? view.getInt8(at) : view.getUint8(at)];
      case 2:
        return [name, base.signed ? view.getInt16(at, little) : view.getUint16(at, little)];
      case 4:
        return [name, base.signed ? view.getInt32(at, little) : view.getUint32(at, little)];
      default: {
        const value = base.signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
        return [name, Number.isSafeInteger(Number(value)) ? Number(value) : value];
      }
    }
  });
  return Object.fromEntries(entries);
}
