/**
 * What callers may say of the arrays of a format. Each format checks what is said of it, and refuses the rest.
 * @module
 */
import type { ByteOrder, DType } from '../core/dtype.js';

/** A time: a Date, or milliseconds since 1970. */
export type Instant = Date | number | bigint;

/** Options of the formats that have any. Those of another format are refused with a TypeError. */
export interface FormatOptions {
  /** raw: the type of the elements. */
  readonly dtype?: DType;
  /** raw: the extents, slowest dimension first. */
  readonly shape?: readonly number[];
  /** raw: `C` (default): the last dimension is contiguous; `F`: the first one. */
  readonly order?: 'C' | 'F';
  /** raw: where the data begins in the file, in bytes. Default 0. */
  readonly offset?: number;
  /** raw: the order of the bytes in an element. Default `little`. */
  readonly byteOrder?: ByteOrder;
  /** tiledb: the array as it was at that time, or what was written between two times. Default: now. */
  readonly at?: Instant | readonly [from: Instant, to: Instant];
  /** tiledb: the values of an attribute (default), or whether they are there. */
  readonly part?: 'values' | 'validity';
  /** tiledb: positions count the whole domain (default), or the smallest box that holds all that was written. */
  readonly extent?: 'domain' | 'nonempty';
  /** hdf5, netcdf4: `auto` (default) takes the saved index beside the file where there is one, `none` does not; or its path. */
  readonly savedIndex?: string;
}

/** The keys of {@link FormatOptions}. */
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
} as const satisfies Record<keyof FormatOptions, true>;
