/**
 * Types of stored elements, which may be numbers, text, arrays and records. Records are structured dtypes of NumPy and
 * compound datatypes of HDF5.
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from './dtype.js';
import { product } from './numbers.js';

/** Type of a stored element. */
export type StoredType =
  | {
      readonly kind: 'number';
      readonly dtype: DType;
      readonly byteOrder: ByteOrder;
      /** Properties that a dtype cannot express, such as the unit of dates, as attributes of the array. */
      readonly notes?: Readonly<Record<string, unknown>>;
    }
  | TextType
  | { readonly kind: 'array'; readonly shape: readonly number[]; readonly base: StoredType }
  | RecordType
  | HeapTextType
  | SequenceType
  | {
      readonly kind: 'other';
      readonly size: number;
      /** Noun phrase for errors, such as `HDF5 fields of the datatype object reference`. */
      readonly what: string;
      /** Sentence for errors that says what the caller can do. */
      readonly hint?: string;
    };

/** Text of a fixed number of bytes. */
export interface TextType {
  readonly kind: 'text';
  /** Number of bytes. */
  readonly size: number;
  /** `utf-32` has one code point per 4 bytes, `utf-16` one code unit per 2 bytes. */
  readonly encoding: 'latin1' | 'utf-8' | 'utf-16' | 'utf-32';
  readonly byteOrder: ByteOrder;
  /**
   * End of the text: before the NULs at the end (NumPy), before the first NUL (C), or before the spaces at the end
   * (Fortran). `none` if every character belongs to the text (MATLAB).
   */
  readonly padding: 'trailing-nulls' | 'first-null' | 'trailing-spaces' | 'none';
}

/** What an element refers to: text of variable length, an object of the file, or a region of an array. */
export type HeapTextKind = 'text' | 'object' | 'region';

/** A reference to text: to text of variable length, or to an object or region that has a path. */
export interface HeapTextType {
  readonly kind: 'heap-text';
  /** Number of bytes. */
  readonly size: number;
  readonly target: HeapTextKind;
  /** Kind of the elements in the plural, for errors, such as `variable-length strings`. */
  readonly what: string;
}

/** A reference to a sequence of any length. */
export interface SequenceType {
  readonly kind: 'sequence';
  /** Number of bytes of the reference. */
  readonly size: number;
  /** Type of an item: a number, text of a fixed length, an array of these, or a record. */
  readonly item: StoredType;
}

/** A record: fields at fixed offsets, possibly with unused bytes between them. */
export interface RecordType {
  readonly kind: 'record';
  /** Number of bytes of a record. */
  readonly size: number;
  readonly fields: readonly RecordField[];
}

/** A field of a record. It lies inside the record. */
export interface RecordField {
  readonly name: string;
  /** Offset in bytes in the record. */
  readonly offset: number;
  readonly type: StoredType;
}

/** Returns the size of an element in bytes. Inexact above 2^53. */
export function sizeOfStored(type: StoredType): number {
  switch (type.kind) {
    case 'number':
      return dtypeInfo(type.dtype).size;
    case 'array':
      return product(type.shape, sizeOfStored(type.base));
    default:
      return type.size;
  }
}

/** An element type without the array types around it, and their dimensions. */
export interface Unwrapped {
  readonly type: Exclude<StoredType, { readonly kind: 'array' }>;
  /** Dimensions, slowest first. */
  readonly shape: readonly number[];
}

/** Removes the array types around an element type. */
export function unwrapArrays(type: StoredType): Unwrapped {
  const shape: number[] = [];
  let inner = type;
  while (inner.kind === 'array') {
    shape.push(...inner.shape);
    inner = inner.base;
  }
  return { type: inner, shape };
}

/**
 * Lists the names of the fields in the order of the record. A nested record is replaced by its fields, which are named
 * by their path, such as `p.w`. A sequence of records is replaced by the sequences of their fields.
 */
export function fieldNames(record: RecordType, prefix = ''): string[] {
  return record.fields.flatMap(({ name, type }) => {
    const inner = recordIn(unwrapArrays(type).type);
    return inner === null ? [prefix + name] : fieldNames(inner, `${prefix}${name}.`);
  });
}

/** Returns the record in a type: the type itself, or the items of a sequence; null if there is none. */
export function recordIn(type: Unwrapped['type']): RecordType | null {
  const found = type.kind === 'sequence' ? type.item : type;
  return found.kind === 'record' ? found : null;
}

/** A dimension inside a record: its size, and the distance in bytes between neighbours. */
export interface InnerDimension {
  readonly size: number;
  readonly stride: number;
}

/** Position and type of a field. */
export interface FieldPlace {
  /** Offset in bytes in the record. */
  readonly offset: number;
  /** Dimensions inside the record, slowest first. */
  readonly dimensions: readonly InnerDimension[];
  readonly type: Unwrapped['type'];
  /** Position in the items, if the type is a sequence of records. */
  readonly item?: FieldPlace;
}

/** Returns the position of an element in itself. */
export function wholeElement(element: StoredType): FieldPlace {
  const { type, shape } = unwrapArrays(element);
  return { offset: 0, dimensions: denseDimensions(shape, sizeOfStored(type)), type };
}

/** Numbers or code units in an element. */
export interface NumbersPlace {
  readonly offset: number;
  readonly dimensions: readonly InnerDimension[];
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
}

/** Returns the numbers at `place`, or the code units of text; null for other types. */
export function numbersAt({ offset, dimensions, type }: FieldPlace): NumbersPlace | null {
  if (type.kind === 'number') return { offset, dimensions, dtype: type.dtype, byteOrder: type.byteOrder };
  if (type.kind !== 'text') return null;
  const { encoding, byteOrder, size } = type;
  const dtype = encoding === 'utf-32' ? 'uint32' : encoding === 'utf-16' ? 'uint16' : 'uint8';
  const stride = dtypeInfo(dtype).size;
  return { offset, dimensions: [...dimensions, { size: size / stride, stride }], dtype, byteOrder };
}

/**
 * Finds the field `path` of a record. Names may contain dots, so the longest name that fits is tried first.
 * @returns null if there is no such field.
 */
export function findField(record: RecordType, path: string): FieldPlace | null {
  const fitting = record.fields
    .filter(({ name }) => path === name || path.startsWith(`${name}.`))
    .sort((a, b) => b.name.length - a.name.length);
  for (const { name, offset, type: fieldType } of fitting) {
    const { type, shape } = unwrapArrays(fieldType);
    const dimensions = denseDimensions(shape, sizeOfStored(type));
    if (path === name) return { offset, dimensions, type };
    const rest = path.slice(name.length + 1);
    const items = type.kind === 'sequence' ? recordIn(type) : null;
    const item = items === null ? null : findField(items, rest);
    if (item !== null) return { offset, dimensions, type, item };
    const inner = type.kind === 'record' ? findField(type, rest) : null;
    if (inner === null) continue;
    return { ...inner, offset: offset + inner.offset, dimensions: [...dimensions, ...inner.dimensions] };
  }
  return null;
}

function denseDimensions(shape: readonly number[], size: number): InnerDimension[] {
  let stride = size;
  const dimensions: InnerDimension[] = [];
  for (const extent of [...shape].reverse()) {
    dimensions.unshift({ size: extent, stride });
    stride *= extent;
  }
  return dimensions;
}
