/**
 * Finds the paths of objects by their addresses, which object references contain.
 * @module
 */
import { isError } from '../../core/brands.js';
import { UnsupportedError } from '../../core/errors.js';
import { type Io, Pace } from '../../io/io.js';
import { compareTexts, sorted } from '../sorted.js';
import type { Hdf5File } from './file.js';
import { isGroup, listLinks } from './links.js';
import { isDataset, type ObjectHeader, readObjectHeader, readObjectHeaders } from './object-header.js';

/** Maximum number of links that a search follows. */
const maxLinks = 2 ** 20;
/** Groups at longer paths (in characters) are not searched. */
const maxPathLength = 4096;

/** Paths by address. */
interface FoundPaths {
  readonly paths: ReadonlyMap<number, string>;
  /** True if all hard links of the file were followed. */
  readonly isComplete: boolean;
}

/** Paths that earlier searches have found. */
const found = new WeakMap<Hdf5File, FoundPaths>();

/**
 * Returns the paths of objects, with a leading slash: `/` for the root group. An object to which no hard link leads is
 * missing in the result. If there are several paths, the result has the first one with the fewest steps. The first
 * search of a file ends when it has found all `addresses`; a search for other objects visits all groups of the file.
 * @throws {FormatError} if the links of a group are damaged.
 * @throws {UnsupportedError} if the file has more than 2^20 links.
 */
export function* findPaths(file: Hdf5File, addresses: ReadonlySet<number>): Io<ReadonlyMap<number, string>> {
  const known = found.get(file);
  if (known !== undefined && (known.isComplete || (yield* holdsAll(known.paths, addresses, file)))) return known.paths;
  const search = new PathSearch(file, known === undefined ? addresses : null);
  const result = yield* search.run();
  found.set(file, result);
  return result.paths;
}

function* holdsAll(paths: ReadonlyMap<number, string>, addresses: ReadonlySet<number>, file: Hdf5File): Io<boolean> {
  const pace = new Pace(file.path);
  for (const address of addresses) {
    if (pace.isDue()) yield* pace.pause();
    if (!paths.has(address)) return false;
  }
  return true;
}

/** A group whose links have not been followed yet. */
interface Unsearched {
  readonly path: string;
  readonly header: ObjectHeader;
}

class PathSearch {
  readonly #file: Hdf5File;
  readonly #pace: Pace;
  readonly #paths = new Map<number, string>();
  readonly #groups: Unsearched[] = [];
  readonly #wanted: ReadonlySet<number> | null;
  #missing: number;
  #links = 0;

  /** @param wanted addresses of the objects to find; null to find all objects. */
  constructor(file: Hdf5File, wanted: ReadonlySet<number> | null) {
    this.#file = file;
    this.#pace = new Pace(file.path);
    this.#wanted = wanted;
    this.#missing = wanted?.size ?? Number.POSITIVE_INFINITY;
  }

  /** Visits groups breadth first. */
  *run(): Io<FoundPaths> {
    const { root } = this.#file.superblock;
    this.#name(root, '/');
    this.#groups.push({ path: '/', header: yield* readObjectHeader(this.#file, root) });
    // The loop counts instead of calling shift(), which moves all elements of a long array.
    for (let next = 0; next < this.#groups.length && this.#missing > 0; next++) {
      const group = this.#groups[next];
      if (group !== undefined) yield* this.#visit(group);
    }
    // A search that has found all objects has not listed the groups that it visited last.
    return { paths: this.#paths, isComplete: this.#missing > 0 };
  }

  *#visit({ path, header }: Unsearched): Io<void> {
    const links = yield* sorted(
      yield* listLinks(this.#file, header),
      (a, b) => compareTexts(a.name, b.name),
      this.#pace,
    );
    const fresh: { readonly address: number; readonly path: string }[] = [];
    for (const { name, target } of links) {
      if (this.#pace.isDue()) yield* this.#pace.pause();
      this.#links += 1;
      if (this.#links > maxLinks) {
        throw new UnsupportedError(`the paths of references in a file of more than ${maxLinks} links`, this.#file.path);
      }
      if (target.kind !== 'hard' || this.#paths.has(target.address)) continue;
      const child = path === '/' ? `/${name}` : `${path}/${name}`;
      this.#name(target.address, child);
      if (child.length <= maxPathLength) fresh.push({ address: target.address, path: child });
    }
    if (this.#missing === 0) return;
    const headers = yield* readObjectHeaders(
      this.#file,
      fresh.map(({ address }) => address),
    );
    for (const [i, child] of fresh.entries()) {
      if (this.#pace.isDue()) yield* this.#pace.pause();
      const found = headers[i];
      if (found === undefined || isError(found) || isDataset(found) || !isGroup(found)) continue;
      this.#groups.push({ path: child.path, header: found });
    }
  }

  #name(address: number, path: string): void {
    this.#paths.set(address, path);
    if (this.#wanted?.has(address)) this.#missing -= 1;
  }
}
