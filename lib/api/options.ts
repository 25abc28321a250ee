/**
 * Options for opening and reading.
 * @module
 */
import type { RealDType, TypedArray } from '../core/dtype.js';
import type { ExternalFiles } from '../core/external-files.js';
import type { CachePolicy, Consistency, Engine, Overflow, Priority } from '../core/generated/choices.js';
import type { Durability } from '../core/generated/write.js';
import type { Progress } from '../exec/progress.js';
import { type FormatOptions, formatOptionKeys } from '../formats/options.js';
import type { Coalescing } from '../plan/extent-shape.js';
import type { WriteEngineName } from '../plan/write-engine.js';
import type { ChunkCache } from './chunk-cache.js';

/** Read-ahead policy: a name, or the number of bytes to request beyond the end of each contiguous run. */
export type Readahead = 'none' | 'sequential' | 'random' | number;

/** Meaning of the integers of a selection. */
export type Coordinates = 'positions' | 'domain';

/** Options that control how bytes are read and what stays in the page cache. */
export interface StorageOptions {
  /**
   * Engine that reads the bytes. If it is unavailable, another one is used and `stats.engineReason` says why.
   * - `auto` (default): chooses by the state of the page cache and the shape of the selection.
   * - `pread`: blocking reads on threads.
   * - `mmap`: copies from a memory mapping.
   * - `direct`: blocking O_DIRECT reads on threads, which bypass the page cache.
   * - `uring`, `uring-direct`: io_uring through the page cache, and io_uring with O_DIRECT. A few threads keep many
   *   extents in flight.
   */
  readonly engine?: Engine;
  /**
   * Effect on the page cache.
   * - `keep` (default): data that was read stays.
   * - `drop`: evicts the pages that the read added. Pages that other reads add to the same file at the same time may be
   *   evicted too, and pages that `mmap` touches stay.
   * - `dontcache`: the kernel drops the pages (RWF_DONTCACHE, Linux 6.14). Acts as `drop` if the kernel refuses the
   *   flag.
   */
  readonly cache?: CachePolicy;
  /**
   * Kernel read-ahead. Default: the kernel's own heuristics. `none` and `random` disable it; `sequential` doubles the
   * kernel's window; a number asks the kernel to read that many bytes beyond the end of each contiguous run.
   */
  readonly readahead?: Readahead;
  /** Maximum number of extents in flight, for io_uring. Default 64. */
  readonly queueDepth?: number;
  /**
   * Method of detecting that a file changes while it is read.
   *
   * `check` (default) compares device, inode, size and modification time after the last byte with their values at
   * opening. It misses a write that was already in flight when the file was opened (docs/errors.md).
   *
   * `lease` also holds a read lease (Linux) on every file from before the first byte until after the last one, so no
   * process can write to the file unnoticed. If a process opens the file for writing, a thread of the library releases
   * the lease immediately, so that process does not wait for the read. The read then fails with `ECHANGED`. Metadata
   * that was read at opening is not covered.
   *
   * A lease is refused with a {@link ReadError}: code `EAGAIN` if the file is open for writing, `EACCES` if the process
   * neither owns the file nor has CAP_LEASE. It is refused with an {@link UnsupportedError} if the file system has no
   * leases (such as NFS), or if the array has a file for each chunk or more than 128 files.
   * @example
   * await array.read(null, { consistency: 'lease' });
   */
  readonly consistency?: Consistency;
}

/** Options of a call that can be aborted. */
export interface AbortOptions {
  /** Aborts the call with an AbortError. If it is already aborted, nothing is read. */
  readonly signal?: AbortSignal;
}

/**
 * Options of {@link openArray}. Options of a format (such as `dtype` and `shape` of raw files) are given in the same
 * object.
 */
export interface OpenOptions extends StorageOptions, FormatOptions {
  /** Name of the format. Default: detected from the content. */
  readonly format?: string;
  /** Path of the array in a file or store that holds several, such as `/g/temperature`. */
  readonly array?: string;
  /**
   * Field to read if the elements are records (structured dtypes of NumPy and Zarr, compound datatypes of HDF5): its
   * name, or a path such as `p.w` for a field of a nested record. Dimensions inside the field follow those of the
   * array. Without a field, such an array is refused with a ChoiceError that lists the fields.
   */
  readonly field?: string;
  /**
   * Maximum number of compute threads, and of I/O threads, for a read of this array. Default and upper bound: the size
   * of the process's thread pool.
   */
  readonly threads?: number;
  /**
   * Cache of decoded chunks, which several arrays may share; see {@link createChunkCache}. Default: none, so each read
   * decodes the chunks that it needs. Uncompressed chunks are not cached, because the page cache already keeps them.
   */
  readonly chunkCache?: ChunkCache;
  /**
   * Limits for merging byte runs. Runs with a gap of at most `gapBytes` between them are read together, up to
   * `maxBytes` in total. Defaults: docs/performance.md.
   */
  readonly coalesce?: Partial<Coalescing>;
  /**
   * Files that may be opened because another file refers to them: external data of HDF5, references of kerchunk,
   * members of TileDB groups. Other files are refused with an ExternalFileError.
   * - `none`: no other file.
   * - `same-directory` (default): files below the directory of the opened path (or below the opened path, if it is a
   *   directory).
   * - `any`: every file.
   * - `{ roots: ['/data'] }`: files below these directories, after symbolic links are resolved (Linux 5.6). The opened
   *   path must also be below them.
   */
  readonly externalFiles?: ExternalFiles;
  /** `r` (default): for reading. See {@link WritableOpenOptions} for `r+`. */
  readonly mode?: 'r';
  /** Aborts the opening, but not later reads of the array. If it is already aborted, nothing is read. */
  readonly signal?: AbortSignal;
}

/** Options of {@link openArray} that open an array for writing. */
export interface WritableOpenOptions extends Omit<OpenOptions, 'mode'> {
  /** `r+`: for reading and writing. The array must exist and have the format `npy`, `raw`, `zarr` or `tiles`. */
  readonly mode: 'r+';
  /**
   * `exclusive` (default): takes a lock (fcntl(2), "Open file description locks"), so that a second handle or program
   * that opens the array for writing is refused. Programs that do not use such locks are not excluded.
   *
   * `none`: takes no lock. Only for writers that change different chunks (or shards), or different elements of `npy`
   * and `raw` files.
   */
  readonly lock?: 'exclusive' | 'none';
  /** Data that survives a power failure after the end of a write. Default `full`. See {@link CreateOptions}. */
  readonly durability?: Durability;
  /** Engine of writes into `npy` and `raw` files. Default `auto`. See {@link CreateOptions}. */
  readonly writeEngine?: WriteEngineName;
  /** zarr, tiles: maximum size of changed chunks in memory, in bytes. Default 0. See {@link CreateOptions}. */
  readonly writeBackBytes?: number;
}

/** Options of a read. */
export interface ReadOptions extends StorageOptions {
  /** Type to convert the elements to. */
  readonly as?: RealDType;
  /** Treatment of values that `as` cannot represent, including the fill value of absent chunks. Default `error`. */
  readonly overflow?: Overflow;
  /**
   * True to apply the array's linear scaling, `value * scale + offset`: slope and intercept of NIfTI, or the attributes
   * `scale_factor` and `add_offset` of NetCDF and Zarr. The result is float64 unless `as` names another type. An array
   * without scaling keeps its values, in that type. Complex arrays are refused.
   */
  readonly scaled?: boolean;
  /**
   * `cf` applies the attributes of the CF conventions (`scale_factor`, `add_offset`, `_FillValue`, `missing_value`,
   * `valid_min`, `valid_max`, `valid_range`, `_Unsigned`). Missing values become NaN. The result has the type that
   * xarray would choose, unless `as` names another float type. See docs/formats/cf.md. Default: no decoding.
   */
  readonly decode?: 'cf';
  /**
   * True to return a `mask` that is 1 for missing elements, by the attributes that `decode` lists. Without `decode` the
   * values stay as stored, except that `_Unsigned` changes the sign of integer types. For a nullable attribute of
   * TileDB, the mask is 1 for null elements.
   */
  readonly mask?: boolean;
  /**
   * Meaning of the integers of a selection. `positions` (default) count from 0. `domain` means coordinates within the
   * array's `domain`: `start` is inclusive, `stop` exclusive, negative numbers do not count from the end, and bigints
   * are allowed for integers that a number cannot represent exactly.
   */
  readonly coordinates?: Coordinates;
  /** Maximum number of compute threads, and of I/O threads, for this read. Default: the array's setting. */
  readonly threads?: number;
  /** Merging of byte runs for this read. Default: the array's setting. */
  readonly coalesce?: Partial<Coalescing>;
  /**
   * Priority among the reads of the process: `high`, `normal` (default) or `low`. Reads of a higher priority run first,
   * but they delay another read by only about a second per level, so that each read makes progress. Within a priority,
   * short reads run before long ones, and long ones share the threads.
   */
  readonly priority?: Priority;
}

/** Options of an asynchronous read. */
export interface AsyncReadOptions extends ReadOptions {
  /**
   * Aborts the read: queued work is dropped, and the promise rejects with an AbortError once running work has stopped,
   * or after 5 seconds if a system call hangs.
   */
  readonly signal?: AbortSignal;
  /** Called at most every 100 ms while the read runs, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Options of {@link ArrayHandle.readMany}. */
export interface ReadManyOptions extends AsyncReadOptions {
  /**
   * Typed array that receives the elements of all boxes, one box after the other, as described for `readInto`. Its
   * length is the sum of the lengths of the results. Default: new memory.
   */
  readonly into?: TypedArray;
  /**
   * Treatment of boxes that cannot be read, for example because a chunk is damaged.
   * - `throw` (default): the call fails with the first error.
   * - `collect`: the other boxes are read, and the {@link CollectedBatch} has the errors. If a box fails, boxes are
   *   read again in smaller groups to find it, so chunks may be decoded more than once.
   *
   * Other errors, such as those of invalid selections, a lack of memory, an abort or a close, fail the call in both
   * cases.
   */
  readonly onError?: OnError;
}

/** Options of {@link ArrayHandle.stream}. */
export interface StreamOptions extends Omit<ReadManyOptions, 'into'> {
  /**
   * Maximum number of bytes of the boxes that are read ahead or used by the loop. A box that is larger is read alone.
   * Default: 128 MiB.
   */
  readonly budgetBytes?: number;
}

/** Treatment of boxes that cannot be read. */
export type OnError = 'throw' | 'collect';

/** Options of {@link ArrayHandle.explainAsync} and {@link ArrayHandle.explainMany}. */
export interface ExplainOptions extends ReadOptions, AbortOptions {}

/** Options of `readSubset`: all options of opening and reading. */
export interface SubsetOptions extends OpenOptions, AsyncReadOptions {}

/** Options of `readSubset` that keep the stored element type. */
export interface AsStored {
  readonly as?: undefined;
  readonly scaled?: false;
  readonly decode?: undefined;
  readonly mask?: false;
}

const storageKeys = {
  engine: true,
  cache: true,
  readahead: true,
  queueDepth: true,
  consistency: true,
} as const satisfies Record<keyof StorageOptions, true>;

/** Keys of {@link StorageOptions} and {@link AbortOptions}. */
export const asyncStorageKeys = { ...storageKeys, signal: true } as const;

/** Keys of {@link OpenOptions}. */
export const openKeys = {
  ...storageKeys,
  ...formatOptionKeys,
  format: true,
  array: true,
  field: true,
  threads: true,
  externalFiles: true,
  coalesce: true,
  chunkCache: true,
  signal: true,
  mode: true,
} as const satisfies Record<keyof OpenOptions, true>;

/** Keys of {@link WritableOpenOptions} that {@link OpenOptions} lacks. */
export const writableKeys = {
  lock: true,
  durability: true,
  writeEngine: true,
  writeBackBytes: true,
} as const satisfies Record<Exclude<keyof WritableOpenOptions, keyof OpenOptions>, true>;

/** Keys of {@link ReadOptions}. */
export const readKeys = {
  as: true,
  overflow: true,
  scaled: true,
  decode: true,
  mask: true,
  coordinates: true,
  ...storageKeys,
  threads: true,
  coalesce: true,
  priority: true,
} as const satisfies Record<keyof ReadOptions, true>;

/** Keys of {@link ExplainOptions}. */
export const explainKeys = { ...readKeys, signal: true } as const satisfies Record<keyof ExplainOptions, true>;

/** Keys of {@link AsyncReadOptions}. */
export const asyncReadKeys = {
  ...readKeys,
  signal: true,
  onProgress: true,
} as const satisfies Record<keyof AsyncReadOptions, true>;

/** Keys of {@link ReadManyOptions}. */
export const readManyKeys = {
  ...asyncReadKeys,
  into: true,
  onError: true,
} as const satisfies Record<keyof ReadManyOptions, true>;

/** Keys of {@link StreamOptions}. */
export const streamKeys = {
  ...asyncReadKeys,
  onError: true,
  budgetBytes: true,
} as const satisfies Record<keyof StreamOptions, true>;
