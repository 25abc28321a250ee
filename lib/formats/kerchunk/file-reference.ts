/**
 * References to parts of files.
 * @module
 */

/** A part of a file. Length null: the whole file. */
export interface PlacedFile {
  readonly file: string;
  readonly offset: number;
  readonly length: number | null;
}

/** A reference to a file. */
export type FileReference = PlacedFile & { readonly kind: 'file' };
