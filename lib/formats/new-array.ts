/**
 * Describes an array that will be created, and the files that a format makes for it.
 * @module
 */
import type { DType } from '../core/dtype.js';
import type { Fields } from '../core/validate.js';

/** A new array. Each format validates its options in `options`. */
export interface NewArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly options: Fields;
}

/** An array that is one file: a header, then the elements. */
export interface NewFile {
  readonly kind: 'file';
  readonly header: Uint8Array;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** A file that describes the array; its path is the path of the array plus `suffix`. Null if there is none. */
  readonly sidecar: { readonly suffix: string; readonly bytes: Uint8Array } | null;
  /** Options with which the file is opened before its sidecar exists. */
  readonly openOptions: Readonly<Record<string, unknown>>;
}

/** An array that is a directory: documents that describe it, and files of chunks or shards, which writes create. */
export interface NewStore {
  readonly kind: 'store';
  /** Documents, by their path in the directory. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** A directory may be replaced if it contains one of these files. */
  readonly markers: readonly string[];
  /** Path of the array in the directory; '' if it is the root. */
  readonly array: string;
}

/** Files that a format makes for a new array. */
export type NewLayout = NewFile | NewStore;
