/**
 * Defines metadata I/O without performing it. A format's parser is a generator: it yields requests to the file system
 * and is resumed with the answers. A driver (`driver.ts`) performs the requests, blocking or not, so the same parser
 * serves `readSync` and `read`.
 * @module
 */
import type { CodecChain } from '../codecs/codec.js';
import type { Checkpoint } from '../core/checkpoint.js';
import { FormatError } from '../core/errors.js';
import type { DeflateFramingName } from '../core/generated/inflate.js';

/** A range of bytes in one file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** State of the file or directory at a path. */
export interface FileInfo {
  readonly kind: 'file' | 'directory' | 'other';
  /** Size in bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Inode number, if the driver knows it. It changes if the file is replaced by rename. */
  readonly ino?: number | undefined;
  /** Number of the device, if the driver knows it. Inode numbers are unique on one device only. */
  readonly dev?: number | undefined;
}

/** Returns text that identifies the state of a file: device, inode, size and time. */
export function stateText({ dev, ino, size, mtimeMs }: FileInfo): string {
  return `${dev ?? 0}-${ino ?? 0}-${size}-${mtimeMs}`;
}

/** A range of bytes in one of several files. */
export interface SliceRequest {
  readonly path: string;
  /**
   * Offset of the first byte. A negative offset counts from the end of the file: -16 starts at the 16th last byte, or
   * at the start of a shorter file.
   */
  readonly offset: number;
  /** Number of bytes; 0 requests only the file's {@link FileInfo}. */
  readonly length: number;
}

/** Answer to a slice request: the bytes, and the state of the file when they were read (from the same descriptor). */
export interface FileSlice {
  readonly info: FileInfo;
  /** Bytes of the slice. Shorter than requested only if the file is shorter. */
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
  | DecodeRequest
  | InflateHeadRequest
  | RestoreIndexRequest
  | HeapValuesRequest
  | { readonly kind: 'inflate'; readonly path: string; readonly stream: DeflateStream }
  | { readonly kind: 'firstPass'; readonly path: string; readonly stream: DeflateStream };

/**
 * Reports `steps` of work that the parser has done since its last pause. The driver counts them against the budget. It
 * lets other work run if the parser has blocked the thread for too long, and ends the run if it is aborted or its
 * budget is spent.
 */
export interface PauseRequest {
  readonly kind: 'pause';
  /** Path of the file that the work is about. */
  readonly path: string;
  readonly steps: number;
}

/** Request to decode compressed metadata. `what`, `path` and `offset` are for errors. */
export interface DecodeRequest {
  readonly kind: 'decode';
  /** Codecs in the order in which the writer applied them. */
  readonly chain: CodecChain;
  readonly bytes: Uint8Array;
  /** Required size of the decoded bytes; at most {@link maxDecodedMetadataBytes}. */
  readonly decodedBytes: number;
  readonly what: string;
  readonly path: string;
  readonly offset: number;
}

/** Request to decode the first bytes of a deflate stream. `path` and `offset` are for errors. */
export interface InflateHeadRequest {
  readonly kind: 'inflateHead';
  readonly framing: DeflateFramingName;
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly offset: number;
}

/** Request to restore a {@link DeflateIndex}, without its windows, from saved bytes, which may be damaged. */
export interface RestoreIndexRequest {
  readonly kind: 'restoreIndex';
  /** Path of the saved index. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** File offset of the end of the stream. No piece may extend beyond it. */
  readonly end: number;
}

/** How a file stores values of variable length of a dataset: in collections of global heaps. */
export interface HeapLayout {
  /** File offset of address 0. */
  readonly base: number;
  readonly fileSize: number;
  /** Size of an address in bytes. */
  readonly addressBytes: number;
  /** Size of a length in bytes. */
  readonly lengthBytes: number;
  /** Size of an item of a value in bytes. */
  readonly itemBytes: number;
  /** True if a value ends before its first NUL. */
  readonly isText: boolean;
}

/** Consecutive values: the first one, their number, and the room for them in the bytes of all values. */
export interface HeapPart {
  readonly first: number;
  readonly count: number;
  readonly start: number;
  readonly bytes: number;
}

/**
 * Request to join values of variable length ({@link joinHeapValues}). `offsets` and `bytes` receive them. Each part
 * begins at its `start`, and the answer contains the number of bytes of each; it is null if the file is damaged.
 */
export interface HeapValuesRequest {
  readonly kind: 'heapValues';
  readonly path: string;
  readonly layout: HeapLayout;
  /** Stored elements of the dataset. */
  readonly references: Uint8Array;
  readonly offsets: Float64Array;
  readonly bytes: Uint8Array;
  readonly parts: readonly HeapPart[];
}

/**
 * Pieces into which the decoded bytes of a stream are divided. The first `skip` bytes are in no piece. Then follow
 * `runs` runs of `runBytes` bytes, and each run is divided into pieces.
 */
export interface DeflatePieces {
  readonly skip: number;
  readonly runs: number;
  readonly runBytes: number;
  /** Size of a piece in bytes; the last piece of a run may be shorter. */
  readonly pieceBytes: number;
}

/** A deflate stream in a file. */
export interface DeflateStream {
  readonly framing: DeflateFramingName;
  /** File offset and number of bytes of the stream. */
  readonly offset: number;
  readonly length: number;
  readonly pieces: DeflatePieces;
  /** Decoded size and CRC-32, if the file stores them outside the stream, as zip archives do; otherwise null. */
  readonly decodedBytes: number | null;
  readonly crc32: number | null;
}

/** Restart points of a deflate stream: decoding can begin at each of them (docs/adr/0008-restart-points.md). */
export interface DeflateIndex {
  /** Native object for the codec `deflatePiece`. */
  readonly handle: object;
  /** The numbers of all pieces, `pieceWords` per piece, at the positions of `pieceWord`. */
  readonly pieces: Float64Array;
  /**
   * Adds windows to an index from {@link restoreIndex}: that of the piece `first` and of the pieces after it. Returns
   * false if `bytes`, which may be damaged, are not these windows. Pieces without windows cannot be decoded.
   */
  addWindows(first: number, bytes: Uint8Array): boolean;
  /** Returns the index as bytes. All windows must have been added. */
  save(): Uint8Array;
}

/**
 * The first pass over a deflate stream, performed by the read that needs the decoded pieces. The codec `deflatePiece`
 * decodes the pieces that follow each other in the stream, and records their restart points.
 */
export interface DeflateFirstPass {
  /** Native object for the codec `deflatePiece`. */
  readonly handle: object;
  /** Returns the restart points; null if a piece was not decoded or the stream is damaged. */
  index(): DeflateIndex | null;
}

/** Maximum decoded size of one metadata request (256 MiB). Protects against decompression bombs. */
export const maxDecodedMetadataBytes = 268435456;

/**
 * Answer to a request: the state of a file, bytes, slices, names, an index of restart points, a first pass, or sizes.
 * Null if the path does not exist or if a saved index or a heap is damaged, and for pauses and checkpoints.
 */
export type IoReply =
  | FileInfo
  | readonly Uint8Array[]
  | readonly (FileSlice | null)[]
  | Uint8Array
  | readonly string[]
  | readonly number[]
  | DeflateIndex
  | DeflateFirstPass
  | null;

/** A running parser that returns a `T`. */
export type Io<T> = Generator<IoRequest, T, IoReply>;

/** Creates a parser without requests. It calls `answer` when it runs, and throws the errors of `answer`. */
// biome-ignore lint/correctness/useYield: a parser without requests
export function* ready<T>(answer: () => T): Io<T> {
  return answer();
}

/** Number of steps between two pauses. These steps take much less than a millisecond. */
const stepsPerPause = 1024;

/**
 * Counts the steps of a loop whose length depends on a file, so that no file can block the thread for long.
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

  /** Counts `steps`. True if the caller must call {@link pause} next. */
  isDue(steps = 1): boolean {
    this.#steps += steps;
    return this.#steps >= stepsPerPause;
  }

  /** Reports the steps since the last pause to the driver, which may then let other work run. */
  *pause(): Io<void> {
    const steps = this.#steps;
    this.#steps = 0;
    yield { kind: 'pause', path: this.#path, steps };
  }
}

/** Returns the state of the file or directory at `path`, or null if it does not exist. Follows symbolic links. */
export function* statPath(path: string): Io<FileInfo | null> {
  return (yield { kind: 'stat', path }) as FileInfo | null;
}

/**
 * Returns the bytes of `ranges` of `path`, in the same order. A result is short if its range extends beyond the end of
 * the file; use {@link readExact} if that is an error. The driver reads nearby ranges together, and throws a ReadError
 * if the file does not exist.
 */
export function* readRanges(path: string, ranges: readonly ByteRange[]): Io<readonly Uint8Array[]> {
  if (ranges.length === 0) return [];
  return (yield { kind: 'ranges', path, ranges }) as readonly Uint8Array[];
}

/** Returns up to `length` bytes at `offset` of `path`. The result is shorter only at the end of the file. */
export function* readUpTo(path: string, offset: number, length: number): Io<Uint8Array> {
  const [bytes] = yield* readRanges(path, [{ offset, length }]);
  return bytes ?? new Uint8Array(0);
}

/**
 * Returns exactly `length` bytes at `offset` of `path`.
 * @param what description of the bytes for the error.
 * @throws {FormatError} if the file ends earlier.
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
 * Returns bytes of many files in one request, in the same order, each with the state of its file. Null if a file does
 * not exist (ENOENT or ENOTDIR). The driver may read them concurrently.
 */
export function* readSlices(slices: readonly SliceRequest[]): Io<readonly (FileSlice | null)[]> {
  if (slices.length === 0) return [];
  return (yield { kind: 'slices', slices }) as readonly (FileSlice | null)[];
}

/**
 * Returns all bytes of a small file, or null if it does not exist. The driver throws a FormatError if the file has more
 * than `maxBytes`.
 */
export function* readWhole(path: string, maxBytes: number): Io<Uint8Array | null> {
  return (yield { kind: 'whole', path, maxBytes }) as Uint8Array | null;
}

/** Returns the names in a directory, sorted by code unit, or null if it does not exist. */
export function* listDirectory(path: string): Io<readonly string[] | null> {
  return (yield { kind: 'list', path }) as readonly string[] | null;
}

/**
 * Decodes compressed metadata. (Data is decoded by the native side only.)
 * @param chain codecs in the order in which the writer applied them.
 * @param decodedBytes required size of the result.
 * @param what description of the bytes for errors.
 * @param where location of `bytes` for errors.
 * @throws {FormatError} if the bytes are damaged or decode to another size, or if `decodedBytes` exceeds {@link
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

/**
 * Decodes a deflate stream once to record a restart point at the start of each piece. This takes long for large
 * streams. A synchronous backend decodes on the calling thread, an asynchronous one on a thread of the addon.
 * @throws {CodecError} with the file offset if the stream is damaged or ends before the last piece.
 */
export function* inflateStream(path: string, stream: DeflateStream): Io<DeflateIndex> {
  return (yield { kind: 'inflate', path, stream }) as DeflateIndex;
}

/** Prepares a first pass that a read performs. */
export function* startFirstPass(path: string, stream: DeflateStream): Io<DeflateFirstPass> {
  return (yield { kind: 'firstPass', path, stream }) as DeflateFirstPass;
}

/**
 * Restores a {@link DeflateIndex} from the bytes of a saved one before its windows. Returns null if they are damaged.
 * @param path path of the saved index. @param end file offset of the end of the stream.
 */
export function* restoreIndex(path: string, bytes: Uint8Array, end: number): Io<DeflateIndex | null> {
  return (yield { kind: 'restoreIndex', path, bytes, end }) as DeflateIndex | null;
}

/** Returns the first decoded bytes of a deflate stream: at least `least` bytes, or all bytes if there are fewer. */
export function* readInflated(
  path: string,
  { framing, offset, length }: Pick<DeflateStream, 'framing' | 'offset' | 'length'>,
  least: number,
): Io<Uint8Array> {
  for (let size = 4096; ; size *= 4) {
    const bytes = yield* readUpTo(path, offset, Math.min(size, length));
    const head = (yield { kind: 'inflateHead', framing, bytes, path, offset }) as Uint8Array;
    if (head.length >= least || bytes.length < size) return head;
  }
}
