/**
 * Enumerations whose values are passed to or from JavaScript as text (names).
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Kinds of native errors. They decide which error class the caller sees. `io`: a system call failed; the error has its
 * errno; `eof`: the file ends within the requested bytes; `changed`: the file was replaced, truncated or modified since
 * it was opened; `codec`: a chunk could not be decoded; `conversion`: a value does not fit the output type;
 * `unsupported`: a known feature that is not built in or not available on this machine; `refused`: the path leads out
 * of the directories in which files may be opened; `invalid`: an argument or a plan contradicts itself, because of a
 * bug in the caller or a hostile file; `cancelled`: the cancel token was raised; `closed`: the handle was closed;
 * `memory`: the working memory needed at once (`length` of the error, in bytes) exceeds the budget (`offset`, in
 * bytes).
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
  'memory',
] as const;

/** Kinds of native errors. They decide which error class the caller sees. */
export type ErrorKindName = (typeof errorKinds)[number];

/**
 * System-call wrappers into which faults can be injected. `pread`: also reads by io_uring; `fstat`: by descriptor;
 * `stat`: by path; `cachestat`: fails like a kernel that lacks the call; `sync`: fdatasync(2) and fsync(2), of files
 * and directories; `reopen`: opens a file again through /proc/self/fd; a fault for `open` also applies; `preadv2`:
 * reads with flags (RWF_NOWAIT, RWF_DONTCACHE); a fault for `pread` also applies; `close`: closes files, directories
 * and rings; a fault can make it wait, but not fail; `getdents`: reads the entries of a directory; `statfs`: by path or
 * descriptor; `access`: faccessat(2); `readlink`: also called by the resolution of a path; `fcntl`: leases and flags of
 * a descriptor; `fadvise`: posix_fadvise(2); `munmap`: munmap(2); a fault can make it wait, but not fail;
 * `mmap_anonymous`: mmap(2) of anonymous memory; `proc`: open and read calls on files in /proc (list of mounts,
 * statistics of threads); `lease_signal`: signal of a broken lease; it can be late or, with the fault action `end`,
 * lost; `create`: openat(2) that creates a file, or opens one for writing; `pwrite`: writes; the fault actions
 * `shorten` and `end` apply to them as to reads; `copy_range`: copy_file_range(2); the fault actions `shorten` and
 * `end` apply to it; `fallocate`: allocates the space of a file; `ftruncate`: sets the size of a file; `rename`:
 * renameat2(2), and linkat(2) on file systems that do not support it; `unlink`: removes a file or an empty directory;
 * `mkdir`: creates a directory; `change`: matches every operation that changes files: create, pwrite, copy_range,
 * fallocate, ftruncate, sync, rename, unlink, mkdir.
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
  'close',
  'getdents',
  'statfs',
  'access',
  'readlink',
  'getxattr',
  'fcntl',
  'fadvise',
  'mincore',
  'madvise',
  'munmap',
  'mmap_anonymous',
  'lseek',
  'poll',
  'proc',
  'lease_signal',
  'create',
  'pwrite',
  'copy_range',
  'fallocate',
  'ftruncate',
  'rename',
  'unlink',
  'mkdir',
  'change',
] as const;

/** System-call wrappers into which faults can be injected. */
export type FaultOp = (typeof faultOps)[number];

/**
 * Effects of an injected fault. `error`: the call fails with errno `value`; the system call is not made; `shorten`: a
 * read or write transfers at most `value` bytes (at least 1; use `end` for 0); `end`: a read or write transfers 0
 * bytes, as a read at the end of the file; `cold`: a read with RWF_NOWAIT fails with EAGAIN; other reads do not match;
 * `eintr`: the call is interrupted before it has an effect; the wrapper must retry it; `delay`: the call sleeps `value`
 * milliseconds first, then runs; `truncate`: the file of the call is truncated to `value` bytes first, then the call
 * runs; `hold`: the call waits until the fault plans are replaced or cleared, then runs; it fails with ETIMEDOUT after
 * `value` milliseconds; a read with RWF_NOWAIT fails with EAGAIN immediately; `slow`: as `delay`; but a call that must
 * not wait fails with EAGAIN (as it does if the storage is slow), and such a call is not counted; `kill`: SIGKILL ends
 * the process before the call is made.
 */
export const faultActions = [
  'error',
  'shorten',
  'end',
  'cold',
  'eintr',
  'delay',
  'truncate',
  'hold',
  'slow',
  'kill',
] as const;

/** Effects of an injected fault. */
export type FaultActionName = (typeof faultActions)[number];

/**
 * File access patterns of the threads of a probe. `read_shared`: read(2) at the position of one shared descriptor;
 * `unlocked_shared`: a shared file position without a lock, as in read(2) before Linux 3.14; used as a control;
 * `pread_shared`: pread(2) on one shared descriptor; `pread_own`: pread(2) on a descriptor per thread; `file_each`:
 * pread(2) on a file per thread.
 */
export const probePatterns = ['read_shared', 'unlocked_shared', 'pread_shared', 'pread_own', 'file_each'] as const;

/** File access patterns of the threads of a probe. */
export type ProbePattern = (typeof probePatterns)[number];

/** Orders in which a probe reads blocks. */
export const probeOrders = ['sequential', 'random'] as const;

/** Orders in which a probe reads blocks. */
export type ProbeOrder = (typeof probeOrders)[number];

/** Kinds of access of a probe: through the page cache, or direct. */
export const probeAccesses = ['buffered', 'direct'] as const;

/** Kinds of access of a probe: through the page cache, or direct. */
export type ProbeAccess = (typeof probeAccesses)[number];

/**
 * Preparation of the page cache before a probe starts. `keep`: leaves it as it is; `warm`: reads the region into it;
 * `drop`: evicts the region.
 */
export const probePreparations = ['keep', 'warm', 'drop'] as const;

/** Preparation of the page cache before a probe starts. */
export type ProbePreparation = (typeof probePreparations)[number];

/**
 * Calls of fdatasync(2) by a probe that writes. `none`: no call; `end`: one call per file, after the last write;
 * `each`: one call after each write.
 */
export const probeSyncs = ['none', 'end', 'each'] as const;

/** Calls of fdatasync(2) by a probe that writes. */
export type ProbeSync = (typeof probeSyncs)[number];
