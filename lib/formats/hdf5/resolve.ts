/**
 * Paths inside a file: from a name to an object header, through hard and soft links.
 * @module
 */
import { ChoiceError, FormatError, UnsupportedError } from '../../core/errors.js';
import { listNames } from '../../core/validate.js';
import type { Io } from '../../io/io.js';
import type { Hdf5File } from './file.js';
import { findLink, isGroup, listLinkNames } from './links.js';
import { type ObjectHeader, readObjectHeader } from './object-header.js';

/** An object and the path by which it was found, without a leading slash. */
export interface Located {
  readonly header: ObjectHeader;
  readonly name: string;
}

/** Soft links on one path, as many as the HDF5 library follows by default (H5Pset_nlinks). */
const maxSoftLinks = 16;
/** Characters of the path of a soft link: each step reads an object. */
const maxPathLength = 4096;

/** The root group. */
export function* rootGroup(file: Hdf5File): Io<Located> {
  return { header: yield* readObjectHeader(file, file.superblock.root), name: '' };
}

/** Object headers that several paths pass, each read and parsed once. Lives as long as one listing. */
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

/** The steps of a path; empty ones and `.` lead nowhere. */
export function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

/**
 * The object at `path`, relative to the group `from`; a leading slash starts at the root.
 * @param say whether the error for a missing one lists what is there instead, which reads the whole group.
 * @param headers shared by the paths of one listing.
 * @throws {ChoiceError} when there is none. @throws {FormatError} when soft links lead in a circle.
 * @throws {UnsupportedError} when the way leads through an external or user-defined link.
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

/** The steps of the path of a soft link. */
function checkedSteps(file: Hdf5File, path: string): string[] {
  if (path.length <= maxPathLength) return stepsOf(path);
  throw new FormatError(`HDF5: expected soft links of at most ${maxPathLength} characters, found ${path.length}`, {
    path: file.path,
  });
}

/** The error for a `step` that is not there; it lists what `group` has, if that is given. */
function* missing(file: Hdf5File, group: ObjectHeader | null, name: string, step: string): Io<ChoiceError> {
  const names = group !== null && isGroup(group) ? yield* listLinkNames(file, group) : [];
  const there = names.length === 0 ? '' : `; there is ${listNames(names, 20)}`;
  const message = `HDF5: expected an object at '/${name}', found no '${step}' on the way${there}`;
  return new ChoiceError('array', message, file.path);
}
