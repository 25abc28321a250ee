/**
 * Values of the options of a read.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Engines, which read the bytes of a file. `auto`: chooses an engine for each read by the page-cache residency and
 * shape of the data; `pread`: pread(2) through the page cache; `mmap`: copies from a memory mapping; `direct`: reads
 * with O_DIRECT, which bypasses the page cache; `uring`: io_uring through the page cache; `uring-direct`: io_uring with
 * O_DIRECT.
 */
export const engineNames = ['auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct'] as const;

/** An engine; `auto` chooses one for each read. */
export type Engine = (typeof engineNames)[number];

/**
 * Properties of {@link engineNames}: `direct` is true if the engine bypasses the page cache, `reports` lists its names
 * in statistics.
 */
export const engineTraits = {
  auto: { direct: false, reports: [] },
  pread: { direct: false, reports: ['pread'] },
  mmap: { direct: false, reports: ['mmap'] },
  direct: { direct: true, reports: ['direct'] },
  uring: { direct: false, reports: ['uring'] },
  'uring-direct': { direct: true, reports: ['direct', 'uring'] },
} as const;

/** Engines that a read used, as bits of one number. */
export const engineBits = {
  pread: 1,
  mmap: 2,
  direct: 4,
  uring: 8,
} as const;

/**
 * Page-cache policies. `keep`: pages stay in the page cache; `drop`: the pages that the read added are evicted
 * (POSIX_FADV_DONTNEED); pages that were there before stay; `dontcache`: the kernel evicts them (RWF_DONTCACHE); the
 * same as `drop` if the kernel does not support it.
 */
export const cachePolicies = ['keep', 'drop', 'dontcache'] as const;

/** Treatment of the pages that a read adds to the page cache. */
export type CachePolicy = (typeof cachePolicies)[number];

/**
 * Methods of detecting that a file changes while it is read. `check`: compares identity, size and time after the last
 * byte; `lease`: also holds read leases.
 */
export const consistencyKinds = ['check', 'lease'] as const;

/** Method by which a read detects that files change. */
export type Consistency = (typeof consistencyKinds)[number];

/** Overflow modes. `error`: the read fails; `clamp`: the nearest value; `wrap`: the low bits. */
export const overflowModes = ['error', 'clamp', 'wrap'] as const;

/**
 * Treatment of a value that the requested type cannot represent: the read fails, clamps the value, or keeps its low
 * bits.
 */
export type Overflow = (typeof overflowModes)[number];

/** Kinds of read-ahead that can be requested from the kernel. */
export const readaheadKinds = ['kernel', 'none', 'sequential', 'random', 'bytes'] as const;

/** Kind of read-ahead that is requested from the kernel; `bytes` comes with a number of bytes. */
export type ReadaheadKind = (typeof readaheadKinds)[number];

/** Priorities of reads. */
export const priorities = ['high', 'normal', 'low'] as const;

/** Priority of a read among the reads of the process. */
export type Priority = (typeof priorities)[number];
