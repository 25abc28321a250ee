/**
 * Resolves paths inside a file to object headers, through hard and soft links.
 * @module
 */
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import type { Hdf5File } from './file.js';
import { findLink, isGroup, listLinkNames } from './links.js';
import { type ObjectHeader, readObjectHeader } from './object-header.js';

/** An object, and the path at which it was found, without a leading slash. */
export interface Located {
  readonly header: ObjectHeader;
  readonly name: string;
}

/** Maximum number of soft links on one path. This is the default of the HDF5 library (H5Pset_nlinks). */
const maxSoftLinks = 16;
/** Maximum length of a soft link's path in characters. Each step of the path reads an object. */
const maxPathLength = 4096;

/** Returns the root group. */
export function* rootGroup(file: Hdf5File): Io<Located> {
  return { header: yield* readObjectHeader(file, file.superblock.root), name: '' };
}

/** Caches object headers, so that a listing reads a header once even if several paths lead through it. */
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
 * Finds the object at `path`, relative to the group `from`. A path with a leading slash starts at the root.
 * @param say `what there is`: the error for a missing object lists the names in the group, which requires reading the
 * whole group.
 * @param headers cache that the paths of one listing share.
 * @throws {ChoiceError} if there is no such object. @throws {FormatError} if the path leads through too many soft
 * links.
 * @throws {UnsupportedError} if the path leads through an external or user-defined link.
 */
export function* resolvePath(
  file: Hdf5File,
  from: Located,
  path: string,
  say: 'what is missing' | 'what there is' = 'what is missing',
  headers = new HeaderCache(file),
): Io<Located> {
  const start = path.startsWith('/') ? { header: yield* headers.header(file.superblock.root), name: '' } : from;
  let { header } = start;
  const name = [...stepsOf(start.name), ...stepsOf(path)].join('/');
  const steps = stepsOf(path).reverse();
  let softLinks = 0;
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (!isGroup(header)) throw yield* missing(file, say === 'what there is' ? header : null, name, step);
    const link = yield* findLink(file, header, step);
    if (link === null) throw yield* missing(file, say === 'what there is' ? header : null, name, step);
    const { target } = link;
    switch (target.kind) {
      case 'hard':
        header = yield* headers.header(target.address);
        break;
      case 'soft': {
        softLinks += 1;
        if (softLinks > maxSoftLinks) {
          throw new FormatError(`HDF5: expected at most ${maxSoftLinks} soft links on the way to '${name}'`, {
            path: file.path,
          });
        }
        if (target.path.startsWith('/')) header = yield* headers.header(file.superblock.root);
        for (const next of checkedSteps(file, target.path).reverse()) steps.push(next);
        break;
      }
      case 'external':
        throw new UnsupportedError(
          `the HDF5 external link '${step}'`,
          file.path,
          `It leads to '${target.path}' in '${target.file}': open that file`,
        );
      case 'user-defined':
        throw new UnsupportedError(`an HDF5 user-defined link of type ${target.type}`, file.path);
    }
  }
  return { header, name };
}

/** Splits the path of a soft link into steps. Throws if it is too long. */
function checkedSteps(file: Hdf5File, path: string): string[] {
  if (path.length <= maxPathLength) return stepsOf(path);
  throw new FormatError(`HDF5: expected soft links of at most ${maxPathLength} characters, found ${path.length}`, {
    path: file.path,
  });
}

/** Creates the error for a missing `step`. The message lists the names in `group`, unless `group` is null. */
function* missing(file: Hdf5File, group: ObjectHeader | null, name: string, step: string): Io<ChoiceError> {
  const names = group !== null && isGroup(group) ? yield* listLinkNames(file, group) : [];
  const there = names.length === 0 ? '' : `; there is ${listNames(names, 20)}`;
  const message = `HDF5: expected an object at '/${name}', found no '${step}' on the way${there}`;
  return new ChoiceError('array', message, file.path);
}
