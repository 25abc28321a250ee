/**
 * Describes element types in the terms of h5web.
 * @module
 */
import { type DType, DTypeClass } from '@h5web/app';

const endianness = 'little-endian';

/** Returns the type of h5web for an element type of the server. */
export function typeOf(dtype: string): DType {
  const size = Number(/\d+$/.exec(dtype)?.[0] ?? 8);
  if (dtype === 'bool')
    return { class: DTypeClass.Bool, base: typeOf('int8') as DType & { class: DTypeClass.Integer } };
  if (dtype.startsWith('complex')) {
    const part = typeOf(`float${size / 2}`) as DType & { class: DTypeClass.Float };
    return { class: DTypeClass.Complex, realType: part, imagType: part };
  }
  // JavaScript has no float16, so the elements are read as float32.
  if (dtype.startsWith('float')) return { class: DTypeClass.Float, size: Math.max(size, 32), endianness };
  return { class: DTypeClass.Integer, signed: dtype.startsWith('int'), size, endianness };
}
