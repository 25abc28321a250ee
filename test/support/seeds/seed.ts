/**
 * Defines seeds, which are valid files for tests that damage them.
 * @module
 */
import type { FormatOptions } from '../../../lib/formats/options.js';

/** Files of one array or store, by absolute path. */
export type SeedFiles = Readonly<Record<string, Uint8Array | string>>;

/** A valid file or store, and the part of it to mutate. */
export interface Seed {
  readonly name: string;
  /** Path to open, such as `/a.npy`. */
  readonly path: string;
  readonly format: string;
  /** Names of the arrays to open; null for the only array. */
  readonly arrays: readonly (string | null)[];
  /** Options of the format with which the arrays are opened. Default: none. */
  readonly options?: FormatOptions;
  /** Bytes to mutate. */
  readonly content: Uint8Array;
  /** Only the first `span` bytes of `content` are mutated. */
  readonly span: number;
  /** Offsets in `content` that may be changed. Default: the whole span. */
  readonly places?: readonly number[];
  /** Modification time that the opened file must have. Default: any time. */
  readonly modified?: Date;
  /** True if `content` is a saved index: a file next to the data that is ignored if it is damaged. */
  readonly isSavedIndex?: true;
  /** Returns all files, with `mutant` instead of `content`. */
  files(mutant: Uint8Array): SeedFiles;
}

/** Returns the bytes of a file that is given as bytes or as text. */
export function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** Creates a seed from `files`. Tests mutate the file `mutated`, by default the opened file. */
export function fileSeed(
  name: string,
  format: string,
  path: string,
  files: SeedFiles,
  options: {
    readonly mutated?: string;
    readonly span?: number;
    readonly arrays?: Seed['arrays'];
    readonly places?: readonly number[];
    readonly options?: FormatOptions;
  } = {},
): Seed {
  const { mutated = path, arrays = [null] } = options;
  const content = bytesOf(files[mutated] ?? '');
  return {
    name,
    path,
    format,
    arrays,
    content,
    span: Math.min(options.span ?? content.length, content.length),
    ...(options.places === undefined ? {} : { places: options.places }),
    ...(options.options === undefined ? {} : { options: options.options }),
    files: (mutant) => ({ ...files, [mutated]: mutant }),
  };
}
