/**
 * Resolves the elements of datasets that refer to something: strings and sequences of variable length, and references
 * to objects and regions.
 * @module
 */
import type { HeapTextKind, SequenceType } from '../../core/stored-type.js';
import type { HeapText, Sequences } from '../descriptor.js';
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
  if (target === 'text') return { what, resolve: (bytes) => resolveText(file, bytes) };
  return { what, resolve: (bytes) => resolveReferences(file, target, bytes) };
}

/** Returns the function that resolves elements to sequences. */
export function sequencesOf(file: Hdf5File, { dtype, byteOrder }: SequenceType): Sequences {
  return { dtype, resolve: (bytes) => resolveSequences(file, bytes, dtype, byteOrder) };
}
