/**
 * Creates the descriptors of groups, and finds the arrays of a file.
 * @module
 */
import { isError } from '../../core/brands.js';
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import { type Io, Pace } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { DatatypeDescriptor, GroupDescriptor, GroupEntry, GroupLink, ListedEntry } from '../group.js';
import { compareTexts, sorted } from '../sorted.js';
import { resolveAttribute } from './attribute-references.js';
import { readTypedAttributes } from './attributes.js';
import { describeDataset } from './dataset.js';
import { committedDatatype } from './facts.js';
import type { Hdf5File } from './file.js';
import { isGroup, listLinkNames, listLinks } from './links.js';
import type { LinkTarget } from './messages/link.js';
import { isDataset, type ObjectHeader, readObjectHeaders } from './object-header.js';
import { type Located, resolvePath } from './resolve.js';
import { ResolveCache } from './resolve-cache.js';

/** Entry of a group. `header` is null if the linked object is damaged, does not exist or is not permitted. */
export interface Child {
  readonly name: string;
  /** File that contains the object. */
  readonly file: Hdf5File;
  readonly header: ObjectHeader | null;
  /** Target of a soft or external link; null for other links. */
  readonly link: GroupLink | null;
}

/** Returns the target of a soft or external link; null for other links. */
function linkOf(target: LinkTarget, found: Located | NotFound): GroupLink | null {
  const state = found === 'dead' ? { isDead: true as const } : {};
  if (target.kind === 'soft') return { file: null, path: target.path, ...state };
  return target.kind === 'external' ? { file: target.file, path: target.path, ...state } : null;
}

/** Returns an entry as a group descriptor lists it. */
export function entryOf({ name, header, link }: Child): GroupEntry {
  return { name, kind: kindOf(header), ...(link === null ? {} : { link }) };
}

export function kindOf(header: ObjectHeader | null): GroupEntry['kind'] {
  if (header === null) return 'other';
  if (isDataset(header)) return 'array';
  return isGroup(header) ? 'group' : 'other';
}

/** Returns the entries of a group, sorted by name (code units). Reads their object headers together. */
export function* listChildren(group: Located): Io<readonly Child[]> {
  const { file } = group;
  const pace = new Pace(file.path);
  const links = yield* sorted(yield* listLinks(file, group.header), (a, b) => compareTexts(a.name, b.name), pace);
  const addresses: number[] = [];
  for (const { target } of links) {
    if (pace.isDue()) yield* pace.pause();
    if (target.kind === 'hard') addresses.push(target.address);
  }
  const headers = yield* readObjectHeaders(file, addresses);
  let known: ResolveCache | null = null;
  let next = 0;
  const children: Child[] = [];
  for (const { name, target } of links) {
    if (pace.isDue()) yield* pace.pause();
    if (target.kind === 'hard') {
      const header = headers[next++];
      children.push({ name, file, header: header === undefined || isError(header) ? null : header, link: null });
    } else {
      known ??= yield* cacheOf(file, [group.header, ...headers], pace);
      const found = yield* followed(group, name, known);
      const object = typeof found === 'string' ? { file, header: null } : { file: found.file, header: found.header };
      children.push({ name, ...object, link: linkOf(target, found) });
    }
  }
  return children;
}

/** Returns a cache with `headers`, except for the headers that could not be read. */
function* cacheOf(file: Hdf5File, headers: readonly (ObjectHeader | Error)[], pace: Pace): Io<ResolveCache> {
  const known = new ResolveCache();
  for (const header of headers) {
    if (pace.isDue()) yield* pace.pause();
    if (!isError(header)) known.add(file, header);
  }
  return known;
}

/** Reason why a link has no target: the target does not exist or is damaged, or it may not be opened. */
type NotFound = 'dead' | 'refused';

/** Follows a link that is not a hard link. */
function* followed(group: Located, name: string, cache: ResolveCache): Io<Located | NotFound> {
  try {
    return yield* resolvePath(group, name, 'what is missing', cache);
  } catch (error) {
    if (isPosixParError(error, 'FormatError', 'ChoiceError')) return 'dead';
    if (isPosixParError(error, 'UnsupportedError', 'ExternalFileError')) return 'refused';
    throw error;
  }
}

/**
 * Returns the descriptor of the array at `path`, relative to `from`.
 * @throws {ChoiceError} if there is no array.
 */
export function* openArrayAt(from: Located, path: string): Io<ArrayDescriptor> {
  const { file, header, name } = yield* resolvePath(from, path, 'what there is');
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
export function* groupAt(from: Located, path: string): Io<Located> {
  const located = yield* resolvePath(from, path, 'what there is');
  if (isGroup(located.header) && !isDataset(located.header)) return located;
  const found = isDataset(located.header) ? 'an array' : 'something else';
  throw new ChoiceError('group', `HDF5: expected a group at '/${located.name}', found ${found}`, from.file.path);
}

/** Describes the committed datatype at `path`, relative to `from`; null if the object is something else. */
export function* datatypeAt(from: Located, path: string): Io<DatatypeDescriptor | null> {
  const { file, header } = yield* resolvePath(from, path);
  if (isDataset(header) || isGroup(header)) return null;
  const datatype = yield* committedDatatype(file, header);
  if (datatype === null) return null;
  const { values: attributes, facts: attributesFacts } = yield* readTypedAttributes(file, header);
  return { datatype, attributes, attributesFacts };
}

/** Returns the descriptor of a group. */
export function* describeGroup(group: Located): Io<GroupDescriptor> {
  const { file, header } = group;
  const { values: attributes, facts: attributesFacts } = yield* readTypedAttributes(file, header);
  return {
    format: 'hdf5',
    path: file.others.path,
    name: group.name,
    identity: file.others.identify(file, header.address),
    attributes,
    attributesFacts,
    resolveReferences: (value: unknown) => resolveAttribute(file, value),
    *children(): Io<readonly GroupEntry[]> {
      return (yield* listEntries(group)).map(({ entry }) => entry);
    },
    listing: () => listEntries(group),
    openArray: (name: string) => openArrayAt(group, name),
    *openGroup(name: string): Io<GroupDescriptor> {
      return yield* describeGroup(yield* groupAt(group, name));
    },
    describeDatatype: (name: string) => datatypeAt(group, name),
  };
}

/** Lists the entries of a group, whose object headers describe its arrays. */
export function* listEntries(group: Located): Io<readonly HeaderEntry[]> {
  const pace = new Pace(group.file.path);
  const entries: HeaderEntry[] = [];
  for (const child of yield* listChildren(group)) {
    if (pace.isDue()) yield* pace.pause();
    const describe = (): Io<ArrayDescriptor> => describeChild(group, child);
    entries.push({ entry: entryOf(child), child, describe });
  }
  return entries;
}

/** An entry of a group with its object header. */
interface HeaderEntry extends ListedEntry {
  readonly child: Child;
}

function* describeChild(group: Located, { name, file, header }: Child): Io<ArrayDescriptor> {
  if (header === null || !isDataset(header)) return yield* openArrayAt(group, name);
  return yield* describeDataset(file, header, pathOf(group, name));
}

/** Returns the path of an entry from the root of the file. */
export function pathOf({ name }: Pick<Located, 'name'>, entry: string): string {
  return name === '' ? entry : `${name}/${entry}`;
}

/** After findArrays() has seen this many objects, it searches no groups that it finds later. */
const maxGroups = 10_000;
/** Maximum number of arrays that findArrays() returns. */
const maxArrays = 1000;

/**
 * Returns the paths of the arrays below `root`, nearest first, at most {@link maxArrays}. Visits each group once, and
 * lists a dataset with two names once. A name that is not a soft or external link is preferred.
 * @param counts returns true if a dataset counts as an array.
 */
export function* findArrays(root: Located, counts: (header: ObjectHeader) => boolean): Io<string[]> {
  const { others, path: opened } = root.file;
  const pace = new Pace(opened);
  const seen = new Set([others.identify(root.file, root.header.address)]);
  const names: string[] = [];
  const groups: Located[] = [root];
  const visit = (found: Located): void => {
    const identity = others.identify(found.file, found.header.address);
    if (seen.has(identity)) return;
    seen.add(identity);
    const kind = kindOf(found.header);
    if (kind === 'group' && seen.size < maxGroups) groups.push(found);
    else if (kind === 'array' && counts(found.header)) names.push(found.name);
  };
  /** Targets of soft and external links, which are visited after all other objects. */
  const linked: Located[] = [];
  // The loops count instead of calling shift(), which moves all elements of a long array.
  let nextGroup = 0;
  let nextLinked = 0;
  while (names.length < maxArrays) {
    if (pace.isDue()) yield* pace.pause();
    const group = groups[nextGroup];
    if (group === undefined) {
      const target = linked[nextLinked++];
      if (target === undefined) break;
      visit(target);
      continue;
    }
    nextGroup += 1;
    for (const { name, file, header, link } of yield* listChildren(group)) {
      if (pace.isDue()) yield* pace.pause();
      if (header === null) continue;
      const found = { file, header, name: pathOf(group, name) };
      if (link === null) visit(found);
      else linked.push(found);
    }
  }
  return names.slice(0, maxArrays);
}
