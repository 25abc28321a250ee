/**
 * What callers may say when they open and read.
 * @module
 */
import type { RealDType } from '../core/dtype.js';
import type { ExternalFiles } from '../core/external-files.js';
import type { CachePolicy, Consistency, Engine, Overflow, Priority } from '../core/generated/choices.js';
import type { Progress } from '../exec/submit.js';
import { type FormatOptions, formatOptionKeys } from '../formats/options.js';
import type { Coalescing } from '../plan/spans.js';

/** What the kernel reads ahead: by a name, or a number of bytes that is asked for after each piece. */
export type Readahead = 'none' | 'sequential' | 'random' | number;

/** What the integers of a selection mean. */
export type Coordinates = 'positions' | 'domain';

/** How bytes are fetched, and what stays behind. */
export interface StorageOptions {
  /**
   * `auto` (default) decides by what is in the page cache and by the shape of the selection. `pread`: blocking reads on threads. `mmap`:
   * gathered from a mapping. `direct`: O_DIRECT, past the page cache, on threads. `uring`, `uring-direct`: io_uring, through and past the
   * page cache, many extents under way from few threads. What can't be had is replaced by what can, and `stats.engineReason` says so.
   */
  readonly engine?: Engine;
  /**
   * What the read leaves in the page cache: `keep` (default) all of it; `drop` nothing that was not there before; `dontcache` the
   * same by the kernel (RWF_DONTCACHE, Linux 6.14; where that is refused, as `drop`). What other reads
   * bring in there meanwhile may go with it; what `mmap` touches stays.
   */
  readonly cache?: CachePolicy;
  /**
   * What the kernel reads ahead. Default: what it thinks best. `none` and `random` switch it off, `sequential` doubles its window; a
   * number of bytes is asked for after each piece.
   */
  readonly readahead?: Readahead;
  /** Extents under way at once, for io_uring. Default 64. */
  readonly queueDepth?: number;
  /**
   * How the read makes sure that no file changes while it is read. `check` (default) compares device, inode, size and modification time
   * with those at opening after the last byte, which misses a write that was in flight when the file was opened (docs/errors.md).
   * `lease` also holds a read lease (Linux) on every file: no process has the file open for writing, from before the first byte until
   * after the last one. A process that opens the file for writing waits until the read has noticed, at most about a task of a
   * megabyte per thread; the read fails with `ECHANGED`.
   *
   * A lease is refused with a {@link ReadError}: code `EAGAIN` if the file is open for writing, `EACCES` if the process neither owns the
   * file nor has CAP_LEASE. An {@link UnsupportedError} says that the file system has no leases (NFS, for example), or that the array has
   * a file for each chunk or more than 128 files. Metadata that was read at opening is not covered.
   * @example
   * await array.read(null, { consistency: 'lease' });
   */
  readonly consistency?: Consistency;
}

/** A call that may be given up. */
export interface AbortOptions {
  /** Aborting ends the call with an AbortError, once what is running has stopped; aborted before, nothing is read. */
  readonly signal?: AbortSignal;
}

/** How an array is opened. Options of a format (raw's `dtype`, `shape`, ...) stand beside the others. */
export interface OpenOptions extends StorageOptions, FormatOptions {
  /** The format's name; default: recognised from the content. */
  readonly format?: string;
  /** Which array of a file or store that holds several, such as `/g/temperature`. */
  readonly array?: string;
  /**
   * At most this many threads of either kind, those that compute and those that wait for the storage, for a read of this array. Default
   * and upper bound: the threads of the process.
   */
  readonly threads?: number;
  /** Byte runs with gaps of at most `gapBytes` are read together, up to `maxBytes`. Defaults: docs/performance.md. */
  readonly coalesce?: Partial<Coalescing>;
  /**
   * Which other files may be opened because a file names them: external data of HDF5, references of kerchunk, members of TileDB
   * groups. `none`; `same-directory` (default): below the directory of the opened path; `any`; or `{ roots: ['/data'] }`: beneath
   * these directories, the opened path included and symbolic links resolved (Linux 5.6). Refused files are an ExternalFileError.
   */
  readonly externalFiles?: ExternalFiles;
  /** Aborting ends the opening, not the reads of what was opened. Aborted before, nothing is read. */
  readonly signal?: AbortSignal;
}

/** How a selection is read. */
export interface ReadOptions extends StorageOptions {
  /** Convert to this type while reading. */
  readonly as?: RealDType;
  /** What happens to a value that `as` can't hold, the fill value of absent chunks included. Default `error`. */
  readonly overflow?: Overflow;
  /**
   * Apply the array's linear scaling, `value * scale + offset`: NIfTI's slope and intercept; of NetCDF and Zarr the attributes
   * `scale_factor` and `add_offset`. The result is float64 unless `as` says otherwise. Of an array without scaling it holds the values
   * as they are, in that type; complex arrays are refused.
   */
  readonly scaled?: boolean;
  /**
   * `cf`: apply what the attributes say by the CF conventions (`scale_factor`, `add_offset`, `_FillValue`, `missing_value`,
   * `valid_min`, `valid_max`, `valid_range`, `_Unsigned`); what is missing is NaN. The type of the result is the one that
   * xarray chooses, unless `as` names another float type. See docs/formats/cf.md. Default: none.
   */
  readonly decode?: 'cf';
  /**
   * Give `mask` too: 1 where an element is missing (the same attributes). Without `decode` the values stay as stored, integers as
   * unsigned ones where `_Unsigned` says so. Of a nullable attribute of TileDB: 1 where it is null.
   */
  readonly mask?: boolean;
  /**
   * What integers of the selection mean: `positions` count from 0 (default); `domain`: coordinates within the array's `domain`,
   * inclusive `start`, exclusive `stop`, bigints where a number is not exact; negative ones do not count from the end.
   */
  readonly coordinates?: Coordinates;
  /** At most this many threads of either kind for this read. Default: as the array was opened. */
  readonly threads?: number;
  /** Which byte runs are read together in this read. Default: as the array was opened. */
  readonly coalesce?: Partial<Coalescing>;
  /**
   * How urgent this read is compared with the other reads of the process: `high`, `normal` (default) or `low`. A read of a
   * lower priority runs when those above it have nothing to do, and about once a second in any case, so that it always
   * makes progress. Within a priority short reads precede long ones, and long ones share the threads.
   */
  readonly priority?: Priority;
}

/** How a selection is read without blocking. */
export interface AsyncReadOptions extends ReadOptions {
  /** Aborting drops what is queued; the read settles with an AbortError when what is running has stopped. */
  readonly signal?: AbortSignal;
  /** Called at most every 100 ms, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How a read is explained without blocking. */
export interface ExplainOptions extends ReadOptions, AbortOptions {}

/** Options of `readSubset`: those of opening and those of reading. */
export interface SubsetOptions extends OpenOptions, AsyncReadOptions {}

/** Options of `readSubset` that leave the type of the elements as it is stored. */
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

/** The keys of {@link OpenOptions}. */
export const openKeys = {
  ...storageKeys,
  ...formatOptionKeys,
  format: true,
  array: true,
  threads: true,
  externalFiles: true,
  coalesce: true,
  signal: true,
} as const satisfies Record<keyof OpenOptions, true>;

/** The keys of {@link ReadOptions}. */
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

/** The keys of {@link ExplainOptions}. */
export const explainKeys = { ...readKeys, signal: true } as const satisfies Record<keyof ExplainOptions, true>;

/** The keys of {@link AsyncReadOptions}. */
export const asyncReadKeys = {
  ...readKeys,
  signal: true,
  onProgress: true,
} as const satisfies Record<keyof AsyncReadOptions, true>;
