/**
 * Words that cross as text.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * What went wrong, as far as the error class of the caller depends on it. `io`: a system call failed; the error has its
 * errno; `eof`: the file ends inside the bytes that were asked for; `changed`: the file was replaced, truncated or
 * modified since it was opened; `codec`: a chunk could not be decoded; `conversion`: a value does not fit the output
 * type; `unsupported`: known, but not built in or not available on this machine; `refused`: the path leads out of the
 * directories beneath which files may be opened; `invalid`: an argument or a plan contradicts itself: a bug above, or a
 * hostile file; `cancelled`: the cancel token was raised; `closed`: the handle was closed.
 */
export const errorKinds = [
  'io',
  'eof',
  'changed',
  'codec',
  'conversion',
  'unsupported',
  'refused',
  'invalid',
  'cancelled',
  'closed',
] as const;

/** What went wrong, as far as the error class of the caller depends on it. */
export type ErrorKindName = (typeof errorKinds)[number];

/**
 * System-call wrappers that ask for faults. `pread`: also reads by io_uring; `fstat`: by descriptor; `stat`: by path;
 * `cachestat`: refuses the call as a kernel without it does; `sync`: fdatasync(2); `reopen`: opening a file again
 * through /proc/self/fd, which also asks as `open`; `preadv2`: only reads with flags (RWF_NOWAIT, RWF_DONTCACHE), which
 * also ask as `pread`.
 */
export const faultOps = [
  'open',
  'pread',
  'fstat',
  'stat',
  'mmap',
  'cachestat',
  'sync',
  'uring_setup',
  'uring_enter',
  'reopen',
  'preadv2',
  'statx',
  'lease',
  'uring_register',
  'openat2',
] as const;

/** System-call wrappers that ask for faults. */
export type FaultOp = (typeof faultOps)[number];

/**
 * What an injected fault does. `error`: the call fails with errno `value`; the system call is not made; `shorten`: a
 * read delivers at most `value` bytes (at least 1: 0 would mean end of file; use `end` for that); `end`: a read
 * delivers 0 bytes, as at the end of the file; `cold`: a read that must not wait finds that it would have to; reads
 * that may wait do not match; `eintr`: the call is interrupted before it does anything; the wrapper has to try again;
 * `delay`: the call sleeps `value` milliseconds first, then runs; `truncate`: the file that the call names is truncated
 * to `value` bytes first, then the call runs; `hold`: the call waits until the plans are replaced or cleared, then
 * runs; after `value` milliseconds it fails with ETIMEDOUT; a read that must not wait fails with EAGAIN at once.
 */
export const faultActions = ['error', 'shorten', 'end', 'cold', 'eintr', 'delay', 'truncate', 'hold'] as const;

/** What an injected fault does. */
export type FaultActionName = (typeof faultActions)[number];

/**
 * How the threads of a probe reach the file. `read_shared`: read(2) at the position of one shared descriptor;
 * `unlocked_shared`: as read_shared did before Linux 3.14: a shared position without a lock; a control; `pread_shared`:
 * pread(2) on one shared descriptor; `pread_own`: pread(2) on a descriptor per thread; `file_each`: pread(2) on a file
 * per thread.
 */
export const probePatterns = ['read_shared', 'unlocked_shared', 'pread_shared', 'pread_own', 'file_each'] as const;

/** How the threads of a probe reach the file. */
export type ProbePattern = (typeof probePatterns)[number];

/** In which order a probe reads blocks. */
export const probeOrders = ['sequential', 'random'] as const;

/** In which order a probe reads blocks. */
export type ProbeOrder = (typeof probeOrders)[number];

/** Whether a probe reads through the page cache. */
export const probeAccesses = ['buffered', 'direct'] as const;

/** Whether a probe reads through the page cache. */
export type ProbeAccess = (typeof probeAccesses)[number];

/**
 * What happens to the page cache before a probe starts. `keep`: nothing; `warm`: the region is read into it; `drop`:
 * the region is evicted.
 */
export const probePreparations = ['keep', 'warm', 'drop'] as const;

/** What happens to the page cache before a probe starts. */
export type ProbePreparation = (typeof probePreparations)[number];
