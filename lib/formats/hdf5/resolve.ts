/**
 * Resolves paths to object headers, through hard, soft and external links.
 * @module
 */
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import type { Hdf5File } from './file.js';
import { findLink, isGroup, listLinkNames } from './links.js';
import type { LinkTarget } from './messages/link.js';
import { type ObjectHeader, readObjectHeader } from './object-header.js';

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

/** Returns the root group. */
export function* rootGroup(file: Hdf5File): Io<Located> {
  return { file, header: yield* readObjectHeader(file, file.superblock.root), name: '' };
}

/** Caches the headers of a file, so that a listing reads a header once even if several paths lead through it. */
export class HeaderCache {
  readonly #headers = new Map<number, ObjectHeader>();
  readonly #file: Hdf5File;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  *header(address: number): Io<ObjectHeader> {
    const known = this.#headers.get(address);
    if (known !== undefined) return known;
    const header = yield* readObjectHeader(this.#file, address);
    this.#headers.set(address, header);
    return header;
  }

  /** Adds a header that was read before. */
  add(header: ObjectHeader): void {
    this.#headers.set(header.address, header);
  }
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
 * @param headers cache that the paths of one listing share.
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
  headers = new HeaderCache(start.file),
): Io<Located> {
  let { file, header } = start;
  let known = headers;
  if (path.startsWith('/')) header = yield* known.header(file.superblock.root);
  const name = [...(path.startsWith('/') ? [] : stepsOf(start.name)), ...stepsOf(path)].join('/');
  const steps = stepsOf(path).reverse();
  let links = 0;
  /** Target of the last link that was followed. */
  let linked: string | null = null;
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const link = isGroup(header) ? yield* findLink(file, header, step) : null;
    const listed = say === 'what there is' && isGroup(header) ? header : null;
    if (link === null) throw yield* missing(file, { group: listed, name, step, linked });
    const { target } = link;
    if (target.kind === 'hard') {
      header = yield* known.header(target.address);
      continue;
    }
    if (target.kind === 'user-defined') {
      throw new UnsupportedError(`an HDF5 user-defined link of type ${target.type}`, file.path, 'Open the other file');
    }
    links += 1;
    linked = target.path;
    if (links > maxLinks) {
      throw new FormatError(`HDF5: expected at most ${maxLinks} links on the way to '${name}'`, { path: file.path });
    }
    if (target.kind === 'external') {
      file = yield* openTarget(file, step, target);
      known = file === start.file ? headers : new HeaderCache(file);
    }
    if (target.kind === 'external' || target.path.startsWith('/')) header = yield* known.header(file.superblock.root);
    for (const next of checkedSteps(file, target.path).reverse()) steps.push(next);
  }
  return { file, header, name };
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

/** A path that leads to no object. */
interface MissingStep {
  /** Group that was searched and whose names the error lists; null to list none. */
  readonly group: ObjectHeader | null;
  /** Path from the root of the first file to the wanted object. */
  readonly name: string;
  /** The part of the path that does not exist. */
  readonly step: string;
  /** Path in the last soft or external link that was followed; null if there was none. */
  readonly linked: string | null;
}

/** Creates the error for a missing object. */
function* missing(file: Hdf5File, { group, name, step, linked }: MissingStep): Io<ChoiceError> {
  const names = group === null ? [] : yield* listLinkNames(file, group);
  const known = names.length === 0 ? '' : `. The names in that group are ${listNames(names, 20)}`;
  const link = linked === null ? '' : ` through a link to '${linked}'`;
  const message = `HDF5: expected an object at '/${name}'${link}, but '${step}' does not exist${known}`;
  return new ChoiceError('array', message, file.path);
}
