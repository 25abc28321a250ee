/**
 * Describes MATLAB's values: their size in MATLAB's order, logical values, text and empty arrays.
 * @module
 */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { maxRank } from '../../core/limits.js';
import type { TextType } from '../../core/stored-type.js';
import { type Io, readRanges, ready } from '../../io/io.js';
import type { ArrayDescriptor, Layer } from '../descriptor.js';
import { transposeArray } from '../transposed.js';

/** Encodings of MATLAB's characters by the element type of the array. */
const encodings: Readonly<Partial<Record<string, TextType['encoding']>>> = {
  uint8: 'utf-8',
  uint16: 'utf-16',
  uint32: 'utf-32',
};

/** Returns the class of a value: `double`, `char`, `cell`, `struct` and so on. Null if it is not stated. */
export function classOf(attributes: Readonly<Record<string, unknown>>): string | null {
  const name = attributes['MATLAB_class'];
  return typeof name === 'string' && name !== '' ? name : null;
}

/**
 * Describes the value in a dataset. MATLAB stores arrays in column-major order, so the dimensions of the dataset are
 * reversed. The dataset of an empty array contains its size.
 * @throws {FormatError} if the size of an empty array is damaged.
 */
export function* describeVariable(dataset: ArrayDescriptor): Io<ArrayDescriptor> {
  const kind = classOf(dataset.attributes);
  const { hdf5: _, ...stored } = dataset;
  const array = { ...stored, format: 'matlab' };
  if (isSet(array.attributes['MATLAB_empty'])) return emptyArray(array, yield* readSize(array));
  const isReference =
    array.heapText !== undefined || array.sequences !== undefined || array.recordSequences !== undefined;
  const rank = isReference ? array.shape.length - 1 : array.shape.length;
  const reversed = array.shape.map((_, d) => (d < rank ? rank - 1 - d : d));
  if (kind === 'char' && encodings[array.dtype] !== undefined) return textArray(array, rank);
  const found = rank < 2 ? array : transposeArray(array, reversed);
  return kind === 'logical' && array.dtype === 'uint8' ? asBool(found) : found;
}

/** Returns the array of characters. A text is a row, so the columns, MATLAB's second dimension, come last. */
function textArray(array: ArrayDescriptor, rank: number): ArrayDescriptor {
  const columns = Math.max(0, rank - 2);
  const others = array.shape.map((_, d) => rank - 1 - d).filter((d) => d !== columns);
  const found = transposeArray(array, rank === 0 ? [] : [...others, columns]);
  const type = textType(array.dtype, rank === 0 ? 1 : (array.shape[columns] ?? 0));
  return { ...found, text: { type, hasAxis: rank > 0 } };
}

function textType(dtype: string, width: number): TextType {
  const encoding = encodings[dtype] ?? 'utf-16';
  const unitBytes = { 'utf-8': 1, latin1: 1, 'utf-16': 2, 'utf-32': 4 }[encoding];
  return { kind: 'text', size: width * unitBytes, encoding, byteOrder: 'little', padding: 'none' };
}

function asBool(array: ArrayDescriptor): ArrayDescriptor {
  const convert = (layer: Layer): Layer => ({ ...layer, layout: { ...layer.layout, dtype: 'bool' } });
  const { fixedLayers } = array;
  return {
    ...array,
    dtype: 'bool',
    fillValue: array.fillValue === null ? null : array.fillValue !== 0,
    *layers(start, stop): Io<readonly Layer[]> {
      return (yield* array.layers(start, stop)).map(convert);
    },
    ...(fixedLayers === undefined ? {} : { fixedLayers: fixedLayers.map(convert) }),
  };
}

function isSet(value: unknown): boolean {
  return typeof value === 'number' ? value !== 0 : Array.isArray(value) && value.length === 1 && isSet(value[0]);
}

const dtypes: Readonly<Partial<Record<string, ArrayDescriptor['dtype']>>> = {
  double: 'float64',
  single: 'float32',
  logical: 'bool',
  char: 'uint16',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int32: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
};

/** Describes an array without elements. An empty cell or struct array has a size, and elements of no use. */
function emptyArray(array: ArrayDescriptor, size: readonly number[]): ArrayDescriptor {
  const kind = classOf(array.attributes);
  if (!size.includes(0)) {
    throw new FormatError(
      `MATLAB: expected a size with a 0 of the empty array '${array.name}', found [${size}]`,
      array,
    );
  }
  const { heapText: _heapText, sequences: _sequences, recordSequences: _recordSequences, ...plain } = array;
  const { records: _records, text: _text, ...rest } = plain;
  const dtype = dtypes[kind ?? ''] ?? 'uint8';
  const others = [size[0] ?? 0, ...size.slice(2)];
  const isText = kind === 'char';
  const references = {
    what: 'cells',
    resolve: () => ready(() => ({ offsets: new Float64Array(1), bytes: new Uint8Array(0) })),
  };
  const shape = isText ? [...others, size[1] ?? 0] : kind === 'cell' ? [...size, 8] : size;
  return {
    ...rest,
    dtype,
    shape,
    chunkShape: shape.map((size) => Math.max(1, size)),
    fillValue: null,
    dimensionNames: null,
    ...(isText ? { text: { type: textType('uint16', size[1] ?? 0), hasAxis: true } } : {}),
    ...(kind === 'cell' ? { heapText: references } : {}),
    layers: () => ready(() => []),
    fixedLayers: [],
  };
}

/** Reads the size of an empty array from its dataset, which contains the size instead of elements. */
function* readSize(array: ArrayDescriptor): Io<readonly number[]> {
  const [rank] = array.shape;
  if (array.dtype !== 'uint64' || array.shape.length !== 1 || rank === undefined || rank < 1 || rank > maxRank) {
    const found = `${array.dtype} [${array.shape}]`;
    const message = `MATLAB: expected the size of the empty array '${array.name}' as uint64 [2], found ${found}`;
    throw new FormatError(message, array);
  }
  const [layer] = yield* array.layers([0], [rank]);
  const places = layer === undefined ? undefined : yield* layer.index.locate([[0]]);
  if (places?.kind !== 'table' || (layer?.layout.codecs.length ?? 0) > 0 || layer?.chunkShape[0] !== rank) {
    throw new UnsupportedError(`the MATLAB array '${array.name}', whose size is stored in encoded chunks`, array.path);
  }
  const offset = places.offsets[0] ?? -1;
  const { path } = array;
  const [bytes] = yield* readRanges(places.files[0] ?? path, [{ offset, length: 8 * rank }]);
  if (offset < 0 || bytes?.length !== 8 * rank) {
    throw new FormatError(`MATLAB: expected ${8 * rank} bytes of size of '${array.name}'`, { path, offset });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: rank }, (_, d) => {
    const size = Number(view.getBigUint64(8 * d, layer.layout.byteOrder === 'little'));
    if (Number.isSafeInteger(size)) return size;
    throw new FormatError(`MATLAB: expected a size below 2^53, found ${size}`, { path, offset: offset + 8 * d });
  });
}
