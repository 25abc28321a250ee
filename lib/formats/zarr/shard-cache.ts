/**
 * Decoded shard indexes that one array has read, so that many small reads read each index once.
 * @module
 */
import type { FileInfo } from '../../io/io.js';
import type { FileStamp } from '../../plan/locations.js';
import type { ShardIndex } from './shard-index.js';

/** Bytes of indexes that are kept; one larger index is still kept, alone. */
const capacityBytes = 64 * 2 ** 20;

interface Entry {
  readonly stamp: FileStamp;
  readonly index: ShardIndex;
}

/** Whether two looks at a path saw the same file in the same state. */
export function isSameFile(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino;
}

/** What of a file's state tells another one apart. */
export function stampOf({ size, mtimeMs, ino }: FileInfo): FileStamp {
  return { size, mtimeMs, ino };
}

/** A cache from the place of a shard to its index; the least recently used are forgotten above a bound. */
export class ShardIndexCache {
  readonly #entries = new Map<string, Entry>();
  #heldBytes = 0;

  /** The index at `path` from byte `base`, if it was read from the file that `stamp` describes. */
  get(path: string, base: number, stamp: FileStamp): ShardIndex | null {
    const key = keyOf(path, base);
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#entries.delete(key);
    if (!isSameFile(entry.stamp, stamp)) {
      this.#heldBytes -= entry.index.heldBytes;
      return null;
    }
    this.#entries.set(key, entry);
    return entry.index;
  }

  /** Whether an index of this place is held, of whatever state of the file. */
  has(path: string, base: number): boolean {
    return this.#entries.has(keyOf(path, base));
  }

  set(path: string, base: number, stamp: FileStamp, index: ShardIndex): void {
    const key = keyOf(path, base);
    const old = this.#entries.get(key);
    if (old !== undefined) this.#heldBytes -= old.index.heldBytes;
    this.#entries.delete(key);
    this.#entries.set(key, { stamp, index });
    this.#heldBytes += index.heldBytes;
    for (const [first, entry] of this.#entries) {
      if (this.#heldBytes <= capacityBytes || first === key) break;
      this.#entries.delete(first);
      this.#heldBytes -= entry.index.heldBytes;
    }
  }
}

function keyOf(path: string, base: number): string {
  return `${base} ${path}`;
}
