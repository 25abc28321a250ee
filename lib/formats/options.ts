/**
 * Defines the options of the formats. Each format validates its own options and refuses others.
 * @module
 */
import type { ByteOrder, DType } from '../core/dtype.js';

/** A time: a Date or milliseconds since 1970. */
export type Instant = Date | number | bigint;

/** Options of all formats. Options of a different format throw a TypeError. */
export interface FormatOptions {
  /** raw: element type. */
  readonly dtype?: DType;
  /** raw: length of each dimension. */
  readonly shape?: readonly number[];
  /** raw: `C` (default) if the last dimension is contiguous; `F` if the first dimension is contiguous. */
  readonly order?: 'C' | 'F';
  /** raw: offset of the data in the file, in bytes. Default 0. */
  readonly offset?: number;
  /** raw: byte order of an element. Default `little`. */
  readonly byteOrder?: ByteOrder;
  /** tiledb: reads the state of the array at that time, or only the changes between two times. Default: now. */
  readonly at?: Instant | readonly [from: Instant, to: Instant];
  /** tiledb: reads the values of an attribute (default), or their validity. */
  readonly part?: 'values' | 'validity';
  /** tiledb: extent of the array, which is its current domain (default) or the bounding box of all written cells. */
  readonly extent?: 'domain' | 'nonempty';
  /**
   * hdf5, netcdf4, npz, compressed nifti: `auto` (default) uses the saved index next to the file if it exists; `none`
   * uses no saved index; any other text is the path of a saved index.
   */
  readonly savedIndex?: string;
  /**
   * zarr: resolution level of an OME-Zarr image; 0 is the finest. The path or `array` names the group of the image,
   * which has the attribute `multiscales`.
   */
  readonly level?: number;
  /**
   * hdf5, netcdf4, matlab, zarr, safetensors: what is read of numbers that no element type represents, such as
   * bfloat16, float8 and int4.
   * - `values` (default): the values, as the smallest type that represents all of them.
   * - `bits`: the stored bits, as the smallest unsigned integer that contains them. The fill value and `mask` follow.
   *   `scaled` and `decode` are refused. Other numbers are not affected.
   */
  readonly numbers?: 'values' | 'bits';
}

/** Keys of {@link FormatOptions}. */
export const formatOptionKeys = {
  dtype: true,
  shape: true,
  order: true,
  offset: true,
  byteOrder: true,
  at: true,
  part: true,
  extent: true,
  savedIndex: true,
  level: true,
  numbers: true,
} as const satisfies Record<keyof FormatOptions, true>;
