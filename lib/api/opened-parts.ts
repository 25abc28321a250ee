/**
 * Gives other layers of the library the parts of an open array or group that its handle keeps private.
 * @module
 */
import type { ReadDefaults } from '../exec/wire.js';
import type { GroupDescriptor } from '../formats/group.js';
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

const groups = new WeakMap<object, GroupDescriptor>();

/** Remembers the description of a group. The constructor of a group handle calls this. */
export function rememberGroup(handle: object, descriptor: GroupDescriptor): void {
  groups.set(handle, descriptor);
}

/** Returns the description of an open group. */
export function openedGroup(handle: object): GroupDescriptor {
  const descriptor = groups.get(handle);
  if (descriptor === undefined) throw new TypeError('Expected a group that openGroup() returned');
  return descriptor;
}
