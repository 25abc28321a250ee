/**
 * Defines the operating system operations that the driver needs. A backend has no state. A run of a backend serves one
 * parser, and may keep files open between operations.
 * @module
 */
import type {
  ByteRange,
  DeflateFirstPass,
  DeflateIndex,
  DeflateStream,
  FileInfo,
  FileSlice,
  HeapValuesRequest,
  SliceRequest,
} from './io.js';

/** Maximum number of files that one run keeps open. A run closes the least recently used file first. */
export const maxOpenFiles = 64;

/**
 * Blocking operations of a backend. Failed system calls are {@link ReadError}s with code, errno and path, except that
 * some operations return null if a file does not exist. For a path outside the roots, an operation throws an
 * ExternalFileError.
 */
export interface SyncBackendRun {
  /** Returns the state of the file at `path`; null for ENOENT and ENOTDIR. Follows symbolic links. */
  stat(path: string): FileInfo | null;
  /** Returns the names in a directory in any order, without `.` and `..`; null for ENOENT and ENOTDIR. */
  list(path: string): readonly string[] | null;
  /**
   * Returns the size of `path` in bytes; null for ENOENT and ENOTDIR. Opens the file unless this run has it open.
   * Throws a ReadError if it is not a regular file. Never blocks on a FIFO.
   */
  size(path: string): number | null;
  /**
   * Returns the bytes of `ranges`, in the same order. The file must exist. A result is shorter than requested only at
   * the end of the file. Ranges may be read in any order or concurrently.
   */
  read(path: string, ranges: readonly ByteRange[]): readonly Uint8Array[];
  /**
   * Returns bytes of many files, each with the state of its file; null for ENOENT and ENOTDIR. Bytes and state come
   * from the same descriptor. Closes the files immediately.
   */
  slices(slices: readonly SliceRequest[]): readonly (FileSlice | null)[];
  /** Decodes a deflate stream once and records restart points. Throws a CodecError if the stream is damaged. */
  inflate(path: string, stream: DeflateStream): DeflateIndex;
  /** Joins values of global heaps in the memory of the request. Returns the bytes of each part; null for damage. */
  heapValues(request: HeapValuesRequest): readonly number[] | null;
  /** Prepares a first pass that a read performs. */
  firstPass(path: string, stream: DeflateStream): DeflateFirstPass;
  /** Ends the run and closes all files that it opened. Never throws. */
  close(): void;
}

/** Performs the requests of a parser on the calling thread. */
export interface SyncBackend {
  begin(): SyncBackendRun;
}

/** Non-blocking operations of a backend. Their contracts are those of {@link SyncBackendRun}. */
export interface AsyncBackendRun {
  stat(path: string): Promise<FileInfo | null>;
  list(path: string): Promise<readonly string[] | null>;
  size(path: string): Promise<number | null>;
  /** Settles after all of its system calls have ended, unless a signal ends the operation earlier. */
  read(path: string, ranges: readonly ByteRange[]): Promise<readonly Uint8Array[]>;
  /** Settles after all of its system calls have ended, unless a signal ends the operation earlier. */
  slices(slices: readonly SliceRequest[]): Promise<readonly (FileSlice | null)[]>;
  inflate(path: string, stream: DeflateStream): Promise<DeflateIndex>;
  heapValues(request: HeapValuesRequest): Promise<readonly number[] | null>;
  firstPass(path: string, stream: DeflateStream): Promise<DeflateFirstPass>;
  close(): Promise<void>;
}

/** Performs the requests of a parser without blocking the calling thread. */
export interface AsyncBackend {
  /**
   * @param signal when it is aborted, the operations of the run end immediately with an AbortError, even if the file
   * system does not respond.
   * @param closing after it is aborted, operations that hang end with an AbortError.
   */
  begin(signal?: AbortSignal, closing?: AbortSignal): AsyncBackendRun;
}

/** Counters of the work that drivers do for parsers. Each run adds to them, so several runs may share one object. */
export interface IoCounters {
  /** Requests of the parser, except pauses and checkpoints. */
  requests: number;
  /** Steps of the parser's budget that were used (budget.ts). */
  steps: number;
  /**
   * Ranges (after coalescing) and slices that the backend was asked to read. Each counts once, even if it takes several
   * system calls.
   */
  reads: number;
  /** Bytes that these reads returned. */
  bytesRead: number;
  /** Files that were opened to learn their size. Slices also open files, but these are not counted. */
  opens: number;
  stats: number;
  lists: number;
}

/** Returns counters that are zero. */
export function newCounters(): IoCounters {
  return { requests: 0, steps: 0, reads: 0, bytesRead: 0, opens: 0, stats: 0, lists: 0 };
}
