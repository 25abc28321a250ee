/**
 * Declares the exports of the native addon (native/napi/addon.cc). A test compares the names with the real exports.
 * @module
 */

import type {
  FaultActionName,
  FaultOp,
  ProbeAccess,
  ProbeOrder,
  ProbePattern,
  ProbePreparation,
} from '../core/generated/names.js';
import type { NativeError } from './error-types.js';
import type { NativeCacheLook, NativeEviction, NativeStorageFacts } from './storage-types.js';

export { isNativeError, type NativeError } from './error-types.js';
export type { NativeCacheLook, NativeEviction, NativeStorageFacts };

/** Opaque native object. The addon checks its type, and refuses a handle of the wrong kind. */
export interface NativeHandle {
  readonly nativeHandle: unique symbol;
}

/** An additional array of a plan. */
export type NativeTable = Float64Array | Uint32Array;

/** Memory that a read fills: the elements, or the elements and a mask with one byte per element. */
export type ReadTarget = ArrayBufferView | readonly [elements: ArrayBufferView, mask: Uint8Array];

/** A fault to inject into the system-call wrappers, for tests (native/sys/hooks.h). */
export interface NativeFault {
  readonly op: FaultOp;
  /** The fault only affects paths that contain this text; '' affects all. */
  readonly path: string;
  /** The fault only affects reads and mappings that overlap the `length` bytes from this offset on. Absent: all. */
  readonly offset?: number;
  readonly length?: number;
  /** Number of matching calls that are not affected at first. */
  readonly skip: number;
  /** Number of matching calls that are affected after that; 0 for all. */
  readonly times: number;
  readonly action: FaultActionName;
  /**
   * Parameter of the action: the errno, the number of bytes to which a read is shortened, the delay or the time limit
   * of a hold in milliseconds, or the size to which a file is truncated.
   */
  readonly value: number;
}

/** Parameters of the probe (native/probe/probe.h). Sizes are in bytes, times in nanoseconds. */
export interface NativeProbeOptions {
  /**
   * Files to read. With `file_each` and T threads, thread i reads the files i, i + T, i + 2 T and so on. Otherwise only
   * the first file is read.
   */
  readonly paths: readonly string[];
  readonly pattern: ProbePattern;
  readonly order: ProbeOrder;
  readonly access: ProbeAccess;
  /**
   * State of the page cache before the measurement: unchanged, or the region is first read into it or evicted from it.
   */
  readonly prepare: ProbePreparation;
  readonly threads: number;
  readonly block_bytes: number;
  /** Region of each file. It consists of whole blocks and starts at a multiple of the block size. */
  readonly offset: number;
  readonly length: number;
  /**
   * The threads stop after this time or after this many operations of all threads together, whichever comes first; 0:
   * no such limit. Both 0: nothing is read, only the residency is measured.
   */
  readonly duration_ns: number;
  readonly operations: number;
  /** CLOCK_MONOTONIC time at which to start; 0: immediately. */
  readonly start_at_ns: number;
  readonly seed: number;
}

/** Results of the probe. A number is NaN if the kernel does not provide it. */
export interface NativeProbeReport {
  readonly started_ns: number;
  readonly elapsed_ns: number;
  readonly region_bytes: number;
  readonly resident_before: number;
  readonly resident_after: number;
  /**
   * Ten numbers per thread: wall time, time in calls, time on CPU, time runnable; voluntary and involuntary context
   * switches; calls, bytes, short reads, bytes read from the device.
   */
  readonly threads: Float64Array;
  /** Histogram of latencies in nanoseconds, three numbers per bucket: lowest value, width, count. */
  readonly latencies: Float64Array;
  readonly latency_sum: number;
  readonly latency_min: number;
  readonly latency_max: number;
  /**
   * For shared positions: blocks delivered, delivered twice, lost, unknown; passes, distinct blocks, blocks. Otherwise
   * empty.
   */
  readonly coverage: Float64Array;
}

/** Result of a lookup that numbers cannot express: the handle of an opened file, or the names in a directory. */
export type NativeLookupDetails = NativeHandle | readonly string[] | null | undefined;

export interface NativeBinding {
  /** Sets the number of threads in the two lanes of the thread pool; 0 keeps the current number. */
  configure(threads: number, io_threads: number): void;
  /** Returns the properties of the addon: built-in codecs, wire constants, numbers of threads. */
  info(): Readonly<Record<string, unknown>>;
  /**
   * Opens a directory on the calling thread, so that files can be opened by names relative to it.
   * @param roots the directory must be below one of these; null: it may be anywhere. The same holds for `roots` of the
   * other calls.
   */
  open_directory(path: string, roots: NativeHandle | null): NativeHandle | NativeError;
  /**
   * Looks up files on the I/O lane of the thread pool. All items have the same kind:
   * - `stat` and `list` inspect paths.
   * - `open` opens one regular file and reads its first bytes.
   * - `slice` opens regular files and reads from them. Negative offsets count from the end of the file.
   * - `read` reads from an open file.
   * - `share` opens a file for reads of data. Paths to the same file (equal device, inode, size and times) share a
   *   descriptor unless `roots` are given.
   * - `directory` opens a directory, so that files can be opened by names relative to it.
   * - `root` opens root directories, below which files may be opened.
   *
   * If an item fails, the whole lookup fails with the first error in the order of the items. For the first four kinds,
   * "does not exist" is not an error.
   * @param kind index in `lookupKinds` (lib/core/generated/lookup.ts).
   * @param subject the paths, one per item; for `read`, the handle of the file.
   * @param offsets offsets, one per item.
   * @param memory buffers, one per item, with the lengths of the requested bytes. They are kept until the callback.
   * @param answers `answerWords` per item, written before the callback.
   * @param callback receives the error, or the result: the handle for a single `open`, `share` or `directory`, one
   * handle of all roots, or the names of a single `list`. If null, the lookup runs on the calling thread and returns
   * the error or the result.
   * @returns with a callback: a ticket for `abandon`.
   */
  lookup(
    kind: number,
    subject: readonly string[] | NativeHandle,
    offsets: Float64Array,
    memory: readonly Uint8Array[],
    answers: Float64Array,
    roots: NativeHandle | null,
    callback: ((error: NativeError | null, details: NativeLookupDetails) => void) | null,
  ): NativeError | NativeLookupDetails | number;
  /** Creates a codec chain from the numbers [count, (id, parameter count, parameters...)...]. */
  make_chain(words: Float64Array, decoded_bytes: number): NativeHandle | NativeError;
  /**
   * Performs a plan. With a callback, returns null if the read has already ended (because it was small and in memory).
   * Otherwise returns a ticket, and calls back at the end. Without a callback, blocks until the read has ended.
   * @param target receives the result; pinned until the read has ended.
   * @param stats receives the statistics of the read (lib/exec/stats.ts) before this call returns, or before the
   * callback. All reads of a thread may use the same array.
   */
  read(
    plan: Float64Array,
    tables: readonly NativeTable[],
    strings: readonly string[],
    handles: readonly NativeHandle[],
    target: ReadTarget,
    stats: Float64Array,
    callback: ((error: NativeError | null) => void) | null,
  ): number | NativeError | null;
  /** Drops the queued work of a read. Its callback is still called, after the running work has stopped. */
  cancel(ticket: number): void;
  /**
   * Cancels a lookup or a read whose system calls may hang. Its callback is not called, and it does not keep the
   * process alive. The memory of a lookup is not written any more; the memory of a read stays pinned until the read has
   * ended.
   * @param owner new owner of the read's memory, kept until the read has ended; null if its target is still the owner.
   * @returns false if the callback was already called.
   */
  abandon(ticket: number, owner: object | null): boolean;
  /** Writes the current statistics of a running read. Returns false if the read has ended. */
  progress(ticket: number, stats: Float64Array): boolean;
  /** Returns the bytes of new results that running reads of the process have not written yet. */
  untouched_bytes(): number;
  /**
   * Releases a file, directory, chain or roots without waiting for the garbage collector. Files are closed on the
   * thread pool.
   */
  release(handle: NativeHandle): void;
  /** Requests huge pages for memory that is not touched yet. Returns its address modulo 4096. */
  advise_memory(memory: ArrayBufferView): number;
  /** Queries the kernel about a path. Runs on a thread of libuv, because a network file system may not respond. */
  storage_facts(path: string): Promise<NativeStorageFacts | NativeError>;
  /**
   * Inspects the page cache of files, or flushes and evicts them. Runs on a thread of libuv.
   * @param pieces triples [file, offset, length]; offset and length are in bytes.
   * @returns one result per file: a NativeCacheLook for `look`, a NativeEviction for `evict`.
   */
  page_cache(
    action: 'look' | 'evict',
    paths: readonly string[],
    pieces: Float64Array,
  ): Promise<(NativeError | NativeCacheLook | NativeEviction)[]>;
  /**
   * Replaces the injected faults, for tests. An empty list removes all of them. Calls that the old faults hold
   * continue. Returns how many calls that the old faults held were not released, but reached their time limit.
   */
  set_faults(faults: readonly NativeFault[]): number;
  /** Returns how many calls each injected fault has affected. */
  fault_counts(): number[];
  /** Number of calls that faults hold at the moment. For tests. */
  held_calls(): number;
  /**
   * Measures reads on threads of its own, and calls back at the end. Occupies one of libuv's threads during the
   * measurement.
   */
  probe(options: NativeProbeOptions, callback: (result: NativeProbeReport | NativeError) => void): void;
}
