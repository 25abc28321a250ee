/**
 * References to parts of files.
 * @module
 */

/** A part of a file; the whole file if `length` is null. */
export interface PlacedFile {
  readonly file: string;
  readonly offset: number;
  readonly length: number | null;
}

/** A reference to a file. */
export type FileReference = PlacedFile & { readonly kind: 'file' };
