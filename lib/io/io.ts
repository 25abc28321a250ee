/**
 * Metadata I/O without I/O: a format's parser is a generator that yields what it wants to know of the file
 * system and is resumed with the answer. The same parser so serves `readSync` and `read`; a driver
 * (`driver.ts`) performs the requests, blocking or not.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import type { Checkpoint } from '../core/checkpoint.js';
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
  /** Inode number where the driver knows it: a file replaced by rename has another one. */
  readonly ino?: number | undefined;
}

/** A run of bytes in one of several files. */
export interface SliceRequest {
  readonly path: string;
  /**
   * First byte; a negative offset counts from the end of the file (-16: the last 16 bytes), as far as the file reaches.
   */
  readonly offset: number;
  /** Bytes; 0 asks for the file's {@link FileInfo} only. */
  readonly length: number;
}

/** What one slice request found: the file as it was when the bytes were read (the same descriptor), and the bytes. */
export interface FileSlice {
  readonly info: FileInfo;
  /** Shorter than asked for only where the file is shorter. */
  readonly bytes: Uint8Array;
}

/** One request of a parser. */
export type IoRequest =
  | { readonly kind: 'stat'; readonly path: string }
  | { readonly kind: 'ranges'; readonly path: string; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'slices'; readonly slices: readonly SliceRequest[] }
  | { readonly kind: 'whole'; readonly path: string; readonly maxBytes: number }
  | { readonly kind: 'list'; readonly path: string }
  | PauseRequest
  | Checkpoint
  | DecodeRequest;

/**
 * Asks for nothing: tells the driver of `steps` of work that the parser has done since its last request. The driver
 * counts them, lets other work run when the parser has held the thread for long, and ends the run when it is aborted or
 * its budget is spent.
 */
export interface PauseRequest {
  readonly kind: 'pause';
  /** The file that the work is about. */
  readonly path: string;
  readonly steps: number;
}

/** Compressed metadata to decode; `what`, `path` and `offset` are for the error of a damaged one. */
export interface DecodeRequest {
  readonly kind: 'decode';
  /** Codecs in the order in which they were applied when writing. */
  readonly chain: CodecChain;
  readonly bytes: Uint8Array;
  /** The size that the decoded bytes must have; at most {@link maxDecodedMetadataBytes}. */
  readonly decodedBytes: number;
  readonly what: string;
  readonly path: string;
  readonly offset: number;
}

/** The most that one piece of metadata may hold when decoded (256 MiB): a guard against decompression bombs. */
export const maxDecodedMetadataBytes = 268435456;

/**
 * The answer to one request: FileInfo, byte arrays, slices, one byte array or names; null where the path does not
 * exist.
 */
export type IoReply =
  | FileInfo
  | readonly Uint8Array[]
  | readonly (FileSlice | null)[]
  | Uint8Array
  | readonly string[]
  | null;

/** A parser in progress. */
export type Io<T> = Generator<IoRequest, T, IoReply>;

/** What needs no question: `answer` is asked for when the parser runs; what it throws is the parser's error. */
// biome-ignore lint/correctness/useYield: that is what it is for
export function* ready<T>(answer: () => T): Io<T> {
  return answer();
}

/** Steps of work between two pauses: well below a millisecond. */
const stepsPerPause = 1024;

/**
 * Counts the steps of a parser's loop whose length comes from a file, so that no file can hold the thread.
 * @example
 * const pace = new Pace(path);
 * for (const entry of entries) {
 *   if (pace.isDue()) yield* pace.pause();
 *   add(entry);
 * }
 */
export class Pace {
  readonly #path: string;
  #steps = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Counts `steps`; true if {@link pause} must follow. */
  isDue(steps = 1): boolean {
    this.#steps += steps;
    return this.#steps >= stepsPerPause;
  }

  /** Tells the driver of the steps since the last pause. */
  *pause(): Io<void> {
    const steps = this.#steps;
    this.#steps = 0;
    yield { kind: 'pause', path: this.#path, steps };
  }
}

/** Kind and size of `path`, or null when nothing is there. */
export function* statPath(path: string): Io<FileInfo | null> {
  return (yield { kind: 'stat', path }) as FileInfo | null;
}

/**
 * The bytes of `ranges` of `path`, in their order. A range that passes the end of the file comes back short; use
 * {@link readExact} if that is an error. Neighbouring ranges are read together by the driver.
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
    throw new FormatError(`Expected ${length} bytes of ${what}, found ${bytes.length} before the end of the file`, {
      path,
      offset,
    });
  }
  return bytes;
}

/**
 * Runs of bytes of many files in one request, in their order, each with the state of its file; null where a file does
 * not exist (ENOENT or ENOTDIR). The driver may perform them at the same time.
 */
export function* readSlices(slices: readonly SliceRequest[]): Io<readonly (FileSlice | null)[]> {
  if (slices.length === 0) return [];
  return (yield { kind: 'slices', slices }) as readonly (FileSlice | null)[];
}

/**
 * All bytes of a small file, or null when it does not exist. The driver refuses files over `maxBytes` (a FormatError).
 */
export function* readWhole(path: string, maxBytes: number): Io<Uint8Array | null> {
  return (yield { kind: 'whole', path, maxBytes }) as Uint8Array | null;
}

/** The names in a directory, sorted by code unit, or null when it does not exist. */
export function* listDirectory(path: string): Io<readonly string[] | null> {
  return (yield { kind: 'list', path }) as readonly string[] | null;
}

/**
 * Decodes compressed metadata (data is decoded by the native side, never here).
 * @param chain codecs in the order in which they were applied when writing.
 * @param decodedBytes the size that the result must have.
 * @param what names the bytes in errors.
 * @param where the place of `bytes`.
 * @throws {FormatError} when the bytes are damaged, decode to another size, or would be more than {@link
 * maxDecodedMetadataBytes}.
 */
export function* decodeBytes(
  chain: CodecChain,
  bytes: Uint8Array,
  decodedBytes: number,
  what: string,
  where: { readonly path: string; readonly offset: number },
): Io<Uint8Array> {
  if (!(decodedBytes <= maxDecodedMetadataBytes)) {
    throw new FormatError(`Expected at most ${maxDecodedMetadataBytes} bytes of ${what}, found ${decodedBytes}`, where);
  }
  const { path, offset } = where;
  return (yield { kind: 'decode', chain, bytes, decodedBytes, what, path, offset }) as Uint8Array;
}
