/**
 * Defines the element types of Zarr arrays for both versions of the format.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo, machineByteOrder } from '../../core/dtype.js';
import type { RecordType, TextType } from '../../core/stored-type.js';
import type { SmallNumber } from '../small-numbers.js';

/** Meaning of the values in an element. */
export type ElementKind =
  | 'number'
  | 'bytes'
  | 'utf32'
  | 'datetime'
  | 'timedelta'
  | 'record'
  | 'variable-text'
  | 'variable-bytes';

/** Type of one element. */
export interface ElementType {
  readonly kind: ElementKind;
  readonly dtype: DType;
  /**
   * Number of `dtype` values per element, which become the last dimension of the array; null for one value without such
   * a dimension.
   */
  readonly width: number | null;
  /** NumPy type of dates and durations, such as `datetime64[10ns]`; null for other kinds. */
  readonly unit: string | null;
  /** Fields, if an element is a record. In this case, `width` is the size of the record in bytes. */
  readonly record?: RecordType;
  /** Stored type in words if `dtype` does not say it; absent for text and records. */
  readonly storedAs?: string;
  /** Set if stored numbers are converted to `dtype`. */
  readonly small?: SmallNumber;
  /** The numbers whose stored bits are the elements. Absent if elements are values. */
  readonly bitsOf?: SmallNumber;
  /** Set if an element is text. In this case, its values are code units. */
  readonly text?: TextType;
}

/** Returns the type of a record. */
export function recordElement(record: RecordType): ElementType {
  return { kind: 'record', dtype: 'uint8', width: record.size, unit: null, record };
}

/** Returns the type of text with `width` code units. As in NumPy, NULs at the end are not part of the text. */
export function textElement(encoding: 'utf-8' | 'utf-32', width: number, byteOrder: ByteOrder): ElementType {
  const isWide = encoding === 'utf-32';
  const size = isWide ? 4 * width : width;
  const text = { kind: 'text', size, encoding, byteOrder, padding: 'trailing-nulls' } as const;
  return { kind: isWide ? 'utf32' : 'bytes', dtype: isWide ? 'uint32' : 'uint8', width, unit: null, text };
}

/** Returns the type of `width` bytes without a meaning. */
export function bytesElement(width: number): ElementType {
  return { kind: 'bytes', dtype: 'uint8', width, unit: null, storedAs: `${width} bytes` };
}

/** Returns the type of a plain number. */
export function plainElement(dtype: DType): ElementType {
  return { kind: 'number', dtype, width: null, unit: null };
}

/** Returns the size of one element in bytes. */
export function elementBytes(element: ElementType): number {
  return dtypeInfo(element.dtype).size * (element.width ?? 1);
}

/** Parts of a NumPy type string. */
export interface NumpyType {
  readonly kind: string;
  /** Bytes per element (characters for `U`); null if absent. */
  readonly size: number | null;
  /** Unit of a date or duration, such as `10ns`; null if absent. */
  readonly unit: string | null;
  readonly byteOrder: ByteOrder;
}

const pattern = /^([<>|=]?)([?a-zA-Z])([0-9]{0,9})(?:\[([0-9]{0,10}[a-zA-Zμ]+)\])?$/;

/**
 * Parses a NumPy type string such as `<f4` or `<M8[ns]`. Returns null if `text` is not a type string.
 * @see https://numpy.org/doc/stable/reference/arrays.interface.html
 */
export function parseNumpyType(text: string): NumpyType | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, order, kind = '', digits = '', unit] = match;
  return {
    kind,
    size: digits === '' ? null : Number(digits),
    unit: unit ?? null,
    byteOrder: order === '>' ? 'big' : order === '=' ? machineByteOrder : 'little',
  };
}

const numbers: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['?', 'bool'],
  ['b1', 'bool'],
  ['i1', 'int8'],
  ['u1', 'uint8'],
  ['i2', 'int16'],
  ['u2', 'uint16'],
  ['i4', 'int32'],
  ['u4', 'uint32'],
  ['i8', 'int64'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['c8', 'complex64'],
  ['c16', 'complex128'],
]);

/** Returns the element type of a NumPy type, or null if it is not supported. */
export function elementOfNumpy(type: NumpyType): ElementType | null {
  const { kind, size, unit } = type;
  const dtype = numbers.get(`${kind}${size ?? ''}`);
  if (dtype !== undefined) return unit === null ? plainElement(dtype) : null;
  if ((kind === 'M' || kind === 'm') && size === 8) return dateElement(kind === 'M', unit);
  if (size === null || size === 0 || unit !== null) return null;
  if (kind === 'S') return textElement('utf-8', size, type.byteOrder);
  if (kind === 'V') return bytesElement(size);
  if (kind === 'U') return textElement('utf-32', size, type.byteOrder);
  return null;
}

/**
 * Returns the type of a date or duration.
 * @param unit unit such as `10ns`; null for a type without a unit.
 */
export function dateElement(isDate: boolean, unit: string | null): ElementType {
  const type = isDate ? 'datetime64' : 'timedelta64';
  const name = unit === null ? type : `${type}[${unit}]`;
  return { kind: isDate ? 'datetime' : 'timedelta', dtype: 'int64', width: null, unit: name, storedAs: name };
}
