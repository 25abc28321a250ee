/**
 * Caches what the resolution of paths finds, so that a listing reads each object and follows each link once. Without
 * it, many links through the same long path of links would cost much more time than the file has bytes.
 * @module
 */
import type { Io } from '../../io/io.js';
import type { Hdf5File } from './file.js';
import { type ObjectHeader, readObjectHeader } from './object-header.js';

/** An object of a file. */
export interface Place {
  readonly file: Hdf5File;
  readonly header: ObjectHeader;
}

/** An object to which a link leads. */
export interface Reached extends Place {
  /** Number of soft and external links on the way. */
  readonly links: number;
}

/**
 * Known target of a link: the object, the error of an attempt to reach it, or a number of soft and external links that
 * are not enough to reach it.
 */
type KnownTarget = Reached | Error | { readonly moreThan: number };

/** Object headers by file and address, and the targets of soft and external links by group and name. */
export class ResolveCache {
  readonly #headers = new Map<Hdf5File, Map<number, ObjectHeader>>();
  readonly #links = new Map<ObjectHeader, Map<string, KnownTarget>>();

  /** Reads the header at `address`. */
  *header(file: Hdf5File, address: number): Io<ObjectHeader> {
    const known = this.#headersOf(file);
    const found = known.get(address);
    if (found !== undefined) return found;
    const header = yield* readObjectHeader(file, address);
    known.set(address, header);
    return header;
  }

  /** Adds a header that was read before. */
  add(file: Hdf5File, header: ObjectHeader): void {
    this.#headersOf(file).set(header.address, header);
  }

  /** Returns the targets of the links of a group by name. The caller may add some. */
  links(group: ObjectHeader): Map<string, KnownTarget> {
    const known = this.#links.get(group) ?? new Map<string, KnownTarget>();
    this.#links.set(group, known);
    return known;
  }

  #headersOf(file: Hdf5File): Map<number, ObjectHeader> {
    const known = this.#headers.get(file) ?? new Map<number, ObjectHeader>();
    this.#headers.set(file, known);
    return known;
  }
}
