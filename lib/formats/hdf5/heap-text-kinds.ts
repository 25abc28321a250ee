/**
 * Lists the kinds of elements that refer to text: strings of variable length, and references to objects and regions.
 * @module
 */
import type { HeapText } from '../descriptor.js';
import type { HeapTextKind } from './element-type.js';
import type { Hdf5File } from './file.js';
import { referenceBytes, resolveText } from './heap-text.js';
import { resolveReferences, sizeOfReference } from './reference-text.js';

/** Names of the kinds in the plural, for errors. */
export const heapTextNames = {
  text: 'variable-length strings',
  object: 'object references',
  region: 'region references',
} as const satisfies Record<HeapTextKind, string>;

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
