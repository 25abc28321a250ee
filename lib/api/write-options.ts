/**
 * Options of writing, and their validation.
 * @module
 */
import type { ByteOrder, DType } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';
import type { Overflow } from '../core/generated/choices.js';
import { overflowModes } from '../core/generated/choices.js';
import { maxThreads } from '../core/generated/limits.js';
import { type Durability, durabilityLevels } from '../core/generated/write.js';
import { checkKeys, expected, Fields } from '../core/validate.js';
import type { Progress } from '../exec/progress.js';
import type { NewCodec } from '../formats/zarr/write/codec-options.js';
import { type WriteEngineName, writeEngines } from '../plan/write-engine.js';
import { checkSignal } from './settings.js';

/** Options of {@link createArray}. */
export interface CreateOptions {
  /** Format of the array. Default: by the extension of the path (`.npy`, `.zarr`). */
  readonly format?: 'npy' | 'raw' | 'zarr' | 'tiles';
  /** Length of each dimension. */
  readonly shape: readonly number[];
  /** Type of the stored elements. */
  readonly dtype: DType;
  /** True to replace an existing file, or a store of the same format. Default false: an existing target is an error. */
  readonly overwrite?: boolean;
  /**
   * Data that survives a power failure after the end of a call. Default `full`.
   * - `none`: no guarantee.
   * - `data`: the content of files (`fdatasync`), but not their names. A store may then lack chunks.
   * - `full`: also the names of files (`fsync` of their directories).
   */
  readonly durability?: Durability;
  /**
   * npy, raw: way in which writes reach the storage. Default `auto`. `stats.engine` and `explainWrite` tell the choice.
   * - `auto`: `direct` for large writes of contiguous elements into allocated space, if the data must be durable; else
   *   `pwrite`.
   * - `pwrite`: through the page cache.
   * - `direct`: with O_DIRECT, which bypasses the page cache, from aligned buffers. Parts that do not fill an aligned
   *   block go through the page cache, as does everything if the file system does not support direct I/O.
   */
  readonly writeEngine?: WriteEngineName;
  /**
   * zarr, tiles: maximum size of changed chunks in memory, in bytes before encoding. Default 0: each write stores them.
   * With a larger value, chunks stay in memory, so that several writes into a chunk encode it once. Data is then
   * durable only after `flush()` or `close()`. If the chunks exceed the limit, a write stores those that were not used
   * for the longest time. If that fails, this write fails, and the chunks stay in memory. Has no effect if it is less
   * than one chunk or shard.
   */
  readonly writeBackBytes?: number;
  /** Maximum number of threads of a write. Default: the I/O threads of the pool. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** npy, raw, tiles: `C` (default) if the last dimension is contiguous; `F` if the first dimension is contiguous. */
  readonly order?: 'C' | 'F';
  /** Byte order of the stored elements. Default `little`. */
  readonly byteOrder?: ByteOrder;
  /** raw, zarr, tiles: attributes. The attributes of a raw file are stored in its sidecar, a JSON file next to it. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** raw, zarr, tiles: a name or null for each dimension. Zarr v2 stores them as xarray does, and needs all names. */
  readonly dimensionNames?: readonly (string | null)[];
  /** zarr: version of the format. Default 3. */
  readonly zarrFormat?: 2 | 3;
  /** zarr: path of the array in the store, such as `group/array`. Default: the array is the root. */
  readonly array?: string;
  /**
   * zarr, tiles: shape of a chunk or tile. Default: the shape, halved along its longest dimension until a chunk has at
   * most 4 MiB.
   */
  readonly chunkShape?: readonly number[];
  /**
   * zarr: shape of a shard, a file that contains many chunks; a multiple of `chunkShape` in each dimension. Needs
   * version 3. Default: each chunk is a file.
   */
  readonly shardShape?: readonly number[];
  /** zarr: codecs in the order of encoding. Default `[{ name: 'zstd' }]`; `[]` for uncompressed chunks. */
  readonly codecs?: readonly NewCodec[];
  /** zarr, tiles: value of elements that are not written. Default 0. Chunks with only this value are not stored. */
  readonly fillValue?: Exclude<FillValue, null>;
  /**
   * tiles: template of the paths of the tiles' files, such as `z{0:04}/{1}_{2}.bin`. Default: a field per dimension,
   * such as `{0}/{1}/{2}.bin`.
   */
  readonly tilePath?: string;
  /**
   * tiles: `full` (default) if tiles at the upper edge of the array are files of the same size as the others;
   * `clipped` if these files contain only elements of the array.
   */
  readonly edgeTiles?: 'full' | 'clipped';
}

/** Options that the format itself validates. */
const formatKeys = [
  'order',
  'byteOrder',
  'attributes',
  'dimensionNames',
  'zarrFormat',
  'array',
  'chunkShape',
  'shardShape',
  'codecs',
  'fillValue',
  'tilePath',
  'edgeTiles',
] as const;
const createKeys = {
  format: true,
  shape: true,
  dtype: true,
  overwrite: true,
  durability: true,
  writeEngine: true,
  writeBackBytes: true,
  threads: true,
  signal: true,
  order: true,
  byteOrder: true,
  attributes: true,
  dimensionNames: true,
  zarrFormat: true,
  array: true,
  chunkShape: true,
  shardShape: true,
  codecs: true,
  fillValue: true,
  tilePath: true,
  edgeTiles: true,
} as const satisfies Record<keyof CreateOptions, true>;

/** Options of a write. */
export interface WriteOptions {
  /** Treatment of values that the array's type cannot represent. Default `error`. */
  readonly overflow?: Overflow;
  /** Aborts the write with an AbortError, once running work has stopped, or after 5 seconds if a system call hangs. */
  readonly signal?: AbortSignal;
  /** Called at most ten times per second, and at the end. An exception aborts the write. */
  readonly onProgress?: (progress: Progress) => void;
}

const writeKeys = { overflow: true, signal: true, onProgress: true } as const satisfies Record<
  keyof WriteOptions,
  true
>;

/** Validated options of {@link createArray}. */
export interface CreateSettings {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly overwrite: boolean;
  readonly durability: Durability;
  readonly writeEngine: WriteEngineName;
  readonly writeBackBytes: number;
  readonly threads: number;
  readonly formatOptions: Fields;
}

/** Validates the options of `createArray`. @throws {TypeError} naming an option that is invalid. */
export function createSettings(options: CreateOptions): CreateSettings {
  checkKeys(options, createKeys);
  checkSignal(options.signal);
  const fields = Fields.ofOptions(options);
  const { overwrite = false } = options;
  if (typeof overwrite !== 'boolean') throw expected('true or false', 'options.overwrite', overwrite);
  const given = Object.fromEntries(formatKeys.map((key) => [key, options[key]]));
  return {
    shape: fields.shape('shape', 0),
    dtype: fields.dtype('dtype'),
    overwrite,
    durability: fields.oneOf('durability', durabilityLevels, 'full'),
    writeEngine: fields.oneOf('writeEngine', writeEngines, 'auto'),
    writeBackBytes: fields.integer('writeBackBytes', 0, 0),
    threads: fields.integer('threads', 1, 0, maxThreads),
    formatOptions: Fields.ofOptions(given),
  };
}

/** Checks the options of a write. @throws {TypeError} naming an option that is invalid. */
export function checkWriteOptions(options: WriteOptions | undefined): void {
  if (options === undefined) return;
  checkKeys(options, writeKeys);
  checkSignal(options.signal);
  const { onProgress, overflow } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw expected('a function', 'options.onProgress', onProgress);
  }
  if (overflow !== undefined) Fields.ofOptions(options).oneOf('overflow', overflowModes);
}
