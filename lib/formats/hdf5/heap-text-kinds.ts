/**
 * Resolves the elements that refer to text: strings of variable length, and references to objects and regions.
 * @module
 */
import type { HeapTextKind } from '../../core/stored-type.js';
import type { HeapText } from '../descriptor.js';
import { heapTextNames } from './element-type.js';
import type { Hdf5File } from './file.js';
import { referenceBytes, resolveText } from './heap-text.js';
import { resolveReferences, sizeOfReference } from './reference-text.js';

/** Returns the size of an element in bytes. */
export function heapTextBytes(file: Hdf5File, kind: HeapTextKind): number {
  return kind === 'text' ? referenceBytes(file) : sizeOfReference(file, kind);
}

/** Returns the function that resolves elements to text. */
export function heapTextOf(file: Hdf5File, kind: HeapTextKind): HeapText {
  const what = heapTextNames[kind];
  if (kind === 'text') return { what, resolve: (bytes) => resolveText(file, bytes) };
  return { what, resolve: (bytes) => resolveReferences(file, kind, bytes) };
}
