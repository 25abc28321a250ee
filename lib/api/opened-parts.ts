/**
 * Gives other layers of the library the parts of an open array that {@link ArrayHandle} keeps private.
 * @module
 */
import type { ReadDefaults } from '../exec/wire.js';
import type { OpenedArray } from './reading.js';

interface Parts {
  readonly array: OpenedArray;
  readonly defaults: ReadDefaults;
}

const partsOf = new WeakMap<object, Parts>();

/** Remembers the parts of `handle`. The constructor of a handle calls this. */
export function rememberParts(handle: object, array: OpenedArray, defaults: ReadDefaults): void {
  partsOf.set(handle, { array, defaults });
}

/** Returns the parts of an open array. */
export function openedParts(handle: object): OpenedArray {
  return recall(handle).array;
}

/** Returns the options of reads of an open array. */
export function defaultsOf(handle: object): ReadDefaults {
  return recall(handle).defaults;
}

function recall(handle: object): Parts {
  const parts = partsOf.get(handle);
  if (parts === undefined) throw new TypeError('Expected an array that openArray() returned');
  return parts;
}
