/**
 * The choices that a caller has for a read, as words. The native side knows each word by its index in the list.
 * @module
 */

/** Engines: ways to read the bytes of a file. `auto` decides per read. Index = native EngineChoice. */
export const engineNames = ['auto', 'pread', 'mmap', 'direct', 'uring', 'uring-direct'] as const;

/** A way to read the bytes of a file; `auto` decides per read. */
export type Engine = (typeof engineNames)[number];

/** Page-cache policies. Index = native CachePolicy. */
export const cachePolicies = ['keep', 'drop', 'dontcache'] as const;

/** Whether the bytes that a read brings into the page cache stay there. */
export type CachePolicy = (typeof cachePolicies)[number];

/** Overflow modes. Index = native Overflow. */
export const overflowModes = ['error', 'clamp', 'wrap'] as const;

/** What happens to a value that the requested type cannot hold: the read fails, takes the nearest value, or keeps the low bits. */
export type Overflow = (typeof overflowModes)[number];

/** Read-ahead that the kernel is asked for. Index = native Readahead. */
export const readaheadKinds = ['kernel', 'none', 'sequential', 'random', 'bytes'] as const;

/** Read-ahead that the kernel is asked for; `bytes` goes with a number of bytes. */
export type ReadaheadKind = (typeof readaheadKinds)[number];
