/**
 * Resolves the elements of datasets that refer to something: strings and sequences of variable length, and references
 * to objects and regions.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import {
  type FieldPlace,
  type HeapTextKind,
  numbersAt,
  type SequenceType,
  sizeOfStored,
  wholeElement,
} from '../../core/stored-type.js';
import type { HeapText, Sequences } from '../descriptor.js';
import { h5pyHint } from '../refusal-hints.js';
import { type Referent, referenceNames } from './element-type.js';
import type { Hdf5File } from './file.js';
import { referenceBytes, resolveSequences, resolveText } from './heap-elements.js';
import { resolveReferences, sizeOfReference } from './reference-text.js';

/** Returns the size of an element in bytes. */
export function sizeOfElement(file: Hdf5File, target: Referent): number {
  return target === 'text' || target === 'sequence' ? referenceBytes(file) : sizeOfReference(file, target);
}

/** Returns the function that resolves elements to text. */
export function heapTextOf(file: Hdf5File, target: HeapTextKind): HeapText {
  const what = referenceNames[target];
  if (target === 'text') return { what, resolve: (bytes, maxBytes) => resolveText(file, bytes, maxBytes) };
  return { what, resolve: (bytes, maxBytes) => resolveReferences(file, target, bytes, maxBytes) };
}

/**
 * Returns the function that resolves elements to sequences.
 * @param item position in the items of the numbers to read; absent if all of an item is read.
 * @throws {UnsupportedError} if there are no numbers at the position.
 */
export function sequencesOf(file: Hdf5File, type: SequenceType, item?: FieldPlace): Sequences {
  const place = item ?? wholeElement(type.item);
  const numbers = numbersAt(place);
  if (numbers === null) {
    const what = place.type.kind === 'other' ? place.type.what : `HDF5 sequences of ${nameOf(place.type)}`;
    throw new UnsupportedError(
      what,
      file.path,
      (place.type.kind === 'other' ? place.type.hint : undefined) ?? h5pyHint,
    );
  }
  const itemBytes = sizeOfStored(type.item);
  return {
    dtype: numbers.dtype,
    itemShape: numbers.dimensions.map(({ size }) => size),
    resolve: (bytes, maxBytes) => resolveSequences(file, bytes, itemBytes, numbers, maxBytes),
  };
}

function nameOf(type: FieldPlace['type']): string {
  return type.kind === 'heap-text' ? type.what : `elements of the kind ${type.kind}`;
}
