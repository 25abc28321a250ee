/**
 * Reads elements that are not numbers, for JSON: texts, records, sequences and opaque bytes.
 * @module
 */
import { kindOf } from '../api/array-description.js';
import type { ArrayHandle } from '../api/array-handle.js';
import { defaultsOf, openedParts } from '../api/opened-parts.js';
import { RecordHandle } from '../api/record-handle.js';
import type { NumberField, SequenceField, TextField } from '../api/record-result.js';
import { SequenceHandle } from '../api/sequence-handle.js';
import type { SequenceValues } from '../api/sequence-result.js';
import { TextHandle } from '../api/text-handle.js';
import { dtypeInfo } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import { product } from '../core/numbers.js';
import type { StoredType } from '../core/stored-type.js';
import type { Utf8Text } from '../core/utf8-text.js';
import type { ArrayDescriptor } from '../formats/descriptor.js';
import type { Datatype } from '../formats/hdf5-facts.js';
import type { TextOf } from './api/json-pieces.js';
import {
  bytesOf,
  bytesText,
  type ConvertNumbers,
  textOfEach,
  textOfSequence,
  textOfTexts,
  textOfValue,
} from './listed-json.js';

/** Kinds of elements. `none` are those of an array with a null dataspace. */
export type ElementKind = 'number' | 'text' | 'record' | 'sequence' | 'opaque' | 'none';

/** Returns the kind of the elements of an array. */
export function elementKind(array: ArrayDescriptor): ElementKind {
  const { hdf5 } = array;
  if (hdf5?.isNull === true) return 'none';
  const { elements } = kindOf(array);
  if (elements === 'numbers') return isOpaque(hdf5?.datatype) ? 'opaque' : 'number';
  return listedKinds[elements];
}

const listedKinds = { text: 'text', sequences: 'sequence', records: 'record' } as const;

function isOpaque(type: Datatype | undefined): boolean {
  return type?.kind === 'array' ? isOpaque(type.base) : type?.kind === 'opaque';
}

/** Returns the number of dimensions of an array, without the dimensions inside an element. */
export function outerRank(array: ArrayDescriptor): number {
  const { shape, hdf5 } = array;
  let inner = kindOf(array).hasAxis || elementKind(array) === 'opaque' ? 1 : 0;
  for (let type = hdf5?.datatype; type?.kind === 'array'; type = type.base) inner += type.shape.length;
  return shape.length - inner;
}

/** Elements as JSON. */
export interface ListedElements {
  /** Shape of the selection. */
  readonly shape: readonly number[];
  readonly textOf: TextOf;
  /** Memory of the elements in bytes. */
  readonly bytes: number;
}

/** Kinds of elements that are sent as lists. */
export type ListedKind = Exclude<ElementKind, 'number' | 'none'>;

/** What to read, and how numbers are converted for JSON. */
export interface ListedRead {
  readonly array: ArrayHandle;
  readonly kind: ListedKind;
  readonly selection: string | null;
  readonly convert: ConvertNumbers;
}

/** Reads texts in UTF-8. @throws {ValuesLimitError} if texts of variable length have more than `maxBytes` bytes. */
export function readTexts(
  array: ArrayHandle,
  selection: string | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Utf8Text & { readonly shape: readonly number[] }> {
  return new TextHandle(array, defaultsOf(array), maxBytes).read(selection ?? [], { strings: 'utf8', signal });
}

/**
 * Reads elements that are not numbers.
 * @throws {ValuesLimitError} if values of variable length have more than `maxBytes` bytes.
 * @throws {UnsupportedError} if the elements are sequences of records.
 */
export async function readListed(
  { array, kind, selection, convert }: ListedRead,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ListedElements> {
  const entries = selection ?? [];
  switch (kind) {
    case 'text': {
      const found = await readTexts(array, selection, maxBytes, signal);
      return { shape: found.shape, textOf: textOfTexts(found), bytes: memoryOfTexts(found) };
    }
    case 'sequence': {
      if (openedParts(array).descriptor.recordSequences !== undefined) {
        throw new UnsupportedError('sequences of records as a whole', array.path, 'Read one of their fields');
      }
      const found = await new SequenceHandle(array, maxBytes).read(entries, { signal });
      const textOf = textOfEach(textOfSequence(found, convert));
      return { shape: found.shape, textOf, bytes: memoryOfSequences(found) };
    }
    case 'record': {
      const found = await new RecordHandle(array, defaultsOf(array), maxBytes).read(entries, { signal });
      const { records } = openedParts(array).descriptor;
      if (records === undefined) throw new TypeError('Expected an array of records');
      const textOf = textOfEach(textOfValue({ found, convert }, records.type, ''));
      const bytes = [...found.fields.values()].reduce((sum, field) => sum + memoryOfField(field), 0);
      return { shape: found.shape, textOf, bytes };
    }
    case 'opaque': {
      const { data, shape } = await array.read(entries, { signal });
      const size = shape.at(-1) ?? 1;
      const textAt = (i: number): Iterable<string> => bytesText(bytesOf(data).subarray(i * size, (i + 1) * size));
      return { shape: shape.slice(0, -1), textOf: textOfEach(textAt), bytes: data.byteLength };
    }
  }
}

const memoryOfTexts = ({ offsets, bytes }: Utf8Text): number => offsets.byteLength + bytes.byteLength;

const memoryOfSequences = ({ offsets, values }: SequenceValues): number => offsets.byteLength + values.byteLength;

/** Approximate memory of a string in bytes, in addition to its characters. */
const stringBytes = 24;

function memoryOfField({ dtype, data }: NumberField | TextField | SequenceField): number {
  if (dtype === 'text') return data.reduce((sum, text) => sum + stringBytes + 2 * text.length, 0);
  return dtype === 'sequence' ? memoryOfSequences(data) : data.byteLength;
}

/** Size of the elements of a selection that are not numbers. */
export interface ListedSize {
  /** Number of elements. */
  readonly count: number;
  /** Bytes of the elements, except for values of variable length. */
  readonly fixedBytes: number;
  /** True if elements contain values of variable length. */
  readonly isVariable: boolean;
  /** Memory in bytes that a read needs, except for values of variable length. */
  readonly readBytes: number;
}

/** Memory in bytes for the position of an element of variable length. */
const positionBytes = 24;
/** Memory of elements of a fixed size in relation to their bytes: as stored, and converted to texts. */
const fixedMemory = 3;

/** Returns the size of a selection of an array. */
export function listedSize(array: ArrayHandle, kind: ListedKind, selection: string | null): ListedSize {
  const { descriptor } = openedParts(array);
  const view = array.view(selection ?? []);
  const hasAxis = kind !== 'text' || array.shape.length > outerRank(descriptor);
  const count = product(hasAxis ? view.shape.slice(0, -1) : view.shape);
  const stored = view.size * dtypeInfo(array.dtype).size;
  const isReference = kind === 'sequence' || descriptor.heapText !== undefined || descriptor.chunkText !== undefined;
  const isVariable = isReference || (descriptor.records !== undefined && isOfVariableSize(descriptor.records.type));
  const readBytes = fixedMemory * stored + count * positionBytes;
  return { count, fixedBytes: isReference ? 0 : stored, isVariable, readBytes };
}

function isOfVariableSize(type: StoredType): boolean {
  if (type.kind === 'record') return type.fields.some((field) => isOfVariableSize(field.type));
  if (type.kind === 'array') return isOfVariableSize(type.base);
  return type.kind === 'heap-text' || type.kind === 'sequence';
}
