/**
 * Describes arrays of any elements from their metadata, without opening their data.
 * @module
 */
import { codecLabel } from '../codecs/codec.js';
import { type DType, dtypeInfo } from '../core/dtype.js';
import { isPosixParError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import { fieldNames, findField, type RecordType, type TextType } from '../core/stored-type.js';
import type { VirtualSources } from '../formats/descriptor.js';
import { chooseElements } from '../formats/field.js';
import type { ArrayDescriptor, DomainBounds } from '../formats/format.js';
import type { Io } from '../io/io.js';
import { type AttributeType, attributesOfArray, describeAttributes } from './attribute-types.js';
import { describeElementType, type TypeDescription } from './type-description.js';

/** One field of the records of an array. */
export interface RecordFieldInfo {
  /** Path of the field, such as `x` or `p.w`. */
  readonly name: string;
  /** Element type; `text` for text, `sequence` for sequences of numbers, null if the field cannot be read. */
  readonly dtype: DType | 'text' | 'sequence' | null;
  /** Stored type in words, such as `float64`, `text of 10 bytes` or `datetime64[s]`; null if `dtype` is null. */
  readonly storedType: string | null;
  /** Position in bytes from the start of the record. */
  readonly offset: number;
  /** Dimensions of the field inside a record; empty for one value per record. */
  readonly shape: readonly number[];
  /** Reason why the field cannot be read; null if it can. */
  readonly problem: string | null;
}

/** Properties of an array that are known without reading its data. */
export interface ArrayDescription {
  /** Name of the format, such as `npy`. */
  readonly format: string;
  /** Absolute path of the file or store. */
  readonly path: string;
  /** Path of the array within its file or store; '' if the array has no name there, as in `npy` files. */
  readonly name: string;
  /** What the elements are: `openArray`, `openText`, `openSequences` or `openRecords` opens such an array. */
  readonly elements: 'numbers' | 'text' | 'sequences' | 'records';
  /** Length of each dimension, without the bytes or code units inside an element; empty for a scalar. */
  readonly shape: readonly number[];
  /** Element type that reads return; for sequences the type of their numbers. Null for text and records. */
  readonly dtype: DType | null;
  /** Stored type in words: `dtype` if it says all, otherwise for example `text of 8 bytes` or `float8_e4m3fn`. */
  readonly storedType: string;
  /** Stored type in detail, such as the members of an enumeration or the tag of opaque bytes. */
  readonly type: TypeDescription;
  /** True if the array has neither elements nor dimensions (HDF5's null dataspace). Its `shape` is then [0]. */
  readonly isNull: boolean;
  /** Number of bytes of an element that was read; null if elements differ in length. */
  readonly elementBytes: number | null;
  /** Shape of one chunk; the shape of the array if it is not chunked. */
  readonly chunkShape: readonly number[];
  /** Names of the codecs, in the order in which a writer applied them; empty if the data is not encoded. */
  readonly codecs: readonly string[];
  /** Value of the elements of absent chunks; null if the array defines none, and for elements that are no numbers. */
  readonly fillValue: FillValue;
  /** Name of each dimension, or null for a dimension without a name. Null if the array has no dimension names. */
  readonly dimensionNames: readonly (string | null)[] | null;
  /** Maximum size of each dimension; null if it is unlimited. Equals `shape` in formats whose arrays do not grow. */
  readonly maxShape: readonly (number | null)[];
  /** Coordinate range of each dimension; null if the format has no coordinates and positions count from 0. */
  readonly domain: readonly DomainBounds[] | null;
  /** The attribute `units`, which says what the values measure; null if there is no such text. */
  readonly units: string | null;
  /** Attributes stored with the array, by name; empty if there are none. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Stored types and shapes of the attributes. */
  readonly attributeTypes: readonly AttributeType[];
  /** Fields of records, or of the items of sequences of records; null for other elements. */
  readonly fields: readonly RecordFieldInfo[] | null;
  /** Sources of a virtual dataset; null for other arrays. */
  readonly virtualSources: VirtualSources | null;
  /**
   * State of the restart points of a compressed stream (`.nii.gz`, compressed `.npz`). `none`: the first read decodes
   * the stream once. `saved`: a saved index contains them. Null if the array is not in such a stream.
   */
  readonly restartPoints: 'none' | 'saved' | null;
  /** Number of bytes of the compressed stream that contains the array; null if the array is not in such a stream. */
  readonly streamBytes: number | null;
}

/**
 * Returns the description of an array. Never decodes data.
 * @throws {FormatError} if the metadata is damaged.
 */
export function* describeElements(array: ArrayDescriptor): Io<ArrayDescription> {
  const { format, path, name, maxShape = [], domain, attributes, stream } = array;
  const { elementBytes } = kindOf(array);
  const outer = describeOuter(array);
  const { elements, shape } = outer;
  const rank = shape.length;
  const units = Object.hasOwn(attributes, 'units') ? attributes['units'] : undefined;
  const { sequences, dtype } = array;
  return {
    format,
    path,
    name,
    ...outer,
    dtype: elements === 'numbers' ? dtype : (sequences?.dtype ?? null),
    storedType: storedTypeOf(array),
    type: describeElementType(array),
    isNull: array.hdf5?.isNull === true,
    elementBytes,
    codecs: yield* codecsOf(array),
    maxShape: [...maxShape, ...shape.slice(maxShape.length)].slice(0, rank),
    domain: domain?.slice(0, rank) ?? null,
    units: typeof units === 'string' ? units : null,
    attributes,
    attributeTypes: describeAttributes(attributesOfArray(array)),
    virtualSources: array.virtualSources ?? null,
    restartPoints: stream === undefined ? null : (yield* stream.hasSavedIndex()) ? 'saved' : 'none',
    streamBytes: stream?.storedBytes ?? null,
  };
}

/** The kind of the elements of an array, and the properties of the array without the dimension inside an element. */
export type OuterDescription = Pick<
  ArrayDescription,
  'elements' | 'shape' | 'chunkShape' | 'fillValue' | 'dimensionNames' | 'fields'
>;

/** Returns the part of {@link describeElements} that needs no I/O. */
export function describeOuter(array: ArrayDescriptor): OuterDescription {
  const { elements, hasAxis } = kindOf(array);
  const rank = array.shape.length - (hasAxis ? 1 : 0);
  return {
    elements,
    shape: array.shape.slice(0, rank),
    chunkShape: array.chunkShape.slice(0, rank),
    fillValue: elements === 'numbers' ? array.fillValue : null,
    dimensionNames: array.dimensionNames?.slice(0, rank) ?? null,
    fields: fieldsOf(array),
  };
}

interface Kind extends Pick<ArrayDescription, 'elements' | 'elementBytes'> {
  /** True if the last dimension contains the bytes or code units of an element. */
  readonly hasAxis: boolean;
}

/** Returns the kind of the elements of an array. */
export function kindOf({
  dtype,
  records,
  text,
  heapText,
  chunkText,
  sequences,
  recordSequences,
}: ArrayDescriptor): Kind {
  if (records !== undefined) return { elements: 'records', hasAxis: true, elementBytes: records.type.size };
  if (sequences !== undefined || recordSequences !== undefined)
    return { elements: 'sequences', hasAxis: true, elementBytes: null };
  if (text !== undefined) return { elements: 'text', hasAxis: text.hasAxis, elementBytes: text.type.size };
  if (heapText !== undefined || chunkText !== undefined)
    return { elements: 'text', hasAxis: chunkText === undefined, elementBytes: null };
  return { elements: 'numbers', hasAxis: false, elementBytes: dtypeInfo(dtype).size };
}

/** Returns the type of the stored elements in words. */
function storedTypeOf(array: ArrayDescriptor): string {
  const { dtype, storedAs, records, text, heapText, chunkText, sequences, recordSequences } = array;
  if (records !== undefined) return `records of ${records.type.size} bytes`;
  if (recordSequences !== undefined) return 'sequences of records';
  if (sequences !== undefined) return `sequences of ${sequences.dtype}`;
  if (text !== undefined) return `text of ${lengthOf(text.type)}`;
  if (chunkText !== undefined || heapText?.what === 'variable-length strings') return 'text of variable length';
  if (heapText !== undefined) return heapText.what;
  return storedAs ?? dtype;
}

/** Returns the length of text in the units of its encoding. */
function lengthOf({ size, encoding }: TextType): string {
  const [count, unit] =
    encoding === 'utf-32'
      ? [size / 4, 'code point']
      : encoding === 'utf-16'
        ? [size / 2, 'UTF-16 code unit']
        : [size, 'byte'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Codecs that convert numbers after decoding. The stored type says more about them. */
const conversions: ReadonlySet<string> = new Set(['smallFloat', 'smallInteger']);

/** Returns the names of the codecs; empty if no chunk exists, or if its encoding is not supported. */
function* codecsOf(array: ArrayDescriptor): Io<readonly string[]> {
  const { shape, stream, fixedLayers } = array;
  if (shape.includes(0)) return [];
  if (stream !== undefined) return [stream.codec];
  if (array.codecs !== undefined) return array.codecs;
  try {
    const first = shape.map(() => 0);
    const second = shape.map(() => 1);
    const layers = fixedLayers ?? (yield* array.layers(first, second));
    const chain = layers[0]?.layout.codecs ?? [];
    return chain.filter(({ codec }) => !conversions.has(codec)).map(codecLabel);
  } catch (error) {
    // The array can be described even if its chunks cannot be read.
    if (isPosixParError(error, 'UnsupportedError')) return [];
    throw error;
  }
}

function fieldsOf(array: ArrayDescriptor): readonly RecordFieldInfo[] | null {
  const record = array.records?.type ?? array.recordSequences?.type;
  return record === undefined ? null : describeFields(array, record);
}

/** Returns the fields of records, or of the items of sequences of records, with those of nested records. */
export function describeFields(array: ArrayDescriptor, record: RecordType): RecordFieldInfo[] {
  return fieldNames(record).map((name) => describeField(array, record, name));
}

function describeField(array: ArrayDescriptor, record: RecordType, name: string): RecordFieldInfo {
  const offset = findField(record, name)?.offset ?? 0;
  try {
    const chosen = chooseElements(array, name);
    const { elements, hasAxis } = kindOf(chosen);
    const inner = chosen.shape.slice(array.shape.length - 1);
    const shape = hasAxis ? inner.slice(0, -1) : inner;
    const dtype = elements === 'text' ? 'text' : elements === 'sequences' ? 'sequence' : chosen.dtype;
    return { name, dtype, storedType: storedTypeOf(chosen), offset, shape, problem: null };
  } catch (error) {
    if (!isPosixParError(error, 'UnsupportedError')) throw error;
    return { name, dtype: null, storedType: null, offset, shape: [], problem: error.message };
  }
}
