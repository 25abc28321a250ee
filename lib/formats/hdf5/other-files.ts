/**
 * Opens the HDF5 files that another HDF5 file names: the sources of virtual datasets, and the targets of external
 * links.
 * @module
 */
import { ReadError } from '../../core/errors.js';
import type { PathPolicy } from '../../core/external-files.js';
import { type Io, readSlices } from '../../io/io.js';
import type { FileStamp } from '../../plan/locations.js';
import type { Probe } from '../format.js';
import type { NumberForm } from '../small-numbers.js';

const headBytes = 4096;
/** Maximum number of open files that are kept. */
const maxFiles = 4096;

/**
 * The files that the opened file names, directly or through other files. Keeps the files that it has opened.
 * @typeParam F an open file.
 */
export class OtherFiles<F extends { readonly path: string }> {
  /** Path that the caller opened. */
  readonly path: string;
  readonly policy: PathPolicy;
  /** What is read of numbers that no element type represents, in all files. */
  numbers: NumberForm = 'values';
  readonly #openFile: (probe: Probe, others: OtherFiles<F>, stamp: FileStamp) => Io<F>;
  readonly #files = new Map<string, F>();
  readonly #identities = new Map<string, number>();

  /**
   * @param openFile opens an HDF5 file. It receives the first bytes and the state of the file, which were read before.
   */
  constructor(
    path: string,
    policy: PathPolicy,
    openFile: (probe: Probe, others: OtherFiles<F>, stamp: FileStamp) => Io<F>,
  ) {
    this.path = path;
    this.policy = policy;
    this.#openFile = openFile;
  }

  /**
   * Opens files. Reads their first bytes together.
   * @param paths paths that {@link PathPolicy.resolve} returned.
   * @returns the files by path, without those that do not exist.
   * @throws {FormatError} if a file is not HDF5 or is damaged. @throws {ReadError} if a path is a directory.
   */
  *open(paths: Iterable<string>): Io<ReadonlyMap<string, F>> {
    const found = new Map<string, F>();
    const missing: string[] = [];
    for (const path of new Set(paths)) {
      const known = this.#files.get(path);
      if (known === undefined) missing.push(path);
      else found.set(path, known);
    }
    const heads = yield* readSlices(missing.map((path) => ({ path, offset: 0, length: headBytes })));
    for (const [i, path] of missing.entries()) {
      const head = heads[i] ?? null;
      if (head === null) continue;
      const { kind, size, mtimeMs, ino } = head.info;
      if (kind !== 'file') throw new ReadError(`Expected an HDF5 file: ${path}`, { code: 'EISDIR', errno: 21, path });
      const probe: Probe = { path, kind, head: head.bytes, size, policy: this.policy };
      const file = yield* this.#openFile(probe, this, { size, mtimeMs, ino });
      found.set(path, file);
      this.#keep(path, file);
    }
    return found;
  }

  /** Returns a number that identifies an object: its address in the opened file; a negative number in other files. */
  identify(file: F, address: number): number {
    if (file.path === this.path) return address;
    const key = `${address} ${file.path}`;
    const known = this.#identities.get(key) ?? -1 - this.#identities.size;
    this.#identities.set(key, known);
    return known;
  }

  /** Forgets the file at `path`, which was replaced. */
  forget(path: string): void {
    this.#files.delete(path);
  }

  #keep(path: string, file: F): void {
    this.#files.set(path, file);
    if (this.#files.size <= maxFiles) return;
    for (const oldest of this.#files.keys()) {
      this.#files.delete(oldest);
      break;
    }
  }
}
