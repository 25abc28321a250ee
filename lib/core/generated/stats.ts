/**
 * The statistics of a read.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Counters of a read. */
export const statWords = {
  bytesRead: 0,
  bytesDecoded: 1,
  extents: 2,
  systemCalls: 3,
  opens: 4,
  /** Bits of engineBits. */
  engines: 5,
  chunksDone: 6,
  chunksAbsent: 7,
  chunksDecoded: 8,
  /** Chunks that were copied from the chunk cache of the read. */
  chunkCacheHits: 9,
  /** Chunks that were decoded although the read has a chunk cache. */
  chunkCacheMisses: 10,
  bytesCached: 11,
  bytesMapped: 12,
  threads: 13,
  waitNs: 14,
  runnableNs: 15,
  decodeNs: 16,
  scatterNs: 17,
  elapsedNs: 18,
  bytesDone: 19,
  /** 1: the read ran on the calling thread. */
  onCaller: 20,
  /** Number of an engine reason. */
  engineReason: 21,
  bytesDirect: 22,
  /** Bytes that the read should have evicted from the page cache but could not. */
  bytesLeftInCache: 23,
  /** Ranges for which the kernel does not report the page cache. */
  cacheUnknown: 24,
} as const;

/** Number of entries of {@link statWords}. */
export const statWordCount = 25;

/** How each counter merges when one call performs a second native read. */
export const statMerges = {
  bytesRead: 'sum',
  bytesDecoded: 'sum',
  extents: 'sum',
  systemCalls: 'sum',
  opens: 'sum',
  engines: 'or',
  chunksDone: 'keep',
  chunksAbsent: 'keep',
  chunksDecoded: 'keep',
  chunkCacheHits: 'keep',
  chunkCacheMisses: 'keep',
  bytesCached: 'sum',
  bytesMapped: 'sum',
  threads: 'max',
  waitNs: 'sum',
  runnableNs: 'sum',
  decodeNs: 'sum',
  scatterNs: 'sum',
  elapsedNs: 'sum',
  bytesDone: 'sum',
  onCaller: 'and',
  engineReason: 'keep',
  bytesDirect: 'sum',
  bytesLeftInCache: 'sum',
  cacheUnknown: 'sum',
} as const;

/** Memory of the native side, for the whole process. */
export const memoryWord = {
  /** Limit of the budget. */
  budgetBytes: 0,
  /** Bytes of the budget that running tasks have reserved. */
  reservedBytes: 1,
  /** Number of tasks that wait for bytes of the budget. */
  waitingTasks: 2,
  /** Memory of all buffers: scratch memory, chunk caches, changed chunks. */
  bufferBytes: 3,
  /** Maximum of the memory of all buffers since the budget was set. */
  peakBufferBytes: 4,
} as const;

/** Number of entries of {@link memoryWord}. */
export const memoryWords = 5;

/** Counters of a chunk cache. */
export const chunkCacheWord = {
  /**
   * Memory of the chunks in the cache, of removed chunks from which a thread still copies, and of chunks that a thread
   * decodes for the cache.
   */
  cachedBytes: 0,
  /** Number of chunks. */
  cachedChunks: 1,
  /** Number of times that a read found a chunk. */
  cacheHits: 2,
  /** Number of times that a read had to decode a chunk. */
  cacheMisses: 3,
  /** Number of chunks that were removed to make room for others. */
  cacheEvictions: 4,
} as const;

/** Number of entries of {@link chunkCacheWord}. */
export const chunkCacheWords = 5;

/** Reasons for the choice of an engine, as shown to users. The position is the number on the native side. */
export const reasonTexts = {
  none: '',
  asked: 'requested by the caller',
  wholeRuns: 'long runs are read straight into the result',
  sparseCached: 'sparse selection of cached data: copied from a mapping',
  notCached: 'data is not in the page cache: using pread instead of mmap',
  encoded: 'encoded chunks are read as a whole',
  notMappable: 'the file cannot be mapped',
  nothing: 'nothing to read',
  directRefused: 'the file system does not support direct I/O: reading through the page cache',
  uringRefused: 'io_uring is not available (run `posix-par doctor` for the reason): using pread',
  shortRunsCached: 'short runs of cached data: copied from a mapping',
  ownFiles: 'each chunk is a separate file: using pread instead of mmap',
  manyFiles: 'many small files: io_uring opens and reads them in batches',
  cached4kAliased: 'cached data that read calls would copy slowly (4K aliasing): copied from a mapping',
  skipsMmap: "`cache` is 'drop' or 'dontcache': using pread, because mmap would populate the page cache",
  directIo: "`cache` is 'drop' or 'dontcache': using direct I/O for long runs that are not in the page cache",
  notReopened: 'the file could not be opened again for direct I/O: reading through the page cache',
} as const;
