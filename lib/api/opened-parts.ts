/**
 * Gives other layers of the library the parts of an open array that {@link ArrayHandle} keeps private.
 * @module
 */
import type { OpenedArray } from './reading.js';

const partsOf = new WeakMap<object, OpenedArray>();

/** Remembers the parts of `handle`. The constructor of a handle calls this. */
export function rememberParts(handle: object, array: OpenedArray): void {
  partsOf.set(handle, array);
}

/** Returns the parts of an open array. */
export function openedParts(handle: object): OpenedArray {
  const parts = partsOf.get(handle);
  if (parts === undefined) throw new TypeError('Expected an array that openArray() returned');
  return parts;
}
