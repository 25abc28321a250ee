/**
 * Writes elements that are not numbers as JSON, in pieces of limited length: a text or sequence may be very long.
 * @module
 */
import type { NumberField, RecordResult, SequenceField, TextField } from '../api/record-result.js';
import type { SequenceValues } from '../api/sequence-result.js';
import { type DType, isComplex, type TypedArray } from '../core/dtype.js';
import { product } from '../core/numbers.js';
import { type StoredType, unwrapArrays } from '../core/stored-type.js';
import type { Utf8Text } from '../core/utf8-text.js';
import { nestedText, type TextOf } from './api/json-pieces.js';

/** Converts a number, or the numbers of a typed array, for JSON. */
export type ConvertNumbers = (value: unknown) => unknown;

/** Maximum number of bytes or characters of texts that are converted together. */
const windowBytes = 1 << 16;

const listText = (values: readonly unknown[]): string => JSON.stringify(values).slice(1, -1);

/** JSON of an element: as a whole if it is short, otherwise in pieces. */
export type ElementText = string | Iterable<string>;

/** Returns a function that writes elements one by one. */
export function textOfEach(elementAt: (i: number) => ElementText): TextOf {
  return function* (begin, end) {
    let text = '';
    for (let i = begin; i < end; i++) {
      if (i > begin) text += ',';
      const element = elementAt(i);
      if (typeof element === 'string') {
        text += element;
        if (text.length < windowBytes) continue;
        yield text;
      } else {
        yield text;
        yield* element;
      }
      text = '';
    }
    yield text;
  };
}

/** Returns a function that writes texts. Invalid UTF-8 becomes U+FFFD. */
export function textOfTexts({ offsets, bytes }: Utf8Text): TextOf {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const startOf = (i: number): number => offsets[i] ?? 0;
  return function* (begin, end) {
    for (let i = begin; i < end; ) {
      let stop = i + 1;
      while (stop < end && startOf(stop + 1) - startOf(i) <= windowBytes) stop += 1;
      if (i > begin) yield ',';
      if (startOf(stop) - startOf(i) > windowBytes) {
        yield* bytesText(bytes.subarray(startOf(i), startOf(stop)));
        i = stop;
        continue;
      }
      const base = startOf(i);
      const block = buffer.toString('latin1', base, startOf(stop));
      const texts: string[] = [];
      // The characters of ASCII text are its bytes.
      if (isAscii(block)) for (; i < stop; i++) texts.push(block.slice(startOf(i) - base, startOf(i + 1) - base));
      else for (; i < stop; i++) texts.push(buffer.toString('utf8', startOf(i), startOf(i + 1)));
      yield listText(texts);
    }
  };
}

function isAscii(latin1: string): boolean {
  return Buffer.byteLength(latin1) === latin1.length;
}

/** Writes bytes as one text. Invalid UTF-8 becomes U+FFFD. */
export function* bytesText(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  yield '"';
  for (let at = 0; at < bytes.length; at += windowBytes) {
    const window = bytes.subarray(at, at + windowBytes);
    const text = decoder.decode(window, { stream: at + windowBytes < bytes.length });
    yield JSON.stringify(text).slice(1, -1);
  }
  yield '"';
}

/** Writes a text. A surrogate pair that is divided becomes two escape sequences, which JSON joins. */
function stringText(text: string): ElementText {
  return text.length <= windowBytes ? JSON.stringify(text) : longText(text);
}

function* longText(text: string): Generator<string> {
  yield '"';
  for (let at = 0; at < text.length; at += windowBytes) {
    yield JSON.stringify(text.slice(at, at + windowBytes)).slice(1, -1);
  }
  yield '"';
}

/** Returns elements for JSON: complex numbers as pairs, flags as booleans, other numbers as `convert` returns them. */
export function plainElements(data: TypedArray, dtype: DType, convert: ConvertNumbers): unknown[] {
  const plain = convert(data) as unknown[];
  if (dtype === 'bool') return plain.map((value) => value !== 0);
  if (!isComplex(dtype)) return plain;
  return Array.from({ length: plain.length / 2 }, (_, i) => [plain[2 * i], plain[2 * i + 1]]);
}

/** Returns a function that writes numbers. */
export function textOfNumbers(data: TypedArray, dtype: DType, convert: ConvertNumbers): TextOf {
  const entries = isComplex(dtype) ? 2 : 1;
  return (begin, end) => [listText(plainElements(data.subarray(begin * entries, end * entries), dtype, convert))];
}

/** Returns a function that writes each sequence as a list of its items. */
export function textOfSequence(
  { dtype, itemShape, offsets, values }: SequenceValues,
  convert: ConvertNumbers,
): (i: number) => ElementText {
  const itemEntries = product(itemShape, isComplex(dtype) ? 2 : 1);
  return (i) => {
    const data = values.subarray(offsets[i] ?? 0, offsets[i + 1] ?? 0);
    if (itemShape.length === 0 && data.length < windowBytes) {
      return `[${listText(plainElements(data, dtype, convert))}]`;
    }
    const items = itemEntries === 0 ? 0 : data.length / itemEntries;
    return nestedText([items, ...itemShape], textOfNumbers(data, dtype, convert));
  };
}

/** Records that were read, and how their numbers are converted. */
export interface ReadRecords {
  readonly found: RecordResult;
  readonly convert: ConvertNumbers;
}

/**
 * Returns a function that writes the values at a path inside records; its argument is the position among all values
 * with this path, in C order. Records become lists of the values of their fields, as in h5py. A field that cannot be
 * read is null.
 * @param prefix path of the values, with a dot at the end unless it is empty.
 */
export function textOfValue(records: ReadRecords, type: StoredType, prefix: string): (at: number) => ElementText {
  switch (type.kind) {
    case 'record': {
      const fields = type.fields.map((field) => {
        const isRecord = unwrapArrays(field.type).type.kind === 'record';
        return textOfValue(records, field.type, `${prefix}${field.name}${isRecord ? '.' : ''}`);
      });
      return (at) => listOf(fields.map((textAt) => textAt(at)));
    }
    case 'array':
      return textOfArray(records, type, prefix);
    default: {
      const field = records.found.fields.get(prefix);
      return field === undefined ? () => 'null' : textOfField(field, records.convert);
    }
  }
}

/** Writes a list of elements. */
function listOf(elements: readonly ElementText[]): ElementText {
  if (elements.every((element) => typeof element === 'string')) return `[${elements.join(',')}]`;
  const textOf = textOfEach((i) => elements[i] ?? '');
  return nestedText([elements.length], textOf);
}

function textOfArray(
  records: ReadRecords,
  { base, shape }: Extract<StoredType, { kind: 'array' }>,
  prefix: string,
): (at: number) => ElementText {
  const { found, convert } = records;
  const count = product(shape);
  const field = found.fields.get(prefix);
  if (base.kind === 'number' && base.notes?.['hdf5:opaque'] !== undefined) {
    if (field === undefined) return () => 'null';
    const bytes = bytesOf(numbersOf(field));
    return (at) => bytesText(bytes.subarray(at * count, (at + 1) * count));
  }
  const textOf =
    base.kind === 'number' && field !== undefined
      ? textOfNumbers(numbersOf(field), field.dtype as DType, convert)
      : textOfEach(textOfValue(records, base, prefix));
  return (at) => nestedText(shape, (begin, end) => textOf(at * count + begin, at * count + end));
}

function numbersOf(field: NumberField | TextField | SequenceField): TypedArray {
  if (field.dtype === 'text' || field.dtype === 'sequence') throw new TypeError('Expected a field of numbers');
  return field.data;
}

function textOfField(
  field: NumberField | TextField | SequenceField,
  convert: ConvertNumbers,
): (at: number) => ElementText {
  if (field.dtype === 'text') return (at) => stringText(field.data[at] ?? '');
  if (field.dtype === 'sequence') return textOfSequence(field.data, convert);
  const { data, dtype } = field;
  if (dtype === 'bool') return (at) => String(data[at] !== 0);
  if (!isComplex(dtype)) return (at) => JSON.stringify(convert(data[at]));
  return (at) => JSON.stringify([convert(data[2 * at]), convert(data[2 * at + 1])]);
}

/** Returns the bytes of the memory of elements. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
