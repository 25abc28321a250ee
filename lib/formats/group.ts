/**
 * Defines the result of opening a group in any format: its attributes, its contents, and functions to open them.
 * @module
 */
import type { Io } from '../io/io.js';
import type { ArrayDescriptor } from './descriptor.js';
import type { AttributesFacts, Datatype } from './hdf5-facts.js';

/** Target of a link, as stored. */
export interface GroupLink {
  /** File of an external link; null if the link is to an object of the same file. */
  readonly file: string | null;
  /** Path in the file. A path without a leading slash starts at the group that contains the link. */
  readonly path: string;
  /** True if the target does not exist or is damaged. Absent if it exists, or may not be opened. */
  readonly isDead?: true;
}

/** One entry of a group. */
export interface GroupEntry {
  /** Name in the group: one path component, without slashes. */
  readonly name: string;
  /**
   * `other` is neither a group nor an array that can be opened: for example a committed datatype, a damaged object, or
   * a link whose target does not exist or is in a file that is not permitted.
   */
  readonly kind: 'group' | 'array' | 'other';
  /** Target of a soft or external link (HDF5); absent for other entries. */
  readonly link?: GroupLink;
  /** Class of the value in formats that state it: `double`, `char`, `cell`, `struct` and so on (MATLAB). */
  readonly type?: string;
  /** Resolution level of the image in an OME-Zarr group; 0 is the finest. Absent if the entry is no such level. */
  readonly level?: number;
}

/** An entry of a group, and how to describe it if it is an array. */
export interface ListedEntry {
  readonly entry: GroupEntry;
  /**
   * Describes the array of the entry, from metadata that was read for the list. Throws like
   * {@link GroupDescriptor.openArray}.
   */
  readonly describe: () => Io<ArrayDescriptor>;
}

/** A named dimension that exists independently of arrays. */
export interface GroupDimension {
  /** Current length. */
  readonly size: number;
  readonly isUnlimited: boolean;
}

/** Description of a committed datatype: a type that is stored as an object with a name. */
export interface DatatypeDescriptor {
  readonly datatype: Datatype;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly attributesFacts: AttributesFacts;
}

/** Description of a group, created by its format. */
export interface GroupDescriptor {
  /** Name of the format, such as `hdf5`. */
  readonly format: string;
  /** Path that the caller opened. */
  readonly path: string;
  /** Name of the group in the file or store, without a leading slash; '' is the root. */
  readonly name: string;
  /**
   * Number that identifies the group in formats in which a group may have several names. HDF5 and NetCDF-4 use the
   * address of the object header, and negative numbers for groups in other files. TileDB uses a number for each folder.
   * Callers detect groups that are their own ancestors with it.
   */
  readonly identity?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Datatypes and shapes of the attributes, in HDF5 and NetCDF-4 files. */
  readonly attributesFacts?: AttributesFacts;
  /** Dimensions that the group defines, by name, in formats whose groups define dimensions (NetCDF-4). */
  readonly dimensions?: Readonly<Record<string, GroupDimension>>;
  /**
   * Returns a copy of an attribute value with paths in place of the references to objects and regions; null in place of
   * a reference that leads nowhere. Absent in formats without references.
   * @throws {FormatError} if the links of a group are damaged.
   */
  resolveReferences?(value: unknown): Io<unknown>;
  /**
   * Lists the entries of the group, sorted by name (code units).
   * @throws {FormatError} if the metadata is damaged.
   */
  children(): Io<readonly GroupEntry[]>;
  /**
   * Lists the entries like `children`, so that arrays can be described without searching for each by its name. Absent
   * in formats in which `openArray` does not search.
   */
  listing?(): Io<readonly ListedEntry[]>;
  /**
   * Opens the array at `name`, a path relative to this group (`a/b`; a leading slash starts at the root).
   * @throws {ChoiceError} if it is absent or not an array. @throws {FormatError} if it is damaged.
   * @throws {UnsupportedError} if it uses an unsupported feature.
   */
  openArray(name: string): Io<ArrayDescriptor>;
  /**
   * Opens the group at `name`, a path as for {@link openArray}.
   * @throws {ChoiceError} if it is absent or not a group. @throws {FormatError} if it is damaged.
   */
  openGroup(name: string): Io<GroupDescriptor>;
  /**
   * Describes the committed datatype at `name`, a path as for {@link openArray}; null if the object is something else.
   * Absent in formats without such objects.
   * @throws {ChoiceError} if there is no object.
   */
  describeDatatype?(name: string): Io<DatatypeDescriptor | null>;
}
