/**
 * Decoded shard indexes that one array has read, so that many small reads read each index once.
 * @module
 */
import type { FileInfo } from '../../io/io.js';
import type { FileStamp } from '../../plan/locations.js';
import type { ShardIndex } from './shard-index.js';

/** Bytes of indexes that are kept; one larger index is still kept, alone. */
const capacityBytes = 64 * 2 ** 20;

/** An index, and what its file was when it was read. */
export interface HeldIndex {
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
  /** By path, then by the level and the first byte of the shard. */
  readonly #files = new Map<string, Map<string, HeldIndex>>();
  #heldBytes = 0;

  /** The index of the shard of `level` at byte `base` of `path`, if it is held. */
  get(path: string, level: number, base: number): HeldIndex | null {
    const file = this.#files.get(path);
    const held = file?.get(`${level} ${base}`) ?? null;
    if (file !== undefined && held !== null) {
      this.#files.delete(path);
      this.#files.set(path, file);
    }
    return held;
  }

  set(path: string, level: number, base: number, held: HeldIndex): void {
    const file = this.#files.get(path) ?? new Map<string, HeldIndex>();
    const key = `${level} ${base}`;
    this.#heldBytes += held.index.heldBytes - (file.get(key)?.index.heldBytes ?? 0);
    file.set(key, held);
    this.#files.delete(path);
    this.#files.set(path, file);
    for (const oldest of this.#files.keys()) {
      if (this.#heldBytes <= capacityBytes || oldest === path) break;
      this.forget(oldest);
    }
  }

  /** Drops all indexes of the file at `path`. */
  forget(path: string): void {
    for (const { index } of this.#files.get(path)?.values() ?? []) this.#heldBytes -= index.heldBytes;
    this.#files.delete(path);
  }
}
