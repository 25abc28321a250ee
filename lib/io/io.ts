/**
 * Metadata I/O without I/O: a format's parser is a generator that yields what it wants to know of the file
 * system and is resumed with the answer. The same parser so serves `readSync` and `read`; a driver
 * (`driver.ts`) performs the requests, blocking or not.
 * @module
 */
import { FormatError } from '../core/errors.js';

/** A run of bytes in one file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** What a parser may know of a path. */
export interface FileInfo {
  readonly kind: 'file' | 'directory' | 'other';
  /** Size in bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** One request of a parser. */
export type IoRequest =
  | { readonly kind: 'stat'; readonly path: string }
  | { readonly kind: 'ranges'; readonly path: string; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'whole'; readonly path: string; readonly maxBytes: number }
  | { readonly kind: 'list'; readonly path: string };

/** The answer to one request: FileInfo, byte arrays, one byte array or names; null where the path does not exist. */
export type IoReply = FileInfo | readonly Uint8Array[] | Uint8Array | readonly string[] | null;

/** A parser in progress. */
export type Io<T> = Generator<IoRequest, T, IoReply>;

/** Kind and size of `path`, or null when nothing is there. */
export function* statPath(path: string): Io<FileInfo | null> {
  return (yield { kind: 'stat', path }) as FileInfo | null;
}

/**
 * The bytes of `ranges` of `path`, in their order. A range that passes the end of the file comes back short; use
 * {@link readExact} where that is an error. Neighbouring ranges are read together by the driver.
 */
export function* readRanges(path: string, ranges: readonly ByteRange[]): Io<readonly Uint8Array[]> {
  if (ranges.length === 0) return [];
  return (yield { kind: 'ranges', path, ranges }) as readonly Uint8Array[];
}

/** Up to `length` bytes at `offset` of `path`; shorter only at the end of the file. */
export function* readUpTo(path: string, offset: number, length: number): Io<Uint8Array> {
  const [bytes] = yield* readRanges(path, [{ offset, length }]);
  return bytes ?? new Uint8Array(0);
}

/**
 * Exactly `length` bytes at `offset` of `path`.
 * @throws {FormatError} when the file ends before, naming `what` was expected there.
 */
export function* readExact(path: string, offset: number, length: number, what: string): Io<Uint8Array> {
  const bytes = yield* readUpTo(path, offset, length);
  if (bytes.length < length) {
    throw new FormatError(
      `Expected ${length} bytes of ${what}, found ${bytes.length} before the end of the file`,
      { path, offset },
    );
  }
  return bytes;
}

/** All bytes of a small file, or null when it does not exist. The driver refuses files over `maxBytes` (a FormatError). */
export function* readWhole(path: string, maxBytes: number): Io<Uint8Array | null> {
  return (yield { kind: 'whole', path, maxBytes }) as Uint8Array | null;
}

/** The names in a directory, sorted by code unit, or null when it does not exist. */
export function* listDirectory(path: string): Io<readonly string[] | null> {
  return (yield { kind: 'list', path }) as readonly string[] | null;
}
