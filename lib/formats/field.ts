/**
 * Describes one field of an array of records as an array. A format describes records as an array of bytes whose last
 * dimension contains the bytes of a record. The field has the same chunks; only its elements are at other positions.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { readElement } from '../core/element.js';
import { ChoiceError, UnsupportedError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import { maxRank } from '../core/limits.js';
import {
  type FieldPlace,
  fieldNames,
  findField,
  type InnerDimension,
  numbersAt,
  type RecordType,
  recordIn,
} from '../core/stored-type.js';
import { isRecord, listNames } from '../core/validate.js';
import type { Io } from '../io/io.js';
import type { Spacing } from '../plan/layout.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';
import type {
  ArrayDescriptor,
  ChunkIndex,
  FixedText,
  HeapText,
  Layer,
  RecordElements,
  RecordSequences,
  Sequences,
} from './descriptor.js';
import { refuseAbsent } from './refuse-absent.js';

/**
 * Returns the descriptor of one field of an array of records. If the elements are not records, returns `array`.
 * @param field path of a field, such as `x` or `p.w`; null if the caller names none.
 * @throws {ChoiceError} if there is no such field, or if the elements are records and the caller names no field.
 * @throws {UnsupportedError} if the type of the field is not supported, if there would be too many dimensions, or if
 *   the elements are text or sequences of variable length, or references.
 */
export function chooseField(array: ArrayDescriptor, field: string | null): ArrayDescriptor {
  return refuseVariable(chooseElements(array, field));
}

/**
 * Returns the descriptor of one field like {@link chooseField}, but also of elements that {@link chooseField} refuses
 * because they are no numbers.
 * @throws as {@link chooseField}.
 */
export function chooseElements(array: ArrayDescriptor, field: string | null): ArrayDescriptor {
  const { records, recordSequences, path } = array;
  if (recordSequences !== undefined) return chooseItems(array, recordSequences, field);
  if (records === undefined) {
    if (field === null) return array;
    const message = `Expected no \`options.field\`, received '${field}': the elements are not records`;
    throw new ChoiceError('field', message, path);
  }
  const place = fieldAt(records.type, field, 'records', path);
  return describeField(array, records, place, field ?? '');
}

/** Returns the position of a field. @throws {ChoiceError} if there is no such field, or if the caller names none. */
function fieldAt(record: RecordType, field: string | null, elements: string, path: string): FieldPlace {
  const names = `one of ${listNames(fieldNames(record))} for \`options.field\``;
  if (field === null) {
    throw new ChoiceError('field', `Expected ${names}, received undefined: the elements are ${elements}`, path);
  }
  const place = findField(record, field);
  if (place === null) throw new ChoiceError('field', `Expected ${names}, received '${field}'`, path);
  return place;
}

/** Returns the array of the sequences of one field of sequences of records. */
function chooseItems(array: ArrayDescriptor, sequences: RecordSequences, field: string | null): ArrayDescriptor {
  const { recordSequences: _, ...rest } = array;
  return { ...rest, sequences: sequences.choose(fieldAt(sequences.type, field, 'sequences of records', array.path)) };
}

function refuseVariable(array: ArrayDescriptor): ArrayDescriptor {
  if (array.sequences !== undefined) throw refuseSequences(array, 'numbers');
  if (array.heapText === undefined && array.chunkText === undefined) return array;
  const what = array.heapText?.what ?? 'variable-length strings';
  throw new UnsupportedError(`${what} as numbers`, array.path, 'Read them with openText');
}

function refuseSequences({ path }: ArrayDescriptor, as: string): UnsupportedError {
  return new UnsupportedError(`variable-length sequences as ${as}`, path, 'Read them with openSequences');
}

/**
 * Returns the description of an array of sequences, or of a field of records that contains sequences.
 * @param field path of a field, as for {@link chooseField}; null if the caller names none.
 * @throws as {@link chooseField}; {UnsupportedError} also if the elements are not sequences.
 */
export function chooseSequences(array: ArrayDescriptor, field: string | null): ArrayDescriptor {
  const chosen = chooseElements(array, field);
  if (chosen.sequences !== undefined) return chosen;
  throw new UnsupportedError(`elements of type ${typeName(chosen)} as sequences`, array.path, howToOpen(chosen));
}

/** Returns the name of an element type for errors. */
function typeName({ text, heapText, chunkText, sequences, recordSequences, dtype }: ArrayDescriptor): string {
  if (recordSequences !== undefined) return 'sequence of records';
  if (sequences !== undefined) return `sequence of ${sequences.dtype}`;
  return text === undefined && heapText === undefined && chunkText === undefined ? dtype : 'text';
}

function howToOpen(array: ArrayDescriptor): string {
  return `Read them with ${typeName(array) === 'text' ? 'openText' : 'openArray'}`;
}

/**
 * Returns the description of an array of text, or of a text field of records. Text of a fixed length is described as an
 * array of code units; text of variable length as an array of references, or as chunks of texts.
 * @param field path of a field, as for {@link chooseField}; null if the caller names none.
 * @throws as {@link chooseField}; {UnsupportedError} also if the elements are not text.
 */
export function chooseText(array: ArrayDescriptor, field: string | null): ArrayDescriptor {
  const chosen = chooseElements(array, field);
  if (chosen.text !== undefined || chosen.heapText !== undefined || chosen.chunkText !== undefined) return chosen;
  if (chosen.sequences !== undefined) throw refuseSequences(chosen, 'text');
  throw new UnsupportedError(`elements of type ${chosen.dtype} as text`, array.path, 'Read them with openArray');
}

/**
 * Returns the array if its elements are records.
 * @throws {ChoiceError} if they are not.
 */
export function requireRecords(array: ArrayDescriptor): ArrayDescriptor {
  if (array.records !== undefined) return array;
  throw new ChoiceError('field', `Expected an array of records, found elements of type ${typeName(array)}`, array.path);
}

/** Elements of a field that can be read: numbers, the code units of text, or the bytes of references. */
interface FieldElements {
  readonly dtype: DType;
  readonly byteOrder: 'little' | 'big';
  readonly dimensions: readonly InnerDimension[];
  readonly notes: Readonly<Record<string, unknown>>;
  readonly text?: FixedText;
  readonly heapText?: HeapText;
  readonly sequences?: Sequences;
}

function elementsOf(place: FieldPlace, records: RecordElements, name: string, path: string): FieldElements {
  const { type, dimensions, item } = place;
  const numbers = numbersAt(place);
  if (numbers !== null) {
    const notes = type.kind === 'number' ? (type.notes ?? {}) : {};
    return { ...numbers, notes, ...(type.kind === 'text' ? { text: { type, hasAxis: true } } : {}) };
  }
  switch (type.kind) {
    case 'heap-text': {
      const { size, target, what } = type;
      const heapText = records.heapText?.(target);
      if (heapText === undefined) throw refuseJoined(what, path);
      return { ...referencesOf(size, dimensions), heapText };
    }
    case 'sequence': {
      if (item === undefined && recordIn(type) !== null) throw refuseWholeRecord(records, name, path);
      const sequences = records.sequences?.(type, item);
      if (sequences === undefined) throw refuseJoined('variable-length sequences', path);
      return { ...referencesOf(type.size, dimensions), sequences };
    }
    case 'record':
      throw refuseWholeRecord(records, name, path);
    case 'other':
      throw new UnsupportedError(type.what, path, type.hint);
    default:
      throw new TypeError(`Expected a field that contains no numbers, found ${type.kind}`);
  }
}

function refuseWholeRecord(records: RecordElements, name: string, path: string): ChoiceError {
  const inner = fieldNames(records.type).filter((field) => field.startsWith(`${name}.`));
  const message = `Expected one of ${listNames(inner)} for \`options.field\`, received '${name}', which is a record`;
  return new ChoiceError('field', message, path);
}

/** Describes references as bytes. @param size number of bytes of a reference. */
function referencesOf(size: number, dimensions: readonly InnerDimension[]): FieldElements {
  return { dtype: 'uint8', byteOrder: 'little', dimensions: [...dimensions, { size, stride: 1 }], notes: {} };
}

function refuseJoined(what: string, path: string): UnsupportedError {
  return new UnsupportedError(`${what} of arrays that consist of others`, path);
}

function describeField(
  array: ArrayDescriptor,
  records: RecordElements,
  place: FieldPlace,
  name: string,
): ArrayDescriptor {
  const { path } = array;
  const { dtype, byteOrder, dimensions, notes, text, heapText, sequences } = elementsOf(place, records, name, path);
  const outer = array.shape.slice(0, -1);
  const rank = outer.length;
  const inner = dimensions.map(({ size }) => size);
  if (rank + inner.length > maxRank) {
    throw new UnsupportedError(
      `an array of ${rank + inner.length} dimensions, with those of the field '${name}'`,
      path,
    );
  }
  const fill = fieldFill(records.fill, place.offset, dimensions, dtype, byteOrder);
  const toInner = (values: readonly number[], extents: readonly number[]): number[] => [
    ...values.slice(0, rank),
    ...extents,
  ];
  const zeros = inner.map(() => 0);
  const isEmpty = inner.includes(0) || outer.includes(0);

  function fieldLayer(layer: Layer): Layer {
    if (layer.chunkShape[rank] !== records.type.size || layer.layout.axisOrder[rank] !== rank) {
      throw new UnsupportedError(`records of ${records.type.size} bytes, which are stored in pieces`, path);
    }
    const axisOrder = [...layer.layout.axisOrder.slice(0, rank), ...inner.map((_, i) => rank + i)];
    const own = spacingOf(records.type.size, place.offset, dimensions, dtype, axisOrder.slice(0, rank));
    const spacing = layer.layout.spacing === undefined ? own : addSpacing(layer.layout.spacing, own, rank);
    const index =
      fill === 'mixed' ? refuseAbsent(outerIndex(layer.index, rank), 'chunks', path) : outerIndex(layer.index, rank);
    return {
      start: toInner(layer.start, zeros),
      stop: toInner(layer.stop, inner),
      origin: toInner(layer.origin, zeros),
      chunkShape: toInner(layer.chunkShape, inner),
      gridShape: toInner(layer.gridShape, inner),
      layout: { dtype, byteOrder, axisOrder, edge: layer.layout.edge, codecs: layer.layout.codecs, spacing },
      index,
      ...(layer.interleaving === undefined
        ? {}
        : { interleaving: [...layer.interleaving.slice(0, rank), ...inner.map(() => null)] }),
    };
  }

  const { records: _records, fixedLayers, attributeTypes, maxShape, dimensionNames, ...rest } = array;
  return {
    ...rest,
    shape: [...outer, ...inner],
    dtype,
    chunkShape: toInner(array.chunkShape, inner),
    fillValue: fill === 'mixed' ? null : fill,
    dimensionNames: dimensionNames === null ? null : [...dimensionNames.slice(0, rank), ...inner.map(() => null)],
    attributes: { ...notes, ...array.attributes },
    ...storedAsOf(notes),
    ...(attributeTypes === undefined ? {} : { attributeTypes }),
    ...(maxShape === undefined ? {} : { maxShape: maxShape.slice(0, rank) }),
    scaling: null,
    ...(text === undefined ? {} : { text }),
    ...(heapText === undefined ? {} : { heapText }),
    ...(sequences === undefined ? {} : { sequences }),
    *layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]> {
      if (isEmpty) return [];
      const layers = yield* array.layers([...start.slice(0, rank), 0], [...stop.slice(0, rank), records.type.size]);
      return layers.map(fieldLayer);
    },
    ...(fixedLayers === undefined ? {} : { fixedLayers: isEmpty ? [] : fixedLayers.map(fieldLayer) }),
  };
}

/** Returns the stored type of a field in words, if its notes contain it. */
function storedAsOf(notes: Readonly<Record<string, unknown>>): { readonly storedAs?: string } {
  for (const note of [notes['npy'], notes['zarr']]) {
    if (isRecord(note) && typeof note['unit'] === 'string') return { storedAs: note['unit'] };
  }
  return {};
}

/**
 * Returns the chunk index of a field. Its chunks are the chunks of the records. `index` has `rank` + 1 dimensions. The
 * last dimension contains the bytes of a record and is not divided into chunks.
 */
function outerIndex(index: ChunkIndex, rank: number): ChunkIndex {
  const first = [0];
  return {
    locate: (box: ChunkBox): Io<ChunkLocations> => index.locate([...box.slice(0, rank), first]),
    ...(index.fixed === undefined ? {} : { fixed: index.fixed }),
  };
}

/**
 * Returns the spacing of a field if there is other data between the records, too.
 * @param records spacing of the records. @param field spacing of the field if the records were contiguous.
 * @param rank number of dimensions before those inside a record.
 */
function addSpacing(records: Spacing, field: Spacing, rank: number): Spacing {
  const pitches = field.pitches.map((pitch, d) => (d < rank ? records.pitches[d] || pitch : pitch));
  return { pitches, offset: records.offset + field.offset, tail: records.tail + field.tail };
}

/**
 * Returns the positions of the elements of a field in a chunk.
 * @param outerOrder dimensions of the records, slowest first.
 */
function spacingOf(
  recordBytes: number,
  offset: number,
  inner: readonly InnerDimension[],
  dtype: DType,
  outerOrder: readonly number[],
): Spacing {
  const pitches = outerOrder.map((_, d) => (d === outerOrder.at(-1) ? recordBytes : 0));
  pitches.push(...inner.map(({ stride }) => stride));
  const end = inner.reduce((sum, { size, stride }) => sum + (size - 1) * stride, offset + dtypeInfo(dtype).size);
  return { pitches, offset, tail: recordBytes - end };
}

/**
 * Returns the fill value of a field: null if the records have none or the field has no elements, `mixed` if its
 * elements have different fill values.
 * @param record fill value of a record.
 */
function fieldFill(
  record: Uint8Array | null,
  offset: number,
  dimensions: readonly InnerDimension[],
  dtype: DType,
  byteOrder: 'little' | 'big',
): FillValue | 'mixed' {
  if (record === null || dimensions.some(({ size }) => size === 0)) return null;
  const { size } = dtypeInfo(dtype);
  const [first, ...others] = offsetsOf(dimensions, offset);
  if (first === undefined) return null;
  for (const other of others) {
    for (let b = 0; b < size; b++) if (record[first + b] !== record[other + b]) return 'mixed';
  }
  return readElement(new DataView(record.buffer, record.byteOffset, record.length), first, dtype, byteOrder);
}

/** Returns the offset of each element of a field. */
function offsetsOf(dimensions: readonly InnerDimension[], offset: number): number[] {
  let offsets = [offset];
  for (const { size, stride } of dimensions) {
    offsets = offsets.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * stride));
  }
  return offsets;
}
