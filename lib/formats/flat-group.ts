/**
 * Creates the descriptor of the root group of a file that has no other groups.
 * @module
 */
import { ChoiceError } from '../core/errors.js';
import { listNames } from '../core/validate.js';
import { type Io, ready } from '../io/io.js';
import type { ArrayDescriptor } from './format.js';
import type { GroupDescriptor, GroupEntry } from './group.js';

/** A file whose arrays are all in the root group. */
export interface FlatGroup {
  readonly format: string;
  readonly path: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Names of the arrays. */
  readonly names: readonly string[];
  /** Opens the array `name`, which must be one of `names`. */
  open(name: string): Io<ArrayDescriptor>;
}

/**
 * Returns the root group of a flat file.
 * @param wanted requested group; null, '' and '/' are the root.
 * @throws {ChoiceError} if another group is requested.
 */
export function describeFlatGroup(flat: FlatGroup, wanted: string | null): GroupDescriptor {
  const { format, path, attributes, names } = flat;
  const checkRoot = (name: string): void => {
    if (name !== '' && name !== '/') {
      throw new ChoiceError('group', `Files of the format ${format} have no group '${name}', only the root`, path);
    }
  };
  checkRoot(wanted ?? '');
  const known = new Set(names);
  const group: GroupDescriptor = {
    format,
    path,
    name: '',
    attributes,
    *children(): Io<readonly GroupEntry[]> {
      return [...names].sort().map((name) => ({ name, kind: 'array' }));
    },
    *openArray(name: string): Io<ArrayDescriptor> {
      const own = known.has(name) || !name.startsWith('/') ? name : name.slice(1);
      if (!known.has(own)) {
        throw new ChoiceError('array', `Expected one of ${listNames(names)} as an array, received '${name}'`, path);
      }
      return yield* flat.open(own);
    },
    openGroup: (name: string): Io<GroupDescriptor> =>
      ready(() => {
        checkRoot(name);
        return group;
      }),
  };
  return group;
}
