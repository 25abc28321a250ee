/**
 * Limits that both sides check.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Maximum number of dimensions of an array. */
export const maxRank = 32;

/** Maximum decoded size in bytes of an encoded chunk, because the whole chunk is decoded into memory. */
export const maxEncodedChunkBytes = 2 ** 33;

/** Maximum number of threads of a read, and of each thread group of the pool. */
export const maxThreads = 4096;

/** Maximum of the option `queueDepth`: extents in flight of a read by io_uring. */
export const maxQueueDepth = 4096;

/** Maximum number of layers of a plan. */
export const maxLayers = 1_000_000;

/** Maximum width of a padded number in the name of a chunk. */
export const maxFieldWidth = 64;

/** Maximum number of codecs of a chain, because a filter mask has 32 bits. */
export const maxChainCodecs = 32;
