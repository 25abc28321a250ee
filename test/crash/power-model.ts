/**
 * A model of a file system that loses power. It replays recorded calls up to a point, but leaves out some of the calls
 * whose effects were not synchronized. Data is durable after `fdatasync` of its file, a name after `fsync` of its
 * directory. Real file systems lose less: for example, ext4 keeps the order in which names were changed.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { NativeChange } from '../../lib/native/binding.js';
import type { Random } from '../support/random.js';

/** Number of a file or directory in the model. */
type Id = number;
/** Files by their names, per directory. The keys are `<directory>/<name>`. */
type Names = Map<string, Id>;

type Operation =
  | { readonly kind: 'names'; readonly directory: Id; readonly puts: readonly (readonly [string, Id | null])[] }
  | { readonly kind: 'data'; readonly file: Id; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly file: Id; readonly size: number; readonly shrinks: boolean }
  | { readonly kind: 'sync'; readonly of: Id };

const key = (directory: Id, name: string): string => `${directory}/${name}`;

/** The files below a directory, and calls that change them. The directory itself must not be renamed. */
export class PowerModel {
  readonly #root: string;
  readonly #operations: Operation[] = [];
  readonly #names: Names = new Map();
  readonly #contents = new Map<Id, Uint8Array>();
  /** Names in the directories after all operations. */
  readonly #live: Names = new Map();
  readonly #ids = new Map<number, Id>();
  #next: Id = 1;

  /** Reads the files below `root`, which count as durable. Must be called before the calls to record are made. */
  constructor(root: string) {
    this.#root = root;
    this.#ids.set(fs.statSync(root).ino, 0);
    this.#load(root, 0);
  }

  #load(path: string, directory: Id): void {
    for (const name of fs.readdirSync(path)) {
      const place = join(path, name);
      const found = fs.lstatSync(place);
      const id = this.#identify(found.ino);
      this.#names.set(key(directory, name), id);
      this.#live.set(key(directory, name), id);
      if (found.isDirectory()) this.#load(place, id);
      else this.#contents.set(id, fs.readFileSync(place));
    }
  }

  /** Returns a new ID for a new file, because a removed file may have had the same inode number. */
  #identify(inode: number): Id {
    const id = this.#next++;
    this.#ids.set(inode, id);
    return id;
  }

  #known(inode: number): Id {
    const id = this.#ids.get(inode);
    if (id === undefined) throw new Error(`Expected an inode of a file that was created, found ${inode}`);
    return id;
  }

  /** Returns the directory and the name to which an absolute path leads after the operations so far. */
  #place(path: string): readonly [Id, string] {
    if (!path.startsWith(`${this.#root}/`)) throw new Error(`Expected a path below ${this.#root}, found ${path}`);
    const steps = path.slice(this.#root.length + 1).split('/');
    const name = steps.pop() ?? '';
    return [this.#lookUp(this.#live, steps) ?? -1, name];
  }

  #lookUp(names: Names, steps: readonly string[]): Id | undefined {
    let at: Id | undefined = 0;
    for (const step of steps) at = at === undefined ? undefined : names.get(key(at, step));
    return at;
  }

  /** Adds recorded calls. */
  add(changes: readonly NativeChange[]): void {
    for (const change of orderDirectories(changes)) this.#add(change);
  }

  #add({ op, path, to, exchanges, inode, offset, bytes }: NativeChange): void {
    if (op === 'create' || op === 'mkdir') {
      const [directory, name] = this.#place(path);
      const id = this.#identify(inode);
      if (op === 'create') this.#contents.set(id, new Uint8Array(0));
      this.#put(directory, [[name, id]]);
    } else if (op === 'unlink') {
      const [directory, name] = this.#place(path);
      this.#put(directory, [[name, null]]);
    } else if (op === 'rename') {
      const [directory, from] = this.#place(path);
      const [other, name] = this.#place(to);
      if (other !== directory) throw new Error(`Expected a rename in one directory, found ${path} to ${to}`);
      const id = this.#live.get(key(directory, from)) ?? -1;
      const replaced = this.#live.get(key(directory, name)) ?? -1;
      this.#put(directory, [[from, exchanges === 1 ? replaced : null], [name, id]]); // biome-ignore format: one line
    } else if (op === 'pwrite') {
      this.#operations.push({ kind: 'data', file: this.#known(inode), offset, bytes });
    } else if (op === 'sync') {
      this.#operations.push({ kind: 'sync', of: this.#known(inode) });
    } else {
      this.#operations.push({ kind: 'size', file: this.#known(inode), size: offset, shrinks: op === 'ftruncate' });
    }
  }

  #put(directory: Id, puts: readonly (readonly [string, Id | null])[]): void {
    applyNames(this.#live, directory, puts);
    this.#operations.push({ kind: 'names', directory, puts });
  }

  /** Bytes of each call that wrote data. */
  get written(): readonly string[] {
    return this.#operations.flatMap((operation) =>
      operation.kind === 'data' ? [Buffer.from(operation.bytes).toString('latin1')] : [],
    );
  }

  /** Number of operations. */
  get length(): number {
    return this.#operations.length;
  }

  /** Returns the operations before `point` that a power failure at `point` may lose. */
  pending(point: number): readonly number[] {
    const synced = new Set<Id>();
    const pending: number[] = [];
    for (let i = point - 1; i >= 0; i--) {
      const operation = this.#operations[i];
      if (operation === undefined) continue;
      if (operation.kind === 'sync') synced.add(operation.of);
      else if (!synced.has(operation.kind === 'names' ? operation.directory : operation.file)) pending.push(i);
    }
    return pending.reverse();
  }

  /** Returns the files that exist after a power failure at `point` that lost the operations `lost`. */
  after(point: number, lost: ReadonlySet<number>): Image {
    const names: Names = new Map(this.#names);
    const data = new Map<Id, (Operation & { kind: 'data' | 'size' })[]>();
    for (let i = 0; i < point; i++) {
      const operation = this.#operations[i];
      if (operation === undefined || operation.kind === 'sync' || lost.has(i)) continue;
      if (operation.kind === 'names') {
        applyNames(names, operation.directory, operation.puts);
      } else {
        const list = data.get(operation.file);
        if (list === undefined) data.set(operation.file, [operation]);
        else list.push(operation);
      }
    }
    const content = (id: Id): string =>
      Buffer.from(replay(this.#contents.get(id), data.get(id) ?? [])).toString('latin1');
    return { names, isFile: (id) => this.#contents.has(id), content };
  }
}

/**
 * Moves each `mkdir` before the first call that uses the directory. Calls are logged when they have ended, so another
 * thread may log the use of a directory before the thread that has created it logs this.
 */
function orderDirectories(changes: readonly NativeChange[]): readonly NativeChange[] {
  const ordered: NativeChange[] = [];
  for (const change of changes) {
    const isInside = ({ path, to }: NativeChange): boolean => [path, to].some((p) => p.startsWith(`${change.path}/`));
    const first = change.op === 'mkdir' ? ordered.findIndex(isInside) : -1;
    ordered.splice(first === -1 ? ordered.length : first, 0, change);
  }
  return ordered;
}

function applyNames(names: Names, directory: Id, puts: readonly (readonly [string, Id | null])[]): void {
  for (const [name, id] of puts) {
    if (id === null) names.delete(key(directory, name));
    else names.set(key(directory, name), id);
  }
}

function replay(
  old: Uint8Array | undefined,
  operations: readonly (Operation & { kind: 'data' | 'size' })[],
): Uint8Array {
  let content = old ?? new Uint8Array(0);
  const grow = (size: number): void => {
    if (size <= content.length) return;
    const larger = new Uint8Array(size);
    larger.set(content);
    content = larger;
  };
  content = content.slice();
  for (const operation of operations) {
    if (operation.kind === 'data') {
      grow(operation.offset + operation.bytes.length);
      content.set(operation.bytes, operation.offset);
    } else {
      grow(operation.size);
      if (operation.shrinks) content = content.slice(0, operation.size);
    }
  }
  return content;
}

/** Files that exist after a power failure. */
interface Image {
  readonly names: ReadonlyMap<string, Id>;
  isFile(id: Id): boolean;
  content(id: Id): string;
}

/** Returns the files at `name` in the root directory, as `readTree` (child-write.ts) does. */
export function treeOf({ names, isFile, content }: Image, name: string): ReadonlyMap<string, string> {
  const tree = new Map<string, string>();
  const visit = (id: Id, path: string): void => {
    if (isFile(id)) {
      tree.set(path, content(id));
      return;
    }
    const start = `${id}/`;
    const entries = [...names].filter(([entry]) => entry.startsWith(start));
    for (const [entry, child] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
      visit(child, join(path, entry.slice(start.length)));
    }
  };
  const top = names.get(key(0, name));
  if (top !== undefined) visit(top, '');
  return tree;
}

/** Yields all subsets with at most three items. If there are more items, also yields all items and random subsets. */
export function* subsets(items: readonly number[], random: Random, count: number): Generator<ReadonlySet<number>> {
  yield new Set();
  for (const [i, a] of items.entries()) {
    yield new Set([a]);
    for (const [j, b] of items.entries()) {
      if (j >= i) break;
      yield new Set([a, b]);
      for (const c of items.slice(0, j)) yield new Set([a, b, c]);
    }
  }
  if (items.length <= 3) return;
  yield new Set(items);
  for (let n = 0; n < count; n++) {
    const share = random.next();
    yield new Set(items.filter(() => random.next() < share));
  }
}
