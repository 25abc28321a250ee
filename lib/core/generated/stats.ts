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
  bytesCached: 8,
  bytesMapped: 9,
  threads: 10,
  waitNs: 11,
  runnableNs: 12,
  decodeNs: 13,
  scatterNs: 14,
  elapsedNs: 15,
  bytesDone: 16,
  /** 1: the read ran on the calling thread. */
  onCaller: 17,
  /** An EngineReason. */
  engineReason: 18,
  bytesDirect: 19,
  /** Added to the page cache by a read that was to drop it, and not evicted. */
  bytesLeftInCache: 20,
  /** Ranges of which the kernel does not tell what is in the page cache. */
  cacheUnknown: 21,
} as const;

/** Number of {@link statWords}. */
export const statWordCount = 22;

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

/** Why a read used the engine that it used, for people. In the order of their numbers. */
export const reasonTexts = {
  none: '',
  asked: 'asked for by the caller',
  wholeRuns: 'whole runs go straight into the result',
  sparseCached: 'sparse selection of cached data: gathered from a mapping',
  notCached: 'data not in the page cache: read, not mapped',
  encoded: 'encoded chunks are read whole',
  notMappable: 'the file can not be mapped',
  nothing: 'nothing to read',
  directRefused: 'the file system does not do direct I/O: read through the page cache',
  uringRefused: 'io_uring is not available here (`posix-par doctor` says why): read by pread',
  shortRunsCached: 'short runs of cached data: copied from a mapping',
  ownFiles: 'each chunk has a file of its own: read, not mapped',
  manyFiles: 'many small files: opened and read in batches by io_uring',
  collidesCached: 'cached data that the kernel would copy slowly to where the result begins: copied from a mapping',
  untraced: 'nothing of it is to stay in the page cache: read, not mapped',
  pastCache: 'long runs of data that is not in the page cache and is not to stay there: read past it',
  notReopened: 'the file could not be opened again for direct I/O: read through the page cache',
} as const;
