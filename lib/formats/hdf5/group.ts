/**
 * Groups as descriptions, and the search for the arrays of a file.
 * @module
 */
import { isError } from '../../core/brands.js';
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import { readAttributes } from './attributes.js';
import { describeDataset, isDataset } from './dataset.js';
import type { Hdf5File } from './file.js';
import { isGroup, listLinks } from './links.js';
import type { Link } from './messages/link.js';
import { type ObjectHeader, readObjectHeaders } from './object-header.js';
import { HeaderCache, type Located, resolvePath } from './resolve.js';

/** One entry of a group with the object it leads to; `header` is null where that is not in the file, or damaged. */
export interface Child {
  readonly name: string;
  readonly header: ObjectHeader | null;
}

/** What an object is. */
export function kindOf(header: ObjectHeader | null): GroupEntry['kind'] {
  if (header === null) return 'other';
  if (isDataset(header)) return 'array';
  return isGroup(header) ? 'group' : 'other';
}

/** The entries of a group, sorted by name (code units); headers are read together. */
export function* listChildren(file: Hdf5File, group: Located): Io<readonly Child[]> {
  const links = [...(yield* listLinks(file, group.header))];
  links.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const addresses = links.flatMap(({ target }) => (target.kind === 'hard' ? [target.address] : []));
  const headers = yield* readObjectHeaders(file, addresses);
  const known = new HeaderCache(file);
  for (const header of [group.header, ...headers]) if (!isError(header)) known.add(header);
  let next = 0;
  const children: Child[] = [];
  for (const link of links) {
    if (link.target.kind === 'hard') {
      const header = headers[next++];
      children.push({ name: link.name, header: header === undefined || isError(header) ? null : header });
    } else {
      children.push({ name: link.name, header: yield* followed(file, group, link, known) });
    }
  }
  return children;
}

/** What a soft link leads to; null where that is nothing. */
function* followed(file: Hdf5File, group: Located, link: Link, headers: HeaderCache): Io<ObjectHeader | null> {
  try {
    return (yield* resolvePath(file, group, link.name, 'what is missing', headers)).header;
  } catch (error) {
    if (isPosixParError(error, 'FormatError', 'ChoiceError', 'UnsupportedError')) return null;
    throw error;
  }
}

/**
 * The description of the array at `path`, relative to `from`.
 * @throws {ChoiceError} when there is none.
 */
export function* openArrayAt(file: Hdf5File, from: Located, path: string): Io<ArrayDescriptor> {
  const { header, name } = yield* resolvePath(file, from, path, 'what there is');
  if (!isDataset(header)) {
    const members = isGroup(header) ? (yield* listLinks(file, header)).map((link) => link.name).sort() : [];
    const holds = members.length === 0 ? '' : `; it holds ${listNames(members, 20)}`;
    const what = isGroup(header) ? `a group${holds}` : 'something else';
    throw new ChoiceError('array', `HDF5: expected a dataset at '/${name}', found ${what}`, file.path);
  }
  return yield* describeDataset(file, header, name);
}

/**
 * The group at `path`, relative to `from`.
 * @throws {ChoiceError} when there is none.
 */
export function* groupAt(file: Hdf5File, from: Located, path: string): Io<Located> {
  const located = yield* resolvePath(file, from, path, 'what there is');
  if (isGroup(located.header) && !isDataset(located.header)) return located;
  throw new ChoiceError('group', `HDF5: expected a group at '/${located.name}', found none`, file.path);
}

/** The description of a group. */
export function* describeGroup(file: Hdf5File, group: Located): Io<GroupDescriptor> {
  return {
    format: 'hdf5',
    path: file.path,
    name: group.name,
    identity: group.header.address,
    attributes: yield* readAttributes(file, group.header),
    *children(): Io<readonly GroupEntry[]> {
      const children = yield* listChildren(file, group);
      return children.map(({ name, header }) => ({ name, kind: kindOf(header) }));
    },
    openArray: (name: string) => openArrayAt(file, group, name),
    *openGroup(name: string): Io<GroupDescriptor> {
      return yield* describeGroup(file, yield* groupAt(file, group, name));
    },
  };
}

/** How far the search for arrays goes. */
const maxGroups = 10_000;
const maxArrays = 1000;

/**
 * The paths of the arrays below `root`, nearest first, each group once; stops after {@link maxArrays} arrays. Two names of
 * one dataset count once.
 * @param counts whether a dataset counts as an array.
 */
export function* findArrays(file: Hdf5File, root: Located, counts: (header: ObjectHeader) => boolean): Io<string[]> {
  const seen = new Set([root.header.address]);
  const names: string[] = [];
  const queue: Located[] = [root];
  for (let group = queue.shift(); group !== undefined && names.length < maxArrays; group = queue.shift()) {
    for (const { name, header } of yield* listChildren(file, group)) {
      if (header === null || seen.has(header.address)) continue;
      seen.add(header.address);
      const path = group.name === '' ? name : `${group.name}/${name}`;
      const kind = kindOf(header);
      if (kind === 'group' && seen.size < maxGroups) queue.push({ header, name: path });
      else if (kind === 'array' && counts(header)) names.push(path);
    }
  }
  return names.slice(0, maxArrays);
}
