/**
 * Valid files that tests damage: what is opened, and which bytes of it are mutated.
 * @module
 */

/** The files of one array or store, by absolute path in a file system of their own. */
export type SeedFiles = Readonly<Record<string, Uint8Array | string>>;

/** A file or store that opens, and the part of it that is mutated. */
export interface Seed {
  readonly name: string;
  /** The path that is opened, such as `/a.npy`. */
  readonly path: string;
  readonly format: string;
  /** The arrays in it; null for the only one. */
  readonly arrays: readonly (string | null)[];
  /** The bytes that are mutated. */
  readonly content: Uint8Array;
  /** Only the first `span` bytes of `content` are mutated. */
  readonly span: number;
  /** Offsets in `content` that are worth a change; all of the span if absent. */
  readonly places?: readonly number[];
  /** Returns all files, with `mutant` in place of `content`. */
  files(mutant: Uint8Array): SeedFiles;
}

/** The bytes of a file that is given as bytes or text. */
export function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** Returns a seed that mutates the file `mutated` (by default the one that is opened) among `files`. */
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
    files: (mutant) => ({ ...files, [mutated]: mutant }),
  };
}
