/**
 * Resolves the references in attribute values to paths.
 * @module
 */
import { type Io, Pace } from '../../io/io.js';
import type { Hdf5File } from './file.js';
import { findPaths } from './object-paths.js';
import type { ObjectReference } from './values.js';

/** Maximum depth of a value. Values of attributes are less deep, because the depth of datatypes is limited. */
const maxDepth = 128;

/**
 * Returns a copy of an attribute value with paths in place of references: the path of the object with a leading slash,
 * followed by the selection of a region, such as `/data[0:10, 3:4]`. A reference becomes null if it is null, or if no
 * hard link leads to its object. Values deeper than 128 levels are returned as they are.
 * @throws as {@link findPaths}.
 */
export function* resolveAttribute(file: Hdf5File, value: unknown): Io<unknown> {
  const pace = new Pace(file.path);
  const addresses = new Set<number>();
  yield* mapReferences(value, pace, ({ objectAddress }) => {
    if (objectAddress > 0) addresses.add(objectAddress);
    return null;
  });
  const paths = addresses.size === 0 ? new Map<number, string>() : yield* findPaths(file, addresses);
  return yield* mapReferences(value, pace, ({ objectAddress, region }) => {
    const path = paths.get(objectAddress);
    return path === undefined ? null : path + (region ?? '');
  });
}

/** Returns a copy of `value` with the results of `replace` in place of references. */
function* mapReferences(
  value: unknown,
  pace: Pace,
  replace: (reference: ObjectReference) => string | null,
  depth = 0,
): Io<unknown> {
  if (pace.isDue()) yield* pace.pause();
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || depth > maxDepth) return value;
  if (isReference(value)) return replace(value);
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    for (const element of value) copy.push(yield* mapReferences(element, pace, replace, depth + 1));
    return copy;
  }
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    members.push([name, yield* mapReferences(member, pace, replace, depth + 1)]);
  }
  return Object.fromEntries(members);
}

/** True if an attribute value is a reference, and not a compound that has another member. */
function isReference(value: object): value is ObjectReference {
  const { objectAddress, region, ...rest } = value as { [name: string]: unknown };
  return (
    typeof objectAddress === 'number' &&
    (region === undefined || typeof region === 'string') &&
    Object.keys(rest).length === 0
  );
}
