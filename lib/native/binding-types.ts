/**
 * Declares the exports of the native addon (native/napi/addon.cc). A test compares the names with the real exports.
 * @module
 */
import type { NativeError } from './error-types.js';
import type { NativeChange, NativeFault } from './fault-types.js';
import type {
  NativeProbeOptions,
  NativeProbeReport,
  NativeWriteProbeOptions,
  NativeWriteProbeReport,
} from './probe-types.js';
import type { NativeCacheLook, NativeEviction, NativeStorageFacts } from './storage-types.js';

export { isNativeError, type NativeError } from './error-types.js';
export type {
  NativeCacheLook,
  NativeChange,
  NativeEviction,
  NativeFault,
  NativeProbeOptions,
  NativeProbeReport,
  NativeStorageFacts,
  NativeWriteProbeOptions,
  NativeWriteProbeReport,
};

/** Opaque native object. The addon checks its type, and refuses a handle of the wrong kind. */
export interface NativeHandle {
  readonly nativeHandle: unique symbol;
}

/** A typed array to which a plan refers. */
export type NativeTable = Float64Array | Uint32Array;

/**
 * Where the elements of a read go: to memory (the elements, or the elements and a mask with one byte per element), or
 * to the state of a reduction.
 */
export type ReadTarget = ArrayBufferView | readonly [elements: ArrayBufferView, mask: Uint8Array] | StateTarget;

/**
 * The state of a reduction, its edges or prefixes as for `reduce_block`, and the words of the reduction without
 * dimensions. The state does not change if the read fails.
 */
export type StateTarget = readonly [
  state: BigUint64Array,
  table: Float64Array | BigUint64Array | null,
  words: Float64Array,
];

/**
 * Result of a lookup that numbers cannot express: the handle of an opened file or directory or of roots, or the names
 * in a directory.
 */
export type NativeLookupDetails = NativeHandle | readonly string[] | null | undefined;

/** A shared array. */
export interface NativeSharedArray {
  /** New handles of the objects, in the order in which they were passed. */
  readonly handles: readonly NativeHandle[];
  readonly description: Uint8Array;
}

export interface NativeBinding {
  /** Sets the threads of the two lanes of the thread pool, and the memory budget in bytes; 0 keeps a value. */
  configure(threads: number, io_threads: number, memory_budget: number): void;
  /** Writes the numbers of `memoryWord` (lib/core/generated/stats.ts). */
  memory_usage(words: Float64Array): void;
  /** Returns facts about the addon: threads, page size, version of the plan's layout, digest of shared constants. */
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
   * - `inflate` decodes a deflate stream of an open file once to record restart points. This takes long for large
   *   streams.
   * - `firstPass` returns a handle with which the codec `deflatePiece` decodes the pieces of such a stream in their
   *   order, and records the restart points.
   *
   * If an item fails, the whole lookup fails with the first error in the order of the items. For `stat`, `list`, `open`
   * and `slice`, "does not exist" is not an error.
   * @param kind index in `lookupKinds` (lib/core/generated/lookup.ts).
   * @param subject the paths, one per item; for `read`, `inflate` and `firstPass`, the handle of the file; for
   * `restore`, no paths.
   * @param offsets offsets, one per item. For `restore`, the end of the deflate stream in its file: no piece may extend
   * beyond it.
   * @param memory buffers, one per item, with the lengths of the requested bytes. They are kept until the callback. For
   * `inflate` and `firstPass`, a Float64Array with `inflateWords`. For `restore`, the saved bytes, which may be
   * damaged.
   * @param answers receives `answerWords` numbers per item before the callback is called.
   * @param callback receives the error, or the result: the handle for a single `open`, `share`, `directory`,
   * `inflate`, `firstPass` or `restore`, one handle of all roots, or the names of a single `list`. If null, the lookup
   * runs on the calling thread and returns the error or the result.
   * @returns with a callback: a ticket for `abandon`.
   */
  lookup(
    kind: number,
    subject: readonly string[] | NativeHandle,
    offsets: Float64Array,
    memory: readonly (Uint8Array | Float64Array | readonly (Uint8Array | Float64Array)[])[],
    answers: Float64Array,
    roots: NativeHandle | null,
    callback: ((error: NativeError | null, details: NativeLookupDetails) => void) | null,
  ): NativeError | NativeLookupDetails | number;
  /**
   * Performs a lookup of the kind `stat` or `slice` on the calling thread, if none of its system calls can wait: paths
   * and bytes are in memory, and the file system is local and was looked up by `lookup` less than a second ago.
   * @returns true if `answers` and `memory` are filled. False if a call of `lookup` must perform it; parts of `memory`
   *   may be overwritten then.
   */
  lookup_without_waiting(
    kind: number,
    subject: readonly string[] | NativeHandle,
    offsets: Float64Array,
    memory: readonly (Uint8Array | Float64Array)[],
    answers: Float64Array,
    roots: NativeHandle | null,
  ): boolean | NativeError;
  /**
   * Creates a codec chain from the numbers [count, (id, parameter count, parameters...)...].
   * @param index handle of a deflate stream (from `inflate`, `firstPass` or `restore`), for the codec
   *   `deflatePiece`; else null.
   */
  make_chain(words: Float64Array, decoded_bytes: number, index: NativeHandle | null): NativeHandle | NativeError;
  /** Creates a cache of decoded chunks. */
  make_chunk_cache(bytes: number): NativeHandle;
  /** Writes the counters of a chunk cache, in the order of `chunkCacheWord` (lib/core/generated/stats.ts). */
  chunk_cache_counters(cache: NativeHandle, words: Float64Array): void;
  /** Removes all chunks of a chunk cache. @param closes true to insert none from now on. */
  clear_chunk_cache(cache: NativeHandle, closes: boolean): void;
  /** Returns the numbers at `pieceWord` (lib/core/generated/inflate.ts) of each piece of an index of restart points. */
  deflate_pieces(index: NativeHandle): Float64Array;
  /** Returns the index that a first pass (from `firstPass`) has made; null if it has not decoded all pieces. */
  first_pass_index(pass: NativeHandle): NativeHandle | null;
  /**
   * Adds windows to an index that `restore` has made: that of the piece `first` and of the pieces after it. Returns
   * false if `bytes`, which may be damaged, are not these windows.
   */
  add_deflate_windows(index: NativeHandle, first: number, bytes: Uint8Array): boolean;
  /** Returns an index of restart points, which must have all windows, as bytes. */
  save_deflate_index(index: NativeHandle): Uint8Array;
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
  /**
   * Reads a small box of an uncompressed array on the calling thread, if the data is in memory and no system call can
   * wait.
   * @param file handle of the open file that contains the array.
   * @param words the numbers of `boxWord`, then those of `boxDimWord` per dimension (lib/core/generated/wire.ts).
   * @param target receives the elements.
   * @param stats receives the statistics of the read.
   * @returns false if `read` must perform the read; parts of `target` may be overwritten then.
   */
  read_box(file: NativeHandle, words: Float64Array, target: ArrayBufferView, stats: Float64Array): boolean;
  /**
   * Writes elements. The plan has the layout of a read plan; elements go from `source` to the chunks. Calls back at the
   * end.
   * @param source elements of the plan's output type; pinned until the write has ended.
   * @param settings the numbers of `writeWord` (lib/core/generated/write.ts).
   * @param stats receives the numbers of `writeStatWord` before the callback.
   * @param cache receives the chunks, and stores them later; null to store them at once.
   * @returns a ticket, or the error of a plan that cannot be performed.
   */
  write(
    plan: Float64Array,
    tables: readonly NativeTable[],
    strings: readonly string[],
    handles: readonly NativeHandle[],
    source: ArrayBufferView,
    settings: Float64Array,
    stats: Float64Array,
    callback: (error: NativeError | null) => void,
    cache: NativeHandle | null,
  ): number | NativeError;
  /**
   * Copies the stored chunks of one array to the chunk files of another array. Both plans have one layer with the same
   * chunks. Calls back at the end.
   * @param plan plan of a write; the next arguments belong to it.
   * @param fromPlan plan of a read; the next arguments belong to it.
   * @param settings the numbers of `writeWord`, without shards.
   * @param shardIndexBytes if the chunks of the plans are whole shard files, the size of a shard index; otherwise -1.
   * @param stats receives the numbers of `writeStatWord` before the callback.
   * @returns a ticket, or the error of a plan that cannot be performed.
   */
  copy_chunks(
    plan: Float64Array,
    tables: readonly NativeTable[],
    strings: readonly string[],
    handles: readonly NativeHandle[],
    fromPlan: Float64Array,
    fromTables: readonly NativeTable[],
    fromStrings: readonly string[],
    fromHandles: readonly NativeHandle[],
    settings: Float64Array,
    shardIndexBytes: number,
    stats: Float64Array,
    callback: (error: NativeError | null) => void,
  ): number | NativeError;
  /**
   * Creates a cache of changed chunks, for the writes of one array. `release` frees it with its chunks.
   * @param limitBytes maximum size of the decoded chunks.
   */
  make_dirty_chunks(limitBytes: number): NativeHandle;
  /**
   * Stores the changed chunks of a cache. Calls back at the end.
   * @param ranges lowest and highest coordinate of the chunks (or shards) along each dimension; empty: all chunks.
   * @param stats receives the numbers of `writeStatWord` before the callback.
   */
  flush_chunks(
    cache: NativeHandle,
    ranges: Float64Array,
    stats: Float64Array,
    callback: (error: NativeError | null) => void,
  ): number;
  /**
   * Performs steps that change files, one after the other. The first step that fails ends the list; files that the list
   * created and did not rename are then removed.
   * @param kinds index in `fileStepKinds` of each step.
   * @param texts two texts per step: its path, and the other path or, for `openSame`, the expected device and inode.
   * @param numbers two per step: size or offset, and the mode of a new file.
   * @param bytes one buffer per step.
   * @param file file on which steps without a path act, until a step opens another one; may be null.
   * @param callback receives the error, or the handle of the file that the last `create` or `open` opened.
   * @returns a ticket.
   */
  change_files(
    kinds: Float64Array,
    texts: readonly string[],
    numbers: Float64Array,
    bytes: readonly Uint8Array[],
    file: NativeHandle | null,
    callback: (error: NativeError | null, opened: NativeHandle | undefined) => void,
  ): number;
  /**
   * Returns the number of 64-bit words of the state of one result.
   * @param words as for {@link NativeBinding.reduce_block}.
   */
  reduce_state_words(words: Float64Array): number;
  /**
   * Adds a block of elements to the states of a reduction. Only one call at a time may use the same states.
   * @param words the numbers of `reduceWord`, then `reduceDimWord` per dimension (lib/core/generated/reduce.ts).
   * @param memory the states; the elements; one byte per element that is 1 to leave it out, or null; the edges of
   * `histogram` or the prefixes of `digits`, or null. Pinned until the callback.
   * @returns a ticket for `cancel`.
   */
  reduce_block(
    words: Float64Array,
    memory: readonly [BigUint64Array, ArrayBufferView, Uint8Array | null, Float64Array | BigUint64Array | null],
    callback: (error: NativeError | null) => void,
  ): number;
  /**
   * Computes the results of a reduction from its states.
   * @param memory the states, the results, one byte per state that becomes 1 if no element contributes to it, and null.
   * @returns a ticket for `cancel`.
   */
  reduce_finish(
    words: Float64Array,
    memory: readonly [states: BigUint64Array, results: ArrayBufferView, empty: Uint8Array, table: null],
    callback: (error: NativeError | null) => void,
  ): number;
  /**
   * Adds states of a reduction to other states of the same reduction.
   * @param memory the states that change, the states that are added, null and null. Pinned until the callback.
   * @returns a ticket for `cancel`.
   */
  reduce_merge(
    words: Float64Array,
    memory: readonly [to: BigUint64Array, from: BigUint64Array, mask: null, table: null],
    callback: (error: NativeError | null) => void,
  ): number;
  /**
   * Drops the queued work of a read, a write, a change of files or a reduction. Its callback is still called, after the
   * running work has stopped.
   */
  cancel(ticket: number): void;
  /**
   * Cancels the call of a ticket, even if one of its system calls hangs. Its callback is not called, and it does not
   * keep the process alive. The memory of a lookup is not written any more; the memory of another call stays pinned
   * until the call has ended.
   * @param owner new owner of that memory, kept until the call has ended; null if the call's own arguments still own
   * it.
   * @returns false if the callback was already called.
   */
  abandon(ticket: number, owner: object | null): boolean;
  /** Writes the current statistics of a running read or write. Returns false if it has ended. */
  progress(ticket: number, stats: Float64Array): boolean;
  /** Returns the number of bytes of new results that running reads of the process have not written yet. */
  untouched_bytes(): number;
  /**
   * Makes the native objects of an array available to other threads of the process, until the result is released.
   * @param id any text that no other array has.
   * @param description any bytes. `attach_array` returns a copy.
   */
  share_array(id: string, handles: readonly NativeHandle[], description: Uint8Array): NativeHandle;
  /** Returns the native objects and the description of a shared array; null if no array with this id is available. */
  attach_array(id: string): NativeSharedArray | null;
  /**
   * Releases a native object, such as an open file or a codec chain, without waiting for the garbage collector. Files
   * are closed on the thread pool.
   */
  release(handle: NativeHandle): void;
  /** Requests huge pages for memory that is not touched yet. Returns its address modulo 4096. */
  advise_memory(memory: ArrayBufferView): number;
  /** Detaches a buffer and frees its memory at once, not when the garbage collector runs. */
  detach(buffer: ArrayBuffer): void;
  /** Queries the kernel about a path. Runs on a thread of libuv, because a network file system may not respond. */
  storage_facts(path: string): Promise<NativeStorageFacts | NativeError>;
  /**
   * Inspects the page cache of files, or flushes and evicts them. Runs on a thread of libuv.
   * @param pieces triples [file, offset, length]; offset and length are in bytes.
   * @param roots directories to which the paths are confined; null if any path is allowed, and for `evict`.
   * @returns one result per file: a NativeCacheLook for `look`, a NativeEviction for `evict`.
   */
  page_cache(
    action: 'look' | 'evict',
    paths: readonly string[],
    pieces: Float64Array,
    roots: NativeHandle | null,
  ): Promise<(NativeError | NativeCacheLook | NativeEviction)[]>;
  /**
   * Replaces the injected faults, for tests. An empty list removes all of them. Calls that the old faults hold
   * continue. Returns how many of the calls that the old faults held have reached their time limit.
   */
  set_faults(faults: readonly NativeFault[]): number;
  /** Returns how many calls each injected fault has affected. */
  fault_counts(): number[];
  /** Returns the number of calls that faults hold at the moment. For tests. */
  held_calls(): number;
  /**
   * Starts to record the calls that change files, or stops. Returns the calls that were recorded until now. For tests.
   */
  record_changes(records: boolean): NativeChange[];
  /** Returns the number of recorded calls. For tests. */
  change_count(): number;
  /**
   * Measures reads on threads of its own, and calls back at the end. Occupies one of libuv's threads during the
   * measurement.
   */
  probe(options: NativeProbeOptions, callback: (result: NativeProbeReport | NativeError) => void): void;
  /** Measures writes into existing files, as `probe` measures reads. */
  probe_writes(
    options: NativeWriteProbeOptions,
    callback: (result: NativeWriteProbeReport | NativeError) => void,
  ): void;
}
