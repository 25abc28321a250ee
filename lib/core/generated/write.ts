/**
 * Writes, and changes of files.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Levels of durability. `none`: no guarantee: the kernel writes the data later; `data`: the data of files (fdatasync);
 * `full`: the data, and the names of new files (fsync of their directories).
 */
export const durabilityLevels = ['none', 'data', 'full'] as const;

/**
 * What survives a power failure after the call that ensures it (a write, `flush()` or `close()`): nothing, the data of
 * files, or also the names of new files.
 */
export type Durability = (typeof durabilityLevels)[number];

/** Positions of the settings of a write, which supplement its plan. */
export const writeWord = {
  /** Number of a level of durability. */
  durability: 0,
  /** The fill value as a stored element: four 32-bit words. */
  fill0: 1,
  fill1: 2,
  fill2: 3,
  fill3: 4,
  /** 1: chunks in which every element is the fill value are not stored. */
  omitsFill: 5,
  /** 1: chunks are in shards. */
  sharded: 6,
  /** Shards: number of the location of the index. */
  indexLocation: 7,
  /** Shards: 1: the words of the index are big-endian. */
  indexBigEndian: 8,
  /** Shards: 1: the index ends with a CRC-32C. */
  indexChecksum: 9,
  /** Shards: distance from the offset of a chunk to its length in the index, in words. */
  lengthStride: 10,
  /** Alignment of direct writes in bytes; 0: all writes go through the page cache. */
  directAlignment: 11,
} as const;

/** Number of entries of {@link writeWord}. */
export const writeWords = 12;

/** Positions of the numbers of one dimension of the shards. They follow the settings of a write. */
export const shardWord = {
  /** Number of chunks of a shard along the dimension. */
  count: 0,
  /** Distance between the entries of two neighbouring chunks in the index, in words. */
  stride: 1,
} as const;

/** Number of entries of {@link shardWord}. */
export const shardWords = 2;

/** Locations of the index of a shard. `start`: before the chunks; `end`: after the chunks. */
export const indexLocations = ['start', 'end'] as const;

/** Location of the index of a shard. */
export type IndexLocation = (typeof indexLocations)[number];

/** Positions of the counters of a write. */
export const writeStatWord = {
  /** Bytes passed to the file system. */
  bytesWritten: 0,
  /** Bytes that bypassed the page cache. */
  bytesDirect: 1,
  /** Error with which direct writes were refused, or 0. */
  directErrno: 2,
  /** Bytes of the source that were written. */
  bytesTaken: 3,
  /** Bytes of chunks that were read, because the write replaces only a part of them. */
  bytesRead: 4,
  /** Calls that create, write, rename, synchronize or remove. */
  systemCalls: 5,
  /** Chunks that were replaced, completely or partly. */
  chunksDone: 6,
  /** Chunks that were read first, because the write replaces only a part of them. */
  chunksMerged: 7,
  /** Chunks that were not stored, because they contain only the fill value. */
  chunksOmitted: 8,
  /** Shards that were replaced. */
  shardsWritten: 9,
  /** Threads that took part. */
  threads: 10,
  /** Time of collecting and converting elements, all threads. */
  gatherNs: 11,
  /** Time of encoding, all threads. */
  encodeNs: 12,
  /** Time in calls that write, all threads. */
  writeNs: 13,
  /** Time in fdatasync and fsync, all threads. */
  syncNs: 14,
  /** Time from the start to the end. */
  elapsedNs: 15,
} as const;

/** Number of entries of {@link writeStatWord}. */
export const writeStatWords = 16;

/**
 * Kinds of steps that change files. `create`: creates a file exclusively, allocates its space, and keeps it open;
 * `open`: opens an existing regular file for reading and writing; `openSame`: like `open`, but fails if the path is a
 * symbolic link, or if it leads to another file than the expected one; `lock`: takes the exclusive lock of the file
 * that is open; fails if another handle or program has it, or if the path leads to another file; `unlock`: releases the
 * lock of the file that is open; `write`: writes bytes into the file that is open; `resize`: sets the size of the file
 * that is open; `sync`: writes the data of the open file to the storage; `rename`: renames a file or directory; fails
 * if the new name exists; `replace`: renames a file; replaces the file with the new name; `exchange`: exchanges the
 * names of two files or directories; `remove`: removes a file; does nothing if it does not exist; `removeTree`: removes
 * a directory with its content; does nothing if it does not exist; `makeDirectory`: creates a directory;
 * `syncDirectory`: writes the names in a directory to the storage.
 */
export const fileStepKinds = [
  'create',
  'open',
  'openSame',
  'lock',
  'unlock',
  'write',
  'resize',
  'sync',
  'rename',
  'replace',
  'exchange',
  'remove',
  'removeTree',
  'makeDirectory',
  'syncDirectory',
] as const;

/** A step that changes files. */
export type FileStepKind = (typeof fileStepKinds)[number];
