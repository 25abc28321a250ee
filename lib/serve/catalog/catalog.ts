/**
 * Finds arrays, groups and directories below the roots, and keeps arrays open between requests.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import type { GroupHandle } from '../../api/group-handle.js';
import { openArrayWith, openGroupWith } from '../../api/open.js';
import { openedParts } from '../../api/opened-parts.js';
import { isPosixParError } from '../../core/errors.js';
import { Resources } from '../../exec/resources.js';
import { chooseElements, chooseField } from '../../formats/field.js';
import { type FoundPath, recognizePath } from '../../formats/registry.js';
import { runAsync } from '../../io/driver.js';
import { type FileAccess, openFileAccess } from '../../io/file-access.js';
import { type FileInfo, type Io, listDirectory, stateText } from '../../io/io.js';
import { statNative } from '../../io/native-lookup.js';
import { type Residency, residencyBelow } from '../../storage/residency.js';
import { notFound } from '../http/problem.js';
import type { Roots } from './roots.js';

/** An array, group or directory at a path. `stamp` identifies the state of the file, or of the directory of a store. */
export type Node =
  | { readonly kind: 'array'; readonly array: ArrayHandle; readonly stamp: string }
  | { readonly kind: 'group'; readonly group: GroupHandle; readonly stamp: string }
  | { readonly kind: 'directory'; readonly path: string | null };

/** An entry of a directory below the roots. */
export interface DirectoryEntry {
  readonly name: string;
  /** `store` is a file or directory that is an array, or a group of arrays. */
  readonly kind: 'directory' | 'store';
}

/** A file or store on a path, and the rest of the path inside the file or store. */
interface Place {
  readonly path: string;
  readonly found: FoundPath;
  readonly inner: string;
}

/** A path that was recognised. */
interface KnownPath {
  readonly found: FoundPath;
  readonly recognizedMs: number;
}

/** An open array or group. */
interface Entry {
  readonly node: Promise<Extract<Node, { stamp: string }>>;
  readonly stamp: string;
  readonly openedMs: number;
}

/** Maximum number of directory levels that {@link Catalog.walk} visits. */
const maxDepth = 32;

/** Maximum number of arrays and groups that are kept open. */
const maxEntries = 256;

/**
 * Time in milliseconds after which the metadata of a store of several files is read again. The state of a directory
 * does not show that a file in it was changed.
 */
const directoryAgeMs = 1000;

/** Time in milliseconds for which a replaced array stays open, because requests in flight may use it. */
const lingerMs = 15_000;

export class Catalog {
  readonly #roots: Roots;
  readonly #access: FileAccess;
  readonly #entries = new Map<string, Entry>();
  readonly #lingering = new Map<Entry, NodeJS.Timeout>();

  private constructor(roots: Roots, access: FileAccess) {
    this.#roots = roots;
    this.#access = access;
  }

  /**
   * Opens the roots.
   * @throws {ReadError} if a root is not a directory. @throws {UnsupportedError} without openat2(2).
   */
  static async open(roots: Roots): Promise<Catalog> {
    return new Catalog(roots, await openFileAccess({ roots: roots.paths }, undefined));
  }

  /** Number of open arrays and groups. */
  get openCount(): number {
    return this.#entries.size + this.#lingering.size;
  }

  /** Runs a parser whose files must be below the roots. */
  run<T>(io: Io<T>, signal: AbortSignal): Promise<T> {
    return runAsync(io, this.#access.asyncBackend, signal);
  }

  /** Returns the state of a file, which must be below the roots; null if it does not exist. */
  stat(path: string, signal: AbortSignal): Promise<FileInfo | null> {
    return statNative(path, this.#access.roots, { signal, closing: undefined });
  }

  /**
   * Returns the array, group or directory at the path `steps`. The elements of an array are numbers.
   * @throws {HttpError} 404 if there is none. @throws the errors of `openArray`.
   */
  async find(steps: readonly string[], signal: AbortSignal): Promise<Node> {
    const node = await this.findStored(steps, signal);
    // Refuses elements that are no numbers.
    if (node.kind === 'array') chooseField(openedParts(node.array).descriptor, null);
    return node;
  }

  /**
   * Returns the array, group or directory at the path `steps`. The elements of an array may be of any type: records,
   * texts, references or sequences are described as bytes.
   * @param field path of a field, if the elements are records; null for all fields.
   * @throws as {@link find}; {ChoiceError} if an array has no such field.
   */
  async findStored(steps: readonly string[], signal: AbortSignal, field: string | null = null): Promise<Node> {
    const place = await this.#resolve(steps, signal);
    return place === null || 'directory' in place
      ? { kind: 'directory', path: place?.directory ?? null }
      : await this.#open(place, field, signal);
  }

  /**
   * Lists a directory, sorted by name. Null lists the roots. Leaves out hidden entries, entries that cannot be read,
   * and files of unknown formats.
   */
  async list(path: string | null, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
    if (path === null) return (this.#roots.names ?? []).map((name) => ({ name, kind: 'directory' }));
    const entries: DirectoryEntry[] = [];
    for await (const { name, found } of this.#listFound(path, signal)) {
      entries.push({ name, kind: found.format === null ? 'directory' : 'store' });
    }
    return entries;
  }

  /**
   * Yields the paths of all objects below a directory, depth first: directories, files, groups and arrays. Null stands
   * for the roots. Skips the same entries as {@link list}, and the rest of a group that cannot be read. Keeps nothing
   * open.
   */
  async *walk(path: string | null, signal: AbortSignal, depth = 1): AsyncGenerator<string> {
    if (path !== null) {
      for await (const { name, found } of this.#listFound(path, signal)) {
        yield name;
        for await (const inner of this.#walkIn(`${path}/${name}`, found, signal, depth)) yield `${name}/${inner}`;
      }
      return;
    }
    for (const [i, name] of (this.#roots.names ?? []).entries()) {
      yield name;
      for await (const inner of this.walk(this.#roots.paths[i] ?? null, signal, depth + 1)) yield `${name}/${inner}`;
    }
  }

  async *#walkIn(path: string, found: FoundPath, signal: AbortSignal, depth: number): AsyncGenerator<string> {
    if (found.format === null) {
      if (depth < maxDepth) yield* this.walk(path, signal, depth + 1);
      return;
    }
    if (!found.hasGroups) return;
    try {
      const group = await openGroupWith(this.#access, { path, format: found.format, name: '' });
      for await (const { name } of group.walk({ describe: false, signal })) if (name !== '') yield name;
    } catch (error) {
      skipUnreadable(error);
    }
  }

  /** Yields the entries of a directory, sorted by name, that are directories or of known formats. */
  async *#listFound(
    path: string,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly name: string; readonly found: FoundPath }> {
    for (const name of (await this.run(listDirectory(path), signal)) ?? []) {
      if (name.startsWith('.')) continue;
      const found = await this.#recognize(`${path}/${name}`, signal).catch(skipUnreadable);
      if (found !== null && (found.kind !== 'file' || found.format !== null)) yield { name, found };
    }
  }

  /** Returns the path of the root that `steps` begin in. @throws {HttpError} 404 if there is none. */
  rootOf(steps: readonly string[]): string {
    const found = this.#roots.resolve(steps);
    if (found === null) throw notFound('Expected a path that begins with the name of a root');
    return found.root;
  }

  /**
   * Returns the path of the file that `steps` lead into; null if they lead to a store of many files or to a directory.
   * @throws {HttpError} 404 if they lead to nothing.
   */
  async fileOf(steps: readonly string[], signal: AbortSignal): Promise<string | null> {
    const place = await this.#resolve(steps, signal);
    return place === null || 'directory' in place || place.found.kind !== 'file' ? null : place.path;
  }

  /** Reports which parts of a file are in the page cache. The file must be below the roots. */
  residency(path: string, buckets: number, signal: AbortSignal): Promise<Residency> {
    return residencyBelow(path, buckets, { roots: this.#access.roots, signal });
  }

  /** Forgets an open array, because its files were changed. */
  forget(array: ArrayHandle): void {
    for (const [key, entry] of this.#entries) {
      entry.node.then(
        (node) => {
          if (node.kind === 'array' && node.array === array && this.#entries.get(key) === entry) this.#drop(key, entry);
        },
        () => {},
      );
    }
  }

  /** Closes all arrays and the roots. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values(), ...this.#lingering.keys()];
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    this.#entries.clear();
    this.#lingering.clear();
    await Promise.all(entries.map(closeEntry));
    new Resources(this.#access.roots, 'owns the roots').release();
  }

  #recognize(path: string, signal: AbortSignal): Promise<FoundPath | null> {
    return this.run(recognizePath(path, this.#access.externalFiles), signal);
  }

  /**
   * Finds the first file or store on the path, beginning at the root. If there is none, returns the directory at the
   * path. Null if the path is empty and there are several roots.
   */
  async #resolve(
    steps: readonly string[],
    signal: AbortSignal,
  ): Promise<Place | { readonly directory: string } | null> {
    const at = this.#roots.resolve(steps);
    if (at === null) return null;
    let path = at.root;
    for (let i = 0; ; i++) {
      const known = this.#knownAt(path);
      const step = at.rest[i];
      const found =
        known === undefined
          ? await this.#recognize(path, signal)
          : await this.#refresh(path, known, step === undefined, signal);
      if (found === null) throw notFound('No such file or directory');
      if (found !== known?.found) this.#paths.set(path, { found, recognizedMs: Date.now() });
      if (found.kind === 'file' || found.format !== null) return { path, found, inner: at.rest.slice(i).join('/') };
      if (step === undefined) return { directory: path };
      path = `${path}/${step}`;
    }
  }

  /** Paths that were recognised before. */
  readonly #paths = new Map<string, KnownPath>();

  #knownAt(path: string): KnownPath | undefined {
    if (this.#paths.size > 4 * maxEntries) this.#paths.clear();
    return this.#paths.get(path);
  }

  /**
   * Returns what is known about a path if it is still true. Otherwise, recognizes the path again. Null if it does not
   * exist.
   * @param isLast true if the request is for this path. False if it leads further.
   */
  async #refresh(
    path: string,
    { found, recognizedMs }: KnownPath,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<FoundPath | null> {
    // New files may make a store of a plain directory. If the path leads further, this is noticed a little later.
    const isPlain = found.kind === 'directory' && found.format === null;
    if (isPlain && !isLast && Date.now() - recognizedMs < directoryAgeMs) return found;
    const info = isPlain ? null : await this.stat(path, signal);
    if (info !== null && stateText(info) === stateText(found)) return found;
    this.#paths.delete(path);
    return await this.#recognize(path, signal);
  }

  async #open({ path, found, inner }: Place, field: string | null, signal: AbortSignal): Promise<Node> {
    const key = `${path}\0${inner}${field === null ? '' : `\0${field}`}`;
    const stamp = stateText(found);
    const known = this.#entries.get(key);
    const isCurrent = known?.stamp === stamp && (found.kind === 'file' || Date.now() - known.openedMs < directoryAgeMs);
    if (known !== undefined && !isCurrent) this.#drop(key, known);
    if (known !== undefined && isCurrent) {
      this.#entries.delete(key); // Moves the entry to the end: the first entry is the least recently used one.
      this.#entries.set(key, known);
      return await known.node;
    }
    // The signal of one request must not abort an opening that other requests wait for.
    const entry: Entry = { node: this.#openNode(path, found, inner, field, stamp), stamp, openedMs: Date.now() };
    this.#entries.set(key, entry);
    entry.node.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    for (const [oldest, other] of this.#entries) {
      if (this.#entries.size <= maxEntries) break;
      this.#drop(oldest, other);
    }
    const node = await entry.node;
    signal.throwIfAborted();
    return node;
  }

  async #openNode(
    path: string,
    found: FoundPath,
    inner: string,
    field: string | null,
    stamp: string,
  ): Promise<Extract<Node, { stamp: string }>> {
    const within = { path, format: found.format, name: inner };
    if (found.hasGroups) {
      try {
        const group = await openGroupWith(this.#access, within);
        if (!(await isUnnamedArray(group))) return { kind: 'group', group, stamp };
      } catch (error) {
        if (!isPosixParError(error, 'ChoiceError', 'UnsupportedError')) throw error;
      }
    } else if (inner !== '') {
      throw notFound(`Files of the format ${found.format ?? 'unknown'} hold one array`);
    }
    const array = await openArrayWith(this.#access, within, (stored) =>
      field === null ? stored : chooseElements(stored, field),
    );
    return { kind: 'array', array, stamp };
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    const timer = setTimeout(() => {
      this.#lingering.delete(entry);
      void closeEntry(entry);
    }, lingerMs);
    timer.unref();
    this.#lingering.set(entry, timer);
  }
}

/** True for an array of TileDB whose only attribute has no name, so that no path leads to it. */
async function isUnnamedArray(group: GroupHandle): Promise<boolean> {
  if (group.format !== 'tiledb') return false;
  const [first, ...more] = await group.children();
  return first?.kind === 'array' && first.name === '' && more.length === 0;
}

async function closeEntry({ node }: Entry): Promise<void> {
  const opened = await node.catch(() => null);
  if (opened?.kind === 'array') await opened.array.close();
}

/** Skips a directory entry that cannot be read, is damaged, or is a link to something outside the roots. */
function skipUnreadable(error: unknown): null {
  if (isPosixParError(error, 'AbortError', 'ClosedError')) throw error;
  return null;
}
