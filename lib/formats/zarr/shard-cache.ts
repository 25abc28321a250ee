/**
 * Caches the decoded shard indexes of one array, so that many small reads read each index once.
 * @module
 */
import type { FileInfo } from '../../io/io.js';
import type { FileStamp } from '../../plan/locations.js';
import type { ShardIndex } from './shard-index.js';

/** Capacity in bytes. The file whose index was added last is kept, even if its indexes are larger than this. */
const capacityBytes = 64 * 2 ** 20;

/** An index, and the state of its file when the index was read. */
export interface CachedIndex {
  readonly stamp: FileStamp;
  readonly index: ShardIndex;
}

/** Returns the fields that change when a file is replaced or modified. */
export function stampOf({ size, mtimeMs, ino }: FileInfo): FileStamp {
  return { size, mtimeMs, ino };
}

/** An LRU cache from the location of a shard to its index. Evicts whole files. */
export class ShardIndexCache {
  /** Indexes by path, then by shard level and first byte. */
  readonly #files = new Map<string, Map<string, CachedIndex>>();
  #sizeBytes = 0;

  /** Returns the index of the shard of `level` at byte `base` of `path`; null if it is not cached. */
  get(path: string, level: number, base: number): CachedIndex | null {
    const file = this.#files.get(path);
    const cached = file?.get(`${level} ${base}`) ?? null;
    if (file !== undefined && cached !== null) {
      this.#files.delete(path);
      this.#files.set(path, file);
    }
    return cached;
  }

  set(path: string, level: number, base: number, cached: CachedIndex): void {
    const file = this.#files.get(path) ?? new Map<string, CachedIndex>();
    const key = `${level} ${base}`;
    this.#sizeBytes += cached.index.sizeBytes - (file.get(key)?.index.sizeBytes ?? 0);
    file.set(key, cached);
    this.#files.delete(path);
    this.#files.set(path, file);
    for (const oldest of this.#files.keys()) {
      if (this.#sizeBytes <= capacityBytes || oldest === path) break;
      this.forget(oldest);
    }
  }

  /** Drops all indexes of the file at `path`. */
  forget(path: string): void {
    for (const { index } of this.#files.get(path)?.values() ?? []) this.#sizeBytes -= index.sizeBytes;
    this.#files.delete(path);
  }
}
