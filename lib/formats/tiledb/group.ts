/**
 * Opens groups of arrays (format_spec/group.md), and presents an array as the group of its attributes.
 * @module
 */
import { ChoiceError, FormatError, isPosixParError } from '../../core/errors.js';
import { type ExternalFiles, normalizePath, PathPolicy } from '../../core/external-files.js';
import { listNames } from '../../core/validate.js';
import { type Io, listDirectory, statPath } from '../../io/io.js';
import { describeFlatGroup } from '../flat-group.js';
import type { ArrayDescriptor } from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import { inside, isArray, isGroup, listMetadata, type TimeWindow } from './commits.js';
import { TileDBCursor } from './cursor.js';
import { readGenericTile } from './generic-tile.js';
import { compareNames, parseTimestampedName, type TimestampedName } from './names.js';
import { missingFile } from './tile-table.js';
import { readUserMetadata } from './user-metadata.js';

/** Opens one attribute of the array in a folder. `attribute` is null for the only attribute. */
export type OpenArrayAt = (path: string, attribute: string | null) => Io<ArrayDescriptor>;

/** A member of a group. */
interface Member {
  readonly kind: GroupEntry['kind'];
  /** Folder of the member. Null if it must not be opened, does not exist, or is neither a group nor an array. */
  readonly path: string | null;
  /** Stored path of a member outside the group's folder that must not be opened. The error for the member needs it. */
  readonly elsewhere?: string;
}

const maxMembers = 1 << 20;

/** Settings for opening a group and its members. */
export interface GroupContext {
  readonly window: TimeWindow;
  /** Policy for members outside the group's folder. */
  readonly externalFiles: ExternalFiles;
  /** Returns a number that identifies a folder. */
  readonly identityOf: (path: string) => number;
  readonly openArray: OpenArrayAt;
  /** Returns the attribute names and the user metadata of the array in a folder. */
  readonly attributesAt: (
    path: string,
  ) => Io<{ readonly names: readonly string[]; readonly metadata: Readonly<Record<string, unknown>> }>;
}

/**
 * Opens the group in a folder. If the folder is an array, its attributes are the arrays of the group.
 * @param root folder of the outermost group. @param name path of this group below the root, '' for the root.
 * @param path folder of this group.
 * @throws {FormatError} if the folder is damaged, or contains neither a group nor an array.
 */
export function* openGroupAt(root: string, name: string, path: string, context: GroupContext): Io<GroupDescriptor> {
  if (yield* isArray(path)) return yield* attributesOf(path, context);
  if (!(yield* isGroup(path))) throw new FormatError('Expected a TileDB group, found none', { path });
  const members = yield* readMembers(path, context);
  const metadataNames = (yield* listDirectory(inside(path, '__meta'))) ?? [];
  const attributes = yield* readUserMetadata(yield* listMetadata(path, metadataNames, context.window));
  const absolute = (below: string): string => (below.startsWith('/') || name === '' ? below : `${name}/${below}`);
  return {
    format: 'tiledb',
    path: root,
    name,
    identity: context.identityOf(path),
    attributes,
    *children(): Io<readonly GroupEntry[]> {
      const entries = [...members].map(([child, { kind }]) => ({ name: child, kind }));
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    openArray: (below) => openArrayIn(root, absolute(below), context),
    openGroup: (below) => openGroupIn(root, absolute(below), context),
  };
}

/** Opens the group at `name`, a path below the outermost group. */
export function* openGroupIn(root: string, name: string, context: GroupContext): Io<GroupDescriptor> {
  const steps = stepsOf(name);
  return yield* openGroupAt(root, steps.join('/'), yield* walk(root, steps, context), context);
}

/**
 * Opens an attribute of an array. `name` is the path of the array and the name of the attribute, or only the path if
 * the array has one attribute.
 */
export function* openArrayIn(root: string, name: string, context: GroupContext): Io<ArrayDescriptor> {
  const steps = stepsOf(name);
  for (let i = 0, path = root; ; i++) {
    if (yield* isArray(path)) {
      const array = yield* context.openArray(path, i === steps.length ? null : steps.slice(i).join('/'));
      return { ...array, path: root, name: steps.join('/') };
    }
    const step = steps[i];
    if (step === undefined) throw new ChoiceError('array', `Expected an array at '${name}', found a group`, path);
    path = yield* stepInto(path, step, context);
  }
}

function stepsOf(name: string): string[] {
  return name.split('/').filter((step) => step !== '');
}

function* walk(root: string, steps: readonly string[], context: GroupContext): Io<string> {
  let path = root;
  for (const step of steps) path = yield* stepInto(path, step, context);
  return path;
}

function* stepInto(path: string, step: string, context: GroupContext): Io<string> {
  const members = (yield* isGroup(path)) ? yield* readMembers(path, context) : new Map<string, Member>();
  const member = members.get(step);
  if (member === undefined) {
    const expected =
      members.size === 0
        ? `Expected a group with a member '${step}', found one without members`
        : `Expected one of ${listNames([...members.keys()])} in the group, received '${step}'`;
    throw new ChoiceError('array', expected, path);
  }
  if (member.path === null) {
    if (member.elsewhere !== undefined) yield* locateElsewhere(path, member.elsewhere, context.externalFiles);
    throw new ChoiceError('array', `Expected an array or a group, found '${step}'`, path);
  }
  return member.path;
}

function* attributesOf(path: string, context: GroupContext): Io<GroupDescriptor> {
  const { names, metadata } = yield* context.attributesAt(path);
  return describeFlatGroup(
    { format: 'tiledb', path, attributes: metadata, names, open: (attribute) => context.openArray(path, attribute) },
    null,
  );
}

/** Returns the members of the group at the end of the window. */
function* readMembers(path: string, { window, externalFiles }: GroupContext): Io<Map<string, Member>> {
  const members = new Map<string, Member>();
  if ((yield* listDirectory(inside(path, '__group'))) === null) return yield* subfolders(path);
  for (const file of yield* listDetails(path, window)) {
    const info = yield* statPath(file);
    if (info === null) throw missingFile(file);
    const what = 'the members of a group';
    const cursor = new TileDBCursor(yield* readGenericTile(file, 0, info.size, what), file, what);
    const version = cursor.u32('version');
    if (version < 1 || version > 2) throw cursor.error('version 1 or 2 of a group', version, 0);
    const countAt = cursor.position;
    const count = cursor.size('number of members');
    if (count > maxMembers) throw cursor.error(`at most ${maxMembers} members`, count, countAt);
    // Version 1 lists all members in each file, version 2 only changes.
    if (version === 1) members.clear();
    for (let i = 0; i < count; i++) yield* readMember(cursor, path, externalFiles, members);
  }
  return members;
}

/**
 * Returns the members of a group of TileDB before 2.8. It has no list of members, so they are the arrays and groups in
 * its folder.
 */
function* subfolders(path: string): Io<Map<string, Member>> {
  const members = new Map<string, Member>();
  for (const name of (yield* listDirectory(path)) ?? []) {
    if (name.startsWith('__')) continue;
    const folder = inside(path, name);
    if (yield* isArray(folder)) members.set(name, { kind: 'array', path: folder });
    else if (yield* isGroup(folder)) members.set(name, { kind: 'group', path: folder });
  }
  return members;
}

function* listDetails(path: string, window: TimeWindow): Io<string[]> {
  const directory = inside(path, '__group');
  const names = ((yield* listDirectory(directory)) ?? []).map(parseTimestampedName);
  return names
    .filter((name): name is TimestampedName => name !== null && name.start >= window.start && name.end <= window.end)
    .sort(compareNames)
    .map(({ name }) => inside(directory, name));
}

function* readMember(
  cursor: TileDBCursor,
  group: string,
  externalFiles: ExternalFiles,
  members: Map<string, Member>,
): Io<void> {
  const at = cursor.position;
  const version = cursor.u32('version of a member');
  if (version < 1 || version > 2) throw cursor.error('version 1 or 2 of a member', version, at);
  const type = cursor.u8('type of a member');
  const relative = cursor.u8('whether a location is relative') !== 0;
  const uri = cursor.string64('location of a member');
  const name = cursor.u8('whether a member has a name') === 0 ? lastStep(uri) : cursor.string64('name of a member');
  const deleted = version >= 2 && cursor.u8('whether a member was removed') !== 0;
  if (deleted) members.delete(name);
  else if (name !== '' && !name.includes('/')) {
    const kind = type === 1 ? 'group' : type === 2 ? 'array' : 'other';
    members.set(name, yield* locate(group, kind, relative, uri, externalFiles));
  }
}

function lastStep(uri: string): string {
  return stepsOf(uri).at(-1) ?? '';
}

/**
 * Locates a member. The stored location may be absolute, although the group has been moved since. So if the name of the
 * group's folder occurs in it, the rest of the path is first looked for in the group's folder.
 */
function* locate(
  group: string,
  kind: Member['kind'],
  relative: boolean,
  uri: string,
  externalFiles: ExternalFiles,
): Io<Member> {
  if (kind === 'other') return { kind, path: null };
  const steps = stepsOf(uri);
  const within = relative ? steps : steps.slice(steps.lastIndexOf(lastStep(group)) + 1);
  const isWithin = within.length > 0 && within.length !== (relative ? 0 : steps.length);
  if (isWithin && !within.some((step) => step === '.' || step === '..')) {
    const path = inside(group, within.join('/'));
    if ((yield* statPath(path))?.kind === 'directory') return { kind, path };
  }
  const elsewhere = uri.startsWith('file://') ? uri.slice('file://'.length) : uri;
  if (!relative && !elsewhere.startsWith('/')) return { kind: 'other', path: null };
  const refused: Member = { kind: 'other', path: null, elsewhere };
  if (externalFiles === 'none' || externalFiles === 'same-directory') return refused;
  try {
    const path = yield* locateElsewhere(group, elsewhere, externalFiles);
    return path === null ? refused : { kind, path };
  } catch (error) {
    if (isPosixParError(error, 'ExternalFileError', 'FormatError')) return refused;
    throw error;
  }
}

/**
 * Returns the folder of a member outside the group's folder; null if it does not exist or is the group itself.
 * @throws {ExternalFileError} if it must not be opened.
 */
function* locateElsewhere(group: string, name: string, externalFiles: ExternalFiles): Io<string | null> {
  const path = new PathPolicy(externalFiles, group).resolve(name, inside(group, '__group'));
  // A group that contains itself is ignored, because opening it would not end.
  if (path === normalizePath(group)) return null;
  return (yield* statPath(path))?.kind === 'directory' ? path : null;
}
