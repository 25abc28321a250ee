/**
 * Maps the datatypes of datasets to the element types of this library.
 * @module
 */
import type { ByteOrder, DType } from '../../core/dtype.js';
import { isPosixParError, UnsupportedError } from '../../core/errors.js';
import { maxRank } from '../../core/limits.js';
import {
  type HeapTextKind,
  type RecordType,
  type SequenceType,
  type StoredType,
  type TextType,
  unwrapArrays,
} from '../../core/stored-type.js';
import type { FixedText } from '../descriptor.js';
import type { Datatype } from '../hdf5-facts.js';
import { h5pyHint, longDoubleHint } from '../refusal-hints.js';
import {
  bitsHint,
  type NumberForm,
  type SmallNumber,
  smallElement,
  smallFloat,
  smallInteger,
  storedName,
} from '../small-numbers.js';
import { describeDatatype, isLongDouble } from './messages/datatype.js';
import { isBoolean, isComplex } from './values.js';

/** What an element refers to. */
export type Referent = HeapTextKind | 'sequence';

/** Names of elements that refer to something, in the plural, for errors. */
export const referenceNames = {
  text: 'variable-length strings',
  object: 'object references',
  region: 'region references',
  sequence: 'variable-length sequences',
} as const satisfies Record<Referent, string>;

/** Element type of a dataset, in the terms of this library. */
export interface ElementType {
  readonly dtype: DType;
  readonly byteOrder: ByteOrder;
  /**
   * Dimensions inside one HDF5 element, appended to the dataset's shape: the dimensions of array types, or the bytes of
   * an element that is opaque, a record, a reference, or a string longer than one byte.
   */
  readonly innerShape: readonly number[];
  /** Type details that a dtype cannot express, as extra attributes (`hdf5:enum`, `hdf5:string`, `hdf5:opaque`). */
  readonly notes: Readonly<Record<string, unknown>>;
  /** Stored type in words if `dtype` does not say it; absent for text, records and references. */
  readonly storedAs?: string;
  /** Set if stored numbers are converted to `dtype`. In this case, `byteOrder` is that of the stored numbers. */
  readonly small?: SmallNumber;
  /** The numbers whose stored bits are the elements. Absent if elements are values. */
  readonly bitsOf?: SmallNumber;
  /** Set if an element is a record. The last inner dimension contains its bytes. */
  readonly record?: RecordType;
  readonly text?: FixedText;
  /** Set if an element refers to text: to text of variable length, or to an object or region that has a path. */
  readonly heapText?: HeapTextKind;
  /** Set if an element refers to a sequence of numbers. */
  readonly sequence?: SequenceType;
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

function plain(dtype: DType, byteOrder: ByteOrder, innerShape: readonly number[] = [], notes = {}): ElementType {
  return { dtype, byteOrder, innerShape, notes };
}

/**
 * Returns the element type for the datatype `type`.
 * @param numbers what to read of numbers that no element type represents.
 * @throws {UnsupportedError} if no element type represents the datatype.
 */
export function elementType(type: Datatype, path: string, numbers: NumberForm): ElementType {
  switch (type.kind) {
    case 'integer':
    case 'bitfield': {
      const dtype = integers.get(type.size)?.[type.signed ? 1 : 0];
      // An unsigned value padded with zero bits equals the stored element. A signed value would need sign extension.
      const isWhole = type.precision === 8 * type.size || (!type.signed && type.highPadding === 'zeros');
      if (dtype !== undefined && type.bitOffset === 0 && isWhole) return plain(dtype, type.byteOrder);
      const small = smallInteger({ ...type, storedBytes: type.size, offset: type.bitOffset });
      if (small !== null) return convertedElement(small, type.byteOrder, numbers);
      break;
    }
    case 'float': {
      const dtype = floats.get(type.size);
      if (type.byteOrder === 'vax') break;
      if (dtype !== undefined && type.ieee) return plain(dtype, type.byteOrder);
      const small = type.bits === null ? null : smallFloat(type.bits);
      if (small !== null) return convertedElement(small, type.byteOrder, numbers);
      break;
    }
    case 'compound':
    case 'complex': {
      const part = type.kind === 'complex' ? type.base : type.members[0]?.type;
      const dtype = complexes.get(type.size);
      const sound = type.kind === 'compound' ? isComplex(type) : part?.size === type.size / 2;
      if (dtype !== undefined && sound && part?.kind === 'float' && part.ieee && part.byteOrder !== 'vax')
        return plain(dtype, part.byteOrder);
      if (type.kind === 'complex') break;
      return { ...plain('uint8', 'little', [type.size]), record: recordType(type, path, numbers) };
    }
    case 'enum': {
      if (isBoolean(type)) return plain('bool', 'little');
      const base = elementType(type.base, path, numbers);
      const storedAs = `enum of ${base.storedAs ?? base.dtype}`;
      return { ...base, notes: { 'hdf5:enum': enumMembers(type) }, storedAs };
    }
    case 'string': {
      const encoding = { encoding: type.charset, padding: type.padding };
      const text = { type: textType(type), hasAxis: type.size > 1 };
      return { ...plain('uint8', 'little', type.size === 1 ? [] : [type.size], { 'hdf5:string': encoding }), text };
    }
    case 'vlen':
      if (type.content === 'text') return { ...plain('uint8', 'little', [type.size]), heapText: 'text' };
      return { ...plain('uint8', 'little', [type.size]), ...sequenceOf(type, path, numbers) };
    case 'reference':
      if (type.target === 'new') break;
      return { ...plain('uint8', 'little', [type.size]), heapText: type.target };
    case 'opaque':
      return {
        ...plain('uint8', 'little', [type.size], { 'hdf5:opaque': type.tag }),
        storedAs: `opaque of ${type.size} bytes`,
      };
    case 'array': {
      const base = elementType(type.base, path, numbers);
      return { ...base, innerShape: [...type.shape, ...base.innerShape] };
    }
    default:
  }
  throw new UnsupportedError(`the HDF5 datatype ${describeDatatype(type)}`, path, hintFor(type));
}

function hintFor(type: Datatype): string {
  return isLongDouble(type) ? longDoubleHint : h5pyHint;
}

function convertedElement(small: SmallNumber, byteOrder: ByteOrder, numbers: NumberForm): ElementType {
  const element = smallElement(small, numbers);
  return { ...plain(element.dtype, byteOrder), ...element, storedAs: storedName(small, numbers) };
}

/** Returns the type of the sequences in elements of `type`. @throws {UnsupportedError} if items are not supported. */
function sequenceOf(
  { size, base }: VariableLength,
  path: string,
  numbers: NumberForm,
): Pick<ElementType, 'sequence' | 'notes'> {
  const item = storedType(base, path, numbers);
  const { type } = unwrapArrays(item);
  if (item.kind !== 'record' && type.kind !== 'number' && type.kind !== 'text') {
    const hint = (type.kind === 'other' ? type.hint : undefined) ?? hintFor(base);
    throw new UnsupportedError(`HDF5 sequences of the datatype ${describeDatatype(base)}`, path, hint);
  }
  return { notes: type.kind === 'number' ? (type.notes ?? {}) : {}, sequence: { kind: 'sequence', size, item } };
}

type VariableLength = Datatype & { readonly kind: 'vlen' };

/**
 * Returns the shape of an array of elements of `type`, with the dimensions inside an element.
 * @throws {UnsupportedError} if it has too many dimensions.
 */
export function elementShape(outer: readonly number[], { innerShape }: ElementType, path: string): readonly number[] {
  const shape = [...outer, ...innerShape];
  if (shape.length > maxRank) throw new UnsupportedError(`an HDF5 dataset of ${shape.length} dimensions`, path);
  return shape;
}

/** Returns the record of a compound. Members whose types are not supported become `other`. */
function recordType(
  { size, members }: Datatype & { readonly kind: 'compound' },
  path: string,
  numbers: NumberForm,
): RecordType {
  const fields = members.map(({ name, offset, type }) => ({ name, offset, type: storedType(type, path, numbers) }));
  return { kind: 'record', size, fields };
}

function storedType(type: Datatype, path: string, numbers: NumberForm): StoredType {
  if (type.kind === 'array') return { kind: 'array', shape: type.shape, base: storedType(type.base, path, numbers) };
  if (type.kind === 'string') return textType(type);
  const { size } = type;
  try {
    const { dtype, byteOrder, innerShape, notes, record, heapText, sequence, small } = elementType(type, path, numbers);
    if (heapText !== undefined) return { kind: 'heap-text', size, target: heapText, what: referenceNames[heapText] };
    if (sequence !== undefined) return sequence;
    if (small !== undefined) {
      const what = `HDF5 members of the datatype ${describeDatatype(type)}`;
      return numbers === 'bits' ? { kind: 'other', size, what } : { kind: 'other', size, what, hint: bitsHint };
    }
    if (record !== undefined) return record;
    const number = { kind: 'number', dtype, byteOrder, notes } as const;
    return innerShape.length === 0 ? number : { kind: 'array', shape: innerShape, base: number };
  } catch (error) {
    if (!isPosixParError(error, 'UnsupportedError')) throw error;
    return { kind: 'other', size, what: `HDF5 members of the datatype ${describeDatatype(type)}`, hint: hintFor(type) };
  }
}

/** An element or field that refers to something. */
export interface Reference {
  readonly target: Referent;
  /** Number of bytes. */
  readonly size: number;
}

/** Returns what the elements refer to, or the fields of an element. */
export function referencesOf({ heapText, sequence, innerShape, record }: ElementType): Reference[] {
  if (heapText !== undefined) return [{ target: heapText, size: innerShape.at(-1) ?? 0 }];
  if (sequence !== undefined) return [{ target: 'sequence', size: sequence.size }];
  return record === undefined ? [] : referencesOfFields(record);
}

function referencesOfFields({ fields }: RecordType): Reference[] {
  return fields.flatMap((field): Reference[] => {
    const { type } = unwrapArrays(field.type);
    if (type.kind === 'record') return referencesOfFields(type);
    if (type.kind === 'sequence') return [{ target: 'sequence', size: type.size }];
    return type.kind === 'heap-text' ? [type] : [];
  });
}

const paddings = {
  'null-terminated': 'first-null',
  'null-padded': 'trailing-nulls',
  'space-padded': 'trailing-spaces',
} as const;

function textType({ size, padding }: Datatype & { readonly kind: 'string' }): TextType {
  return { kind: 'text', size, encoding: 'utf-8', byteOrder: 'little', padding: paddings[padding] };
}

/**
 * Returns the dtype of a numeric datatype; null if the datatype is neither an integer nor an IEEE float, or no dtype
 * has its size.
 */
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
