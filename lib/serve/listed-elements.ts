/**
 * Reads elements that are not numbers, for JSON: texts, records, sequences and opaque bytes.
 * @module
 */
import type { ArrayHandle } from '../api/array-handle.js';
import { defaultsOf, openedParts } from '../api/opened-parts.js';
import { RecordHandle } from '../api/record-handle.js';
import type { NumberField, RecordResult, SequenceField, TextField } from '../api/record-result.js';
import { SequenceHandle } from '../api/sequence-handle.js';
import type { SequenceValues } from '../api/sequence-result.js';
import { TextHandle } from '../api/text-handle.js';
import { type DType, isComplex, type TypedArray } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import { product } from '../core/numbers.js';
import { type StoredType, unwrapArrays } from '../core/stored-type.js';
import type { ArrayDescriptor } from '../formats/descriptor.js';
import type { Datatype } from '../formats/hdf5-facts.js';

/** Kinds of elements. `none` are those of an array with a null dataspace. */
export type ElementKind = 'number' | 'text' | 'record' | 'sequence' | 'opaque' | 'none';

/** Returns the kind of the elements of an array. */
export function elementKind(array: ArrayDescriptor): ElementKind {
  const { hdf5, records, sequences, recordSequences, text, heapText, chunkText } = array;
  if (hdf5?.isNull === true) return 'none';
  if (records !== undefined) return 'record';
  if (sequences !== undefined || recordSequences !== undefined) return 'sequence';
  if (text !== undefined || heapText !== undefined || chunkText !== undefined) return 'text';
  return isOpaque(hdf5?.datatype) ? 'opaque' : 'number';
}

function isOpaque(type: Datatype | undefined): boolean {
  return type?.kind === 'array' ? isOpaque(type.base) : type?.kind === 'opaque';
}

/** Returns the number of dimensions of an array, without the dimensions inside an element. */
export function outerRank(array: ArrayDescriptor): number {
  const { shape, hdf5, text, heapText } = array;
  const kind = elementKind(array);
  const isBytes = heapText !== undefined || kind === 'sequence' || kind === 'record' || kind === 'opaque';
  let inner = isBytes || text?.hasAxis === true ? 1 : 0;
  for (let type = hdf5?.datatype; type?.kind === 'array'; type = type.base) inner += type.shape.length;
  return shape.length - inner;
}

/** Elements as JSON. */
export interface ListedElements {
  /** Shape of the selection. */
  readonly shape: readonly number[];
  /** Returns the elements from `begin` to `end` in C order, as texts with commas between them. */
  readonly textOf: (begin: number, end: number) => string;
}

/** Kinds of elements that are sent as lists. */
export type ListedKind = Exclude<ElementKind, 'number' | 'none'>;

/** Converts a number, or the numbers of a typed array, for JSON. */
export type ConvertNumbers = (value: unknown) => unknown;

/** What to read, and how numbers are converted for JSON. */
export interface ListedRead {
  readonly array: ArrayHandle;
  readonly kind: ListedKind;
  readonly selection: string | null;
  readonly convert: ConvertNumbers;
}

/** Reads elements that are not numbers. @throws {UnsupportedError} if they are sequences of records. */
export async function readListed(
  { array, kind, selection, convert }: ListedRead,
  signal: AbortSignal,
): Promise<ListedElements> {
  const entries = selection ?? [];
  switch (kind) {
    case 'text': {
      const { data, shape } = await new TextHandle(array, defaultsOf(array)).read(entries, { signal });
      return { shape, textOf: (begin, end) => listText(data.slice(begin, end)) };
    }
    case 'sequence': {
      if (openedParts(array).descriptor.recordSequences !== undefined) {
        throw new UnsupportedError('sequences of records as a whole', array.path, 'Read one of their fields');
      }
      const found = await new SequenceHandle(array).read(entries, { signal });
      return { shape: found.shape, textOf: textOfEach((i) => sequenceAt(found, i, convert)) };
    }
    case 'record': {
      const found = await new RecordHandle(array, defaultsOf(array)).read(entries, { signal });
      const { records } = openedParts(array).descriptor;
      if (records === undefined) throw new TypeError('Expected an array of records');
      return { shape: found.shape, textOf: textOfEach((i) => valueAt({ found, convert }, records.type, '', i)) };
    }
    case 'opaque': {
      const { data, shape } = await array.read(entries, { signal });
      const size = shape.at(-1) ?? 1;
      const textAt = (i: number): string => decoder.decode(bytesOf(data).subarray(i * size, (i + 1) * size));
      return { shape: shape.slice(0, -1), textOf: textOfEach(textAt) };
    }
  }
}

const decoder = new TextDecoder();

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const listText = (values: readonly unknown[]): string => JSON.stringify(values).slice(1, -1);

function textOfEach(elementAt: (i: number) => unknown): ListedElements['textOf'] {
  return (begin, end) => listText(Array.from({ length: end - begin }, (_, i) => elementAt(begin + i)));
}

/** Returns elements for JSON: complex numbers as pairs, flags as booleans, other numbers as `convert` returns them. */
export function plainElements(data: TypedArray, dtype: DType, convert: ConvertNumbers): unknown[] {
  const plain = convert(data) as unknown[];
  if (dtype === 'bool') return plain.map((value) => value !== 0);
  if (!isComplex(dtype)) return plain;
  return Array.from({ length: plain.length / 2 }, (_, i) => [plain[2 * i], plain[2 * i + 1]]);
}

function sequenceAt(
  { dtype, itemShape, offsets, values }: SequenceValues,
  i: number,
  convert: ConvertNumbers,
): readonly unknown[] {
  const numbers = plainElements(values.subarray(offsets[i] ?? 0, offsets[i + 1] ?? 0), dtype, convert);
  return itemShape.length === 0 ? numbers : nest(numbers, [-1, ...itemShape]);
}

/** Records that were read, and how their numbers are converted. */
interface ReadRecords {
  readonly found: RecordResult;
  readonly convert: ConvertNumbers;
}

/**
 * Returns a value inside a record for JSON. Records become lists of the values of their fields, as in h5py. A field
 * that cannot be read is null.
 * @param prefix path of the value, with a dot at the end unless it is empty.
 * @param at position among all values with this path, in C order.
 */
function valueAt(records: ReadRecords, type: StoredType, prefix: string, at: number): unknown {
  const { found, convert } = records;
  switch (type.kind) {
    case 'record':
      return type.fields.map((field) => {
        const inner =
          unwrapArrays(field.type).type.kind === 'record' ? `${prefix}${field.name}.` : `${prefix}${field.name}`;
        return valueAt(records, field.type, inner, at);
      });
    case 'array': {
      const count = product(type.shape);
      const { base } = type;
      if (base.kind === 'number' && base.notes?.['hdf5:opaque'] !== undefined) {
        const field = found.fields.get(prefix);
        return field === undefined
          ? null
          : decoder.decode(bytesOf(numbersOf(field)).subarray(at * count, (at + 1) * count));
      }
      const items = Array.from({ length: count }, (_, i) => valueAt(records, base, prefix, at * count + i));
      return nest(items, type.shape);
    }
    default: {
      const field = found.fields.get(prefix);
      return field === undefined ? null : fieldValue(field, at, convert);
    }
  }
}

function numbersOf(field: NumberField | TextField | SequenceField): TypedArray {
  if (field.dtype === 'text' || field.dtype === 'sequence') throw new TypeError('Expected a field of numbers');
  return field.data;
}

function fieldValue(field: NumberField | TextField | SequenceField, at: number, convert: ConvertNumbers): unknown {
  if (field.dtype === 'text') return field.data[at];
  if (field.dtype === 'sequence') return sequenceAt(field.data, at, convert);
  const entries = isComplex(field.dtype) ? 2 : 1;
  return plainElements(field.data.subarray(at * entries, (at + 1) * entries), field.dtype, convert)[0];
}

/** Converts values in C order to nested lists. */
function nest(values: readonly unknown[], shape: readonly number[]): readonly unknown[] {
  let level = values;
  for (let d = shape.length - 1; d > 0; d--) {
    const size = shape[d] ?? 1;
    level = Array.from({ length: level.length / size }, (_, i) => level.slice(i * size, (i + 1) * size));
  }
  return level;
}

/** Assumed memory of an element that is not a number, in bytes. */
const listedBytes = 64;

/** Returns the number of elements of a selection of an array, and the memory in bytes that they need. */
export function listedSize(array: ArrayHandle, kind: ListedKind, selection: string | null): ListedSize {
  const view = array.view(selection ?? []);
  const hasAxis = kind !== 'text' || array.shape.length > outerRank(openedParts(array).descriptor);
  const count = product(hasAxis ? view.shape.slice(0, -1) : view.shape);
  return { count, bytes: Math.max(view.size, count * listedBytes) };
}

interface ListedSize {
  readonly count: number;
  readonly bytes: number;
}
