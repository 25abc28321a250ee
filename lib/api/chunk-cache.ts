/**
 * A cache of decoded chunks.
 * @module
 */
import { dispose } from '../core/dispose.js';
import { ClosedError } from '../core/errors.js';
import { chunkCacheWord, chunkCacheWords } from '../core/generated/stats.js';
import { checkKeys, Fields } from '../core/validate.js';
import { binding, type NativeHandle } from '../native/binding.js';

/** Options of {@link createChunkCache}. */
export interface ChunkCacheOptions {
  /**
   * Maximum number of bytes of the decoded chunks, including removed chunks that reads still copy from and chunks that
   * are being decoded.
   */
  readonly bytes: number;
}

/** Contents and counters of a {@link ChunkCache}. */
export interface ChunkCacheUsage {
  /**
   * Memory of the chunks in the cache, of removed chunks that reads still copy from, and of chunks that are being
   * decoded.
   */
  readonly bytes: number;
  /** Maximum of `bytes`. */
  readonly limitBytes: number;
  /** Number of chunks. */
  readonly chunks: number;
  /** Number of times that a read found a chunk in the cache. */
  readonly hits: number;
  /** Number of times that a read with the cache had to decode a chunk. */
  readonly misses: number;
  /** Number of chunks that were removed to make room for others. */
  readonly evictions: number;
}

/** True for a {@link ChunkCache}. */
export let isChunkCache: (value: unknown) => value is ChunkCache;
/** Returns the native object of a cache. @throws {ClosedError} if it was closed. */
export let handleOf: (cache: ChunkCache) => NativeHandle;

/** A cache of decoded chunks, made by {@link createChunkCache}. */
export class ChunkCache {
  readonly #handle: NativeHandle;
  readonly #limitBytes: number;
  #isClosed = false;

  static {
    isChunkCache = (value): value is ChunkCache => typeof value === 'object' && value !== null && #handle in value;
    handleOf = (cache) => {
      if (cache.#isClosed) throw new ClosedError('The chunk cache was closed');
      return cache.#handle;
    };
  }

  /** @internal Use `createChunkCache`. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#handle = binding().make_chunk_cache(limitBytes);
  }

  /** Contents and counters of the cache. They stay available after {@link close}. */
  get usage(): ChunkCacheUsage {
    const words = new Float64Array(chunkCacheWords);
    binding().chunk_cache_counters(this.#handle, words);
    return {
      bytes: words[chunkCacheWord.cachedBytes] ?? 0,
      limitBytes: this.#limitBytes,
      chunks: words[chunkCacheWord.cachedChunks] ?? 0,
      hits: words[chunkCacheWord.cacheHits] ?? 0,
      misses: words[chunkCacheWord.cacheMisses] ?? 0,
      evictions: words[chunkCacheWord.cacheEvictions] ?? 0,
    };
  }

  /** Removes all chunks. Reads in flight that use some of them are not affected. */
  clear(): void {
    binding().clear_chunk_cache(this.#handle, false);
  }

  /**
   * Removes all chunks and keeps none from now on. Arrays that were opened with the cache stay usable and read without
   * it. A second call has no effect.
   */
  close(): void {
    this.#isClosed = true;
    binding().clear_chunk_cache(this.#handle, true);
  }

  /** Calls {@link close}. */
  [dispose](): void {
    this.close();
  }
}

/**
 * Creates a cache of decoded chunks. Arrays that are opened with it (`chunkCache`) keep their decoded chunks in it, and
 * later reads copy from there instead of reading and decoding again. If the chunks exceed the limit, those that were
 * not used for the longest time are removed. If several reads need a chunk at once, usually only one of them decodes
 * it.
 *
 * A chunk is identified by its file (device, inode, size and times), its location in the file and its codecs. So arrays
 * and handles may share a cache, and the chunks of a file that was replaced or changed are not used. Chunks of a file
 * that was changed within the last 20 milliseconds are not kept.
 * @throws {TypeError} if an option is invalid.
 * @example
 * using chunkCache = createChunkCache({ bytes: 512 * 2 ** 20 });
 * await using array = await openArray('volume.zarr', { chunkCache });
 */
export function createChunkCache(options: ChunkCacheOptions): ChunkCache {
  checkKeys(options, { bytes: true });
  return new ChunkCache(Fields.ofOptions(options).integer('bytes', 0));
}
