/**
 * What the driver needs of the operating system. A backend is stateless; a run of it lasts as long as one parser and
 * may keep files open in between.
 * @module
 */
import type { ByteRange, FileInfo, FileSlice, SliceRequest } from './io.js';

/** Files that one run keeps open at most; the least recently used is closed first. */
export const maxOpenFiles = 64;

/**
 * The operations of a backend, blocking. All errors but "does not exist" are {@link ReadError}s with code, errno and
 * path.
 */
export interface SyncBackendRun {
  /** Kind and size of `path`; null for ENOENT and ENOTDIR. Follows symbolic links. */
  stat(path: string): FileInfo | null;
  /** The names in a directory in any order, without `.` and `..`; null for ENOENT and ENOTDIR. */
  list(path: string): readonly string[] | null;
  /**
   * Opens `path` unless this run has it open, and gives its size in bytes; null for ENOENT and ENOTDIR.
   * Never blocks on a FIFO: what is not a regular file is a ReadError.
   */
  size(path: string): number | null;
  /**
   * The bytes of `ranges`, in their order. A range comes back short only at the end of the file; a partial read is
   * continued. The file must exist. Ranges may be read in any order or at the same time.
   */
  read(path: string, ranges: readonly ByteRange[]): readonly Uint8Array[];
  /**
   * Runs of bytes of many files, each read through the descriptor whose state is reported; null for ENOENT and ENOTDIR.
   * The files are closed again at once.
   */
  slices(slices: readonly SliceRequest[]): readonly (FileSlice | null)[];
  /** Ends the run and closes all that it opened. Never throws. */
  close(): void;
}

/** Performs the requests of a parser on the calling thread. */
export interface SyncBackend {
  begin(): SyncBackendRun;
}

/** The operations of a backend, not blocking; the contract of each is that of {@link SyncBackendRun}. */
export interface AsyncBackendRun {
  stat(path: string): Promise<FileInfo | null>;
  list(path: string): Promise<readonly string[] | null>;
  size(path: string): Promise<number | null>;
  /** Settles only when none of its reads is running any more. */
  read(path: string, ranges: readonly ByteRange[]): Promise<readonly Uint8Array[]>;
  /** Settles only when none of its reads is running any more. */
  slices(slices: readonly SliceRequest[]): Promise<readonly (FileSlice | null)[]>;
  close(): Promise<void>;
}

/** Performs the requests of a parser without blocking the calling thread. */
export interface AsyncBackend {
  /**
   * @param signal ends the operations of the run with an AbortError at once, even if the file system does not answer.
   * @param closing once it is aborted, operations that hang end with an AbortError.
   */
  begin(signal?: AbortSignal, closing?: AbortSignal): AsyncBackendRun;
}

/** What the requests of a parser cost. Counts accumulate; pass the same object to several runs for a sum. */
export interface IoCounters {
  /** Requests of the parser, without pauses. */
  requests: number;
  /** Steps of its budget that the parser has used (budget.ts). */
  steps: number;
  /** Reads handed to the backend; partial reads that were continued count once. */
  reads: number;
  /** Bytes that those reads returned. */
  bytesRead: number;
  /** Files whose size was asked, which opens them. */
  opens: number;
  stats: number;
  lists: number;
}

/** Counters at zero. */
export function newCounters(): IoCounters {
  return { requests: 0, steps: 0, reads: 0, bytesRead: 0, opens: 0, stats: 0, lists: 0 };
}
