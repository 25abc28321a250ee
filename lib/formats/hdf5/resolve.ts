/**
 * Resolves paths to object headers, through hard, soft and external links.
 * @module
 */
import { isError } from '../../core/brands.js';
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import { type Io, Pace } from '../../io/io.js';
import type { Hdf5File } from './file.js';
import { findLink, isGroup, listLinkNames } from './links.js';
import type { LinkTarget } from './messages/link.js';
import type { ObjectHeader } from './object-header.js';
import { type Place, type Reached, ResolveCache } from './resolve-cache.js';

/** An object, and the path at which it was found, without a leading slash. */
export interface Located {
  /** File that contains the object. It differs from the opened file if the path leads through an external link. */
  readonly file: Hdf5File;
  readonly header: ObjectHeader;
  readonly name: string;
}

/** Maximum number of soft and external links on one path, as by default in the HDF5 library (H5Pset_nlinks). */
const maxLinks = 16;
/** Maximum length of a link's path in characters. Each step of the path reads an object. */
const maxPathLength = 4096;

type ExternalTarget = LinkTarget & { readonly kind: 'external' };
type FollowedTarget = LinkTarget & { readonly kind: 'soft' | 'external' };

/** Returns the root group. */
export function* rootGroup(file: Hdf5File, cache = new ResolveCache()): Io<Located> {
  return { ...(yield* rootOf(file, cache)), name: '' };
}

/** Splits a path into its steps, without empty steps and `.`. */
export function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

/**
 * Finds the object at `path`, relative to the group `start`. A path with a leading slash starts at the root of its
 * file.
 * @param say content of the error for a missing object: `what is missing` names it; `what there is` also lists the
 * names in the group, which requires reading the whole group.
 * @param cache objects and links that the paths of one listing share.
 * @throws {ChoiceError} if there is no such object, or if the file of an external link does not exist.
 * @throws {FormatError} if the path leads through too many or too long links, or a damaged object.
 * @throws {ExternalFileError} if the path leads to a file that is not permitted.
 * @throws {UnsupportedError} if the path leads through a user-defined link, or through an external link although
 *   `file.externalLinks` is `refuse`.
 */
export function* resolvePath(
  start: Located,
  path: string,
  say: 'what is missing' | 'what there is' = 'what is missing',
  cache = new ResolveCache(),
): Io<Located> {
  const { file } = start;
  const name = [...(path.startsWith('/') ? [] : stepsOf(start.name)), ...stepsOf(path)].join('/');
  const context: Context = { name, say, cache, pace: new Pace(file.path), linked: null };
  const origin = path.startsWith('/') ? yield* rootOf(file, cache) : start;
  const reached = yield* walk(origin, stepsOf(path), maxLinks, context);
  if (reached !== null) return { file: reached.file, header: reached.header, name };
  throw new FormatError(`HDF5: expected at most ${maxLinks} links on the way to '${name}'`, { path: file.path });
}

/** State of the resolution of one path. */
interface Context {
  /** Path from the root of the first file to the wanted object. */
  readonly name: string;
  readonly say: 'what is missing' | 'what there is';
  readonly cache: ResolveCache;
  readonly pace: Pace;
  /** Path in the last soft or external link that was followed; null if there was none. */
  linked: string | null;
}

function* rootOf(file: Hdf5File, cache: ResolveCache): Io<Place> {
  return { file, header: yield* cache.header(file, file.superblock.root) };
}

/** Follows `steps` from a group. Returns null if this takes more than `allowed` soft and external links. */
function* walk(from: Place, steps: readonly string[], allowed: number, context: Context): Io<Reached | null> {
  const { cache, pace } = context;
  let { file, header } = from;
  let links = 0;
  for (const step of steps) {
    if (pace.isDue()) yield* pace.pause();
    const link = isGroup(header) ? yield* findLink(file, header, step) : null;
    if (link === null) throw yield* missing({ file, header }, step, context);
    const { target } = link;
    if (target.kind === 'hard') {
      header = yield* cache.header(file, target.address);
      continue;
    }
    if (target.kind === 'user-defined') {
      throw new UnsupportedError(`an HDF5 user-defined link of type ${target.type}`, file.path, 'Open the other file');
    }
    const reached = yield* follow({ file, header }, step, target, allowed - links, context);
    if (reached === null) return null;
    links += reached.links;
    file = reached.file;
    header = reached.header;
  }
  return { file, header, links };
}

/** Follows a soft or external link of the group `from`. The result is that of {@link walk}. */
function* follow(
  from: Place,
  name: string,
  target: FollowedTarget,
  allowed: number,
  context: Context,
): Io<Reached | null> {
  const known = context.cache.links(from.header);
  const before = known.get(name);
  context.linked = target.path;
  if (before !== undefined) {
    if (isError(before)) throw before;
    if ('header' in before) return before.links <= allowed ? before : null;
    if (allowed <= before.moreThan) return null;
  }
  if (allowed < 1) return null;
  try {
    const origin = yield* originOf(from, name, target, context.cache);
    const reached = yield* walk(origin, checkedSteps(from.file, target.path), allowed - 1, context);
    const result = reached === null ? null : { ...reached, links: reached.links + 1 };
    known.set(name, result ?? { moreThan: allowed });
    return result;
  } catch (error) {
    if (isError(error)) known.set(name, error);
    throw error;
  }
}

/** Returns the group to which the path of a link is relative. */
function* originOf(from: Place, name: string, target: FollowedTarget, cache: ResolveCache): Io<Place> {
  if (target.kind === 'external') return yield* rootOf(yield* openTarget(from.file, name, target), cache);
  return target.path.startsWith('/') ? yield* rootOf(from.file, cache) : from;
}

/** Opens the file of an external link. */
function* openTarget(file: Hdf5File, name: string, target: ExternalTarget): Io<Hdf5File> {
  if (file.externalLinks === 'refuse') {
    const hint = `It leads to '${target.path}' in '${target.file}': open that file`;
    throw new UnsupportedError(`the HDF5 external link '${name}'`, file.path, hint);
  }
  const found = yield* file.openOther(target.file);
  if (found !== null) return found;
  const message = `HDF5: expected the file '${target.file}' of the external link '${name}' to '${target.path}', found none`;
  throw new ChoiceError('array', message, file.path);
}

/** Splits the path of a link into steps. Throws if it is too long. */
function checkedSteps(file: Hdf5File, path: string): string[] {
  if (path.length <= maxPathLength) return stepsOf(path);
  throw new FormatError(`HDF5: expected links of at most ${maxPathLength} characters, found ${path.length}`, {
    path: file.path,
  });
}

/** Creates the error for an object that does not exist in `at`. */
function* missing({ file, header }: Place, step: string, { name, say, linked }: Context): Io<ChoiceError> {
  const names = say === 'what there is' && isGroup(header) ? yield* listLinkNames(file, header) : [];
  const known = names.length === 0 ? '' : `. The names in that group are ${listNames(names, 20)}`;
  const link = linked === null ? '' : ` through a link to '${linked}'`;
  const message = `HDF5: expected an object at '/${name}'${link}, but '${step}' does not exist${known}`;
  return new ChoiceError('array', message, file.path);
}
