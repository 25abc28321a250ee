/**
 * What a format that holds several arrays turns a group into: its attributes, what it contains, and the way on.
 * @module
 */
import type { Io } from '../io/io.js';
import type { ArrayDescriptor } from './descriptor.js';

/** One entry of a group. */
export interface GroupEntry {
  /** The name within its group: one step of a path, never with a slash. */
  readonly name: string;
  /** `other`: exists, but is neither (a committed datatype, a link out of the file, a link to nothing). */
  readonly kind: 'group' | 'array' | 'other';
}

/** A dimension that a format names by itself, apart from arrays. */
export interface GroupDimension {
  /** Its current length. */
  readonly size: number;
  readonly isUnlimited: boolean;
}

/** A group as its format describes it. */
export interface GroupDescriptor {
  /** The name of the format, such as `hdf5`. */
  readonly format: string;
  /** The path that was opened. */
  readonly path: string;
  /** The group within the file or store, without a leading slash; '' is the root. */
  readonly name: string;
  /**
   * The same number whichever name the group was reached by, in formats whose groups may have several (HDF5, NetCDF-4: the
   * address of the object header). A group among its own ancestors contains itself.
   */
  readonly identity?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The dimensions that the group defines, by name, in formats that have such (NetCDF). */
  readonly dimensions?: Readonly<Record<string, GroupDimension>>;
  /**
   * The entries of the group, sorted by name (code units).
   * @throws {FormatError} when the metadata is damaged.
   */
  children(): Io<readonly GroupEntry[]>;
  /**
   * The array at `name`, a path relative to this group (`a/b`; a leading slash starts at the root).
   * @throws {ChoiceError} when it is absent or no array. @throws {FormatError} when it is damaged. @throws {UnsupportedError} when it is not read.
   */
  openArray(name: string): Io<ArrayDescriptor>;
  /**
   * The group at `name`, a path as for {@link openArray}.
   * @throws {ChoiceError} when it is absent or no group. @throws {FormatError} when it is damaged.
   */
  openGroup(name: string): Io<GroupDescriptor>;
}
