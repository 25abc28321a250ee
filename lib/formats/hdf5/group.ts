/**
 * Describes groups, and finds the arrays of a file.
 * @module
 */
import { isError } from '../../core/brands.js';
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import { type Io, Pace } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { GroupDescriptor, GroupEntry, GroupLink } from '../group.js';
import { compareTexts, sorted } from '../sorted.js';
import { readAttributes } from './attributes.js';
import { describeDataset, isDataset } from './dataset.js';
import type { Hdf5File } from './file.js';
import { isGroup, listLinkNames, listLinks } from './links.js';
import type { LinkTarget } from './messages/link.js';
import { type ObjectHeader, readObjectHeaders } from './object-header.js';
import { HeaderCache, type Located, resolvePath } from './resolve.js';

/** Entry of a group. `header` is null if the linked object is damaged or not in the file. */
export interface Child {
  readonly name: string;
  readonly header: ObjectHeader | null;
  /** Target of a soft or external link; null for other links. */
  readonly link: GroupLink | null;
}

/** Returns the target of a soft or external link; null for other links. */
function linkOf(target: LinkTarget): GroupLink | null {
  if (target.kind === 'soft') return { file: null, path: target.path };
  return target.kind === 'external' ? { file: target.file, path: target.path } : null;
}

/** Describes an entry of a group. */
export function entryOf({ name, header, link }: Child): GroupEntry {
  return { name, kind: kindOf(header), ...(link === null ? {} : { link }) };
}

export function kindOf(header: ObjectHeader | null): GroupEntry['kind'] {
  if (header === null) return 'other';
  if (isDataset(header)) return 'array';
  return isGroup(header) ? 'group' : 'other';
}

/** Returns the entries of a group, sorted by name (code units). Reads their object headers together. */
export function* listChildren(file: Hdf5File, group: Located): Io<readonly Child[]> {
  const pace = new Pace(file.path);
  const links = yield* sorted(yield* listLinks(file, group.header), (a, b) => compareTexts(a.name, b.name), pace);
  const addresses: number[] = [];
  for (const { target } of links) {
    if (pace.isDue()) yield* pace.pause();
    if (target.kind === 'hard') addresses.push(target.address);
  }
  const headers = yield* readObjectHeaders(file, addresses);
  let known: HeaderCache | null = null;
  let next = 0;
  const children: Child[] = [];
  for (const { name, target } of links) {
    if (pace.isDue()) yield* pace.pause();
    if (target.kind === 'hard') {
      const header = headers[next++];
      children.push({ name, header: header === undefined || isError(header) ? null : header, link: null });
    } else {
      known ??= yield* cacheOf(file, [group.header, ...headers], pace);
      children.push({ name, header: yield* followed(file, group, name, known), link: linkOf(target) });
    }
  }
  return children;
}

/** Returns a cache with the headers that were read without errors. */
function* cacheOf(file: Hdf5File, headers: readonly (ObjectHeader | Error)[], pace: Pace): Io<HeaderCache> {
  const known = new HeaderCache(file);
  for (const header of headers) {
    if (pace.isDue()) yield* pace.pause();
    if (!isError(header)) known.add(header);
  }
  return known;
}

/** Follows a link that is not a hard link. Returns null if its target cannot be opened. */
function* followed(file: Hdf5File, group: Located, name: string, headers: HeaderCache): Io<ObjectHeader | null> {
  try {
    return (yield* resolvePath(file, group, name, 'what is missing', headers)).header;
  } catch (error) {
    if (isPosixParError(error, 'FormatError', 'ChoiceError', 'UnsupportedError')) return null;
    throw error;
  }
}

/**
 * Describes the array at `path`, relative to `from`.
 * @throws {ChoiceError} if there is no array.
 */
export function* openArrayAt(file: Hdf5File, from: Located, path: string): Io<ArrayDescriptor> {
  const { header, name } = yield* resolvePath(file, from, path, 'what there is');
  if (!isDataset(header)) {
    const members = isGroup(header) ? yield* listLinkNames(file, header) : [];
    const holds = members.length === 0 ? '' : `; it holds ${listNames(members, 20)}`;
    const what = isGroup(header) ? `a group${holds}` : 'something else';
    throw new ChoiceError('array', `HDF5: expected a dataset at '/${name}', found ${what}`, file.path);
  }
  return yield* describeDataset(file, header, name);
}

/**
 * Finds the group at `path`, relative to `from`.
 * @throws {ChoiceError} if there is no group.
 */
export function* groupAt(file: Hdf5File, from: Located, path: string): Io<Located> {
  const located = yield* resolvePath(file, from, path, 'what there is');
  if (isGroup(located.header) && !isDataset(located.header)) return located;
  throw new ChoiceError('group', `HDF5: expected a group at '/${located.name}', found none`, file.path);
}

/** Describes a group. */
export function* describeGroup(file: Hdf5File, group: Located): Io<GroupDescriptor> {
  return {
    format: 'hdf5',
    path: file.path,
    name: group.name,
    identity: group.header.address,
    attributes: yield* readAttributes(file, group.header),
    *children(): Io<readonly GroupEntry[]> {
      const pace = new Pace(file.path);
      const entries: GroupEntry[] = [];
      for (const child of yield* listChildren(file, group)) {
        if (pace.isDue()) yield* pace.pause();
        entries.push(entryOf(child));
      }
      return entries;
    },
    openArray: (name: string) => openArrayAt(file, group, name),
    *openGroup(name: string): Io<GroupDescriptor> {
      return yield* describeGroup(file, yield* groupAt(file, group, name));
    },
  };
}

/** Maximum number of groups visited by the search for arrays. */
const maxGroups = 10_000;
const maxArrays = 1000;

/**
 * Returns the paths of the arrays below `root`, nearest first, at most {@link maxArrays}. Visits each group once, and
 * lists a dataset with two names once.
 * @param counts returns true if a dataset counts as an array.
 */
export function* findArrays(file: Hdf5File, root: Located, counts: (header: ObjectHeader) => boolean): Io<string[]> {
  const pace = new Pace(file.path);
  const seen = new Set([root.header.address]);
  const names: string[] = [];
  const queue: Located[] = [root];
  for (let group = queue.shift(); group !== undefined && names.length < maxArrays; group = queue.shift()) {
    for (const { name, header } of yield* listChildren(file, group)) {
      if (pace.isDue()) yield* pace.pause();
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
