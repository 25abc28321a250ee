/**
 * The exports of the native addon. A test compares the names with what the addon really exports.
 * Each call's counterpart stands in native/napi/addon.cc.
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

/** An opaque native object; a handle of the wrong kind is refused by its type tag. */
export interface NativeHandle {
  readonly nativeHandle: unique symbol;
}

/** A side table of a plan. */
export type NativeTable = Float64Array | Uint32Array;

/** The memory that a read fills: for the elements, or for them and their mask of one byte each. */
export type ReadTarget = ArrayBufferView | readonly [elements: ArrayBufferView, mask: Uint8Array];

/** A fault to inject into the system-call wrappers, for tests (native/sys/hooks.h). */
export interface NativeFault {
  readonly op: FaultOp;
  /** Only paths that contain this text; '' for all. */
  readonly path: string;
  /** Only reads and mappings that overlap the `length` bytes from here on; absent: all. */
  readonly offset?: number;
  readonly length?: number;
  /** Matching calls that pass unharmed first. */
  readonly skip: number;
  /** Matching calls that are then affected; 0 for all. */
  readonly times: number;
  readonly action: FaultActionName;
  /**
   * The errno, the bytes that a read is shortened to, the delay or the time limit of a hold in milliseconds, or the
   * size to truncate to.
   */
  readonly value: number;
}

/** What the probe is to do (native/probe/probe.h); sizes in bytes, times in nanoseconds. */
export interface NativeProbeOptions {
  /**
   * For `file_each`, of T threads, thread i reads the files i, i + T, i + 2 T...; otherwise the first alone is read.
   */
  readonly paths: readonly string[];
  readonly pattern: ProbePattern;
  readonly order: ProbeOrder;
  readonly access: ProbeAccess;
  /** What happens to the page cache first: nothing, the region is read into it, or dropped from it. */
  readonly prepare: ProbePreparation;
  readonly threads: number;
  readonly block_bytes: number;
  /** The region of each file: whole blocks from a multiple of the block on. */
  readonly offset: number;
  readonly length: number;
  /** The threads stop at the first of these; 0: no limit. Both 0: nothing is read, only the residency is looked at. */
  readonly duration_ns: number;
  readonly operations: number;
  /** CLOCK_MONOTONIC at which to start; 0: at once. */
  readonly start_at_ns: number;
  readonly seed: number;
}

/** What the probe measured. A number that the kernel does not keep is NaN. */
export interface NativeProbeReport {
  readonly started_ns: number;
  readonly elapsed_ns: number;
  readonly region_bytes: number;
  readonly resident_before: number;
  readonly resident_after: number;
  /**
   * Ten words a thread: wall, in calls, on CPU, runnable; switches voluntary and not; calls, bytes, short reads, device
   * bytes.
   */
  readonly threads: Float64Array;
  /** The latencies in nanoseconds, three words a bucket: its lowest value, its width, how many. */
  readonly latencies: Float64Array;
  readonly latency_sum: number;
  readonly latency_min: number;
  readonly latency_max: number;
  /** For shared positions: delivered, twice, lost, unknown, passes, distinct blocks, blocks; otherwise empty. */
  readonly coverage: Float64Array;
}

/** What the words of an answer to a lookup do not hold: the handle of an opened file, or the names in a directory. */
export type NativeLookupDetails = NativeHandle | readonly string[] | null | undefined;

export interface NativeBinding {
  /** Sizes of the two lanes of the thread pool; 0 keeps one as it is. */
  configure(threads: number, io_threads: number): void;
  /** What the addon is and can: codecs built in, wire constants, thread counts. */
  info(): Readonly<Record<string, unknown>>;
  /**
   * Opens a directory for names relative to it, on the calling thread.
   * @param roots beneath which the directory must lie; null: anywhere. So for the other calls.
   */
  open_directory(path: string, roots: NativeHandle | null): NativeHandle | NativeError;
  /**
   * Asks about files on the I/O lane of the pool. All items are of one kind: stat and list look at paths; open opens
   * one regular file and reads its first bytes; slice reads of regular files that it opens (negative offsets: from the
   * end); read reads of an open file; share opens a file for reads of data, so that equal files (device, inode, size,
   * times) share a descriptor unless there are roots; directory opens a directory for names relative to it; root opens
   * the directories beneath which files may be opened. An error fails the whole, and the first in the items' order is
   * reported; "does not exist" is an answer of the first four.
   * @param kind index of `lookupKinds` (lib/core/generated/lookup.ts).
   * @param subject the paths, one an item; for read the file's handle.
   * @param offsets one an item.
   * @param memory one an item, as long as the bytes that are asked for; kept until the callback.
   * @param answers `answerWords` per item, written before the callback.
   * @param callback gets the error, or for a single open, share or directory the handle, for roots one handle of all,
   * for a single
   *   list the names. Null: all is done on the calling thread, and what the callback would get is returned.
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
  /** Builds a codec chain from words [count, (id, parameter count, parameters...)...]. */
  make_chain(words: Float64Array, decoded_bytes: number): NativeHandle | NativeError;
  /**
   * Performs a plan. With a callback: returns null when the read has already ended (it was small and in memory), else a
   * ticket, and calls back when it has ended. Without: blocks until it has ended.
   * @param target receives the result; pinned until the read has ended.
   * @param stats receives the account of the read (lib/exec/stats.ts) before this returns, or before the callback; the
   * same
   *   array may serve all reads of a thread.
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
  /** Drops what is queued of a read; its callback still comes, after what is running has stopped. */
  cancel(ticket: number): void;
  /**
   * Lets go of a lookup or a read whose calls may hang: it is cancelled, its callback does not come, and it does not
   * keep the process alive. Nothing writes to the memory of a lookup any more; the memory of a read is pinned until it
   * has ended.
   * @param owner what owns the memory of a read now, kept until the read has ended; null if its target still does.
   * @returns false if the callback has been called already.
   */
  abandon(ticket: number, owner: object | null): boolean;
  /** Writes the account so far of a running read; false when it has ended. */
  progress(ticket: number, stats: Float64Array): boolean;
  /** Bytes of new results that the running reads of the process have not written yet. */
  untouched_bytes(): number;
  /** Gives a file, directory, chain or roots back before the garbage collector would. Files are closed on the pool. */
  release(handle: NativeHandle): void;
  /** Asks for huge pages where memory is touched first; the address modulo 4096. */
  advise_memory(memory: ArrayBufferView): number;
  /** Asks the kernel about a path; on a thread of libuv, since a network file system may not answer. */
  storage_facts(path: string): Promise<NativeStorageFacts | NativeError>;
  /**
   * Looks at the page cache of files, or flushes and drops; on a thread of libuv.
   * @param pieces triples [file, offset, length], offset and length in bytes.
   * @returns one answer a file: a NativeCacheLook or a NativeEviction, as was asked.
   */
  page_cache(
    action: 'look' | 'evict',
    paths: readonly string[],
    pieces: Float64Array,
  ): Promise<(NativeError | NativeCacheLook | NativeEviction)[]>;
  /**
   * Replaces the injected faults, which releases held calls; an empty list removes them. For tests. Returns how many
   * holds of the replaced faults ended at their time limit.
   */
  set_faults(faults: readonly NativeFault[]): number;
  /** How many calls each of the injected faults has affected. */
  fault_counts(): number[];
  /**
   * Measures reads on threads of its own, and calls back when they have ended. Keeps one of libuv's threads meanwhile.
   */
  probe(options: NativeProbeOptions, callback: (result: NativeProbeReport | NativeError) => void): void;
}
