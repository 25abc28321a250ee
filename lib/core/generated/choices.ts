/**
 * The choices that a caller has for a read.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Engines: ways to read the bytes of a file. `auto`: decides per read, by the residency and shape of the data; `pread`:
 * pread(2) through the page cache; `mmap`: gathers from a mapping; `direct`: O_DIRECT: bypasses the page cache;
 * `uring`: io_uring through the page cache; `uring-direct`: io_uring with O_DIRECT.
 */
export const engineNames = ['auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct'] as const;

/** A way to read the bytes of a file; `auto` decides per read. */
export type Engine = (typeof engineNames)[number];

/** What {@link engineNames} have in common: `direct` ones bypass the page cache, `reports` is what statistics name. */
export const engineTraits = {
  auto: { direct: false, reports: [] },
  pread: { direct: false, reports: ['pread'] },
  mmap: { direct: false, reports: ['mmap'] },
  direct: { direct: true, reports: ['direct'] },
  uring: { direct: false, reports: ['uring'] },
  'uring-direct': { direct: true, reports: ['direct', 'uring'] },
} as const;

/** What performed the extents of a read, as bits of one word. */
export const engineBits = {
  pread: 1,
  mmap: 2,
  direct: 4,
  uring: 8,
} as const;

/**
 * Page-cache policies. `keep`: they stay; `drop`: the pages that the read added are evicted (POSIX_FADV_DONTNEED);
 * pages that were there before stay; `dontcache`: RWF_DONTCACHE; as `drop` if the kernel refuses it.
 */
export const cachePolicies = ['keep', 'drop', 'dontcache'] as const;

/** Whether the bytes that a read brings into the page cache stay there. */
export type CachePolicy = (typeof cachePolicies)[number];

/**
 * Ways to make sure that no file changes while it is read. `check`: compares identity, size and time after the last
 * byte; `lease`: also holds read leases.
 */
export const consistencyKinds = ['check', 'lease'] as const;

/** How a read makes sure that no file changes while it is read. */
export type Consistency = (typeof consistencyKinds)[number];

/** Overflow modes. `error`: the read fails; `clamp`: the nearest value; `wrap`: the low bits. */
export const overflowModes = ['error', 'clamp', 'wrap'] as const;

/**
 * What happens to a value that the requested type cannot hold: the read fails, takes the nearest value, or keeps the
 * low bits.
 */
export type Overflow = (typeof overflowModes)[number];

/** Read-ahead that the kernel is asked for. */
export const readaheadKinds = ['kernel', 'none', 'sequential', 'random', 'bytes'] as const;

/** Read-ahead that the kernel is asked for; `bytes` goes with a number of bytes. */
export type ReadaheadKind = (typeof readaheadKinds)[number];

/** Priorities of reads. */
export const priorities = ['high', 'normal', 'low'] as const;

/** How urgent a read is compared with the other reads of the process. */
export type Priority = (typeof priorities)[number];
