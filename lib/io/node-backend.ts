/**
 * Implements the blocking backend with `node:fs`, for synchronous calls such as `readSync`.
 * @module
 */
import * as fs from 'node:fs';
import { ReadError } from '../core/errors.js';
import { maxOpenFiles, type SyncBackend, type SyncBackendRun } from './backend.js';
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
import { createSyncBackend } from './native-backend.js';

/** With O_NONBLOCK, opening a FIFO does not block. The flag has no effect on regular files. */
const openFlags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/** True if `error` means that the path does not exist. */
function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Creates the ReadError for an error of `node:fs`. */
function toReadError(error: unknown, path: string, range?: ByteRange): ReadError {
  if (error instanceof ReadError) return error;
  const { code, errno, message } = error as NodeJS.ErrnoException;
  const details = {
    code: code ?? 'EIO',
    errno: Math.abs(errno ?? 0),
    path,
    offset: range?.offset,
    length: range?.length,
  };
  return new ReadError(`Cannot read ${path}: ${message}`, details, { cause: error });
}

function fileInfo(stats: fs.Stats): FileInfo {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  return { kind, size: stats.size, mtimeMs: stats.mtimeMs, ino: stats.ino, dev: stats.dev };
}

function regularFileInfo(stats: fs.Stats, path: string): FileInfo {
  if (stats.isFile()) return fileInfo(stats);
  const details = stats.isDirectory() ? { code: 'EISDIR', errno: 21 } : { code: 'EINVAL', errno: 22 };
  throw new ReadError(`Cannot read ${path}: it is not a regular file`, { ...details, path });
}

/** Returns the byte range of a slice, limited to the `size` bytes of the file. */
function rangeOfSlice({ offset, length }: SliceRequest, size: number): ByteRange {
  const start = offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size);
  return { offset: start, length: Math.min(length, size - start) };
}

interface OpenFile {
  readonly handle: number;
  readonly size: number;
}

class NodeSyncRun implements SyncBackendRun {
  readonly #open = new Map<string, OpenFile>();

  stat(path: string): FileInfo | null {
    try {
      return fileInfo(fs.statSync(path));
    } catch (error) {
      if (isAbsent(error)) return null;
      throw toReadError(error, path);
    }
  }

  list(path: string): readonly string[] | null {
    try {
      return fs.readdirSync(path);
    } catch (error) {
      if (isAbsent(error)) return null;
      throw toReadError(error, path);
    }
  }

  size(path: string): number | null {
    try {
      return this.#file(path).size;
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  read(path: string, ranges: readonly ByteRange[]): readonly Uint8Array[] {
    const { handle } = this.#file(path);
    return ranges.map((range) => readRangeSync(handle, path, range));
  }

  slices(slices: readonly SliceRequest[]): readonly (FileSlice | null)[] {
    return slices.map((slice) => {
      const { path } = slice;
      let handle: number;
      try {
        handle = fs.openSync(path, openFlags);
      } catch (error) {
        if (isAbsent(error)) return null;
        throw toReadError(error, path);
      }
      try {
        const info = regularFileInfo(fs.fstatSync(handle), path);
        return { info, bytes: readRangeSync(handle, path, rangeOfSlice(slice, info.size)) };
      } catch (error) {
        throw toReadError(error, path);
      } finally {
        closeQuietly(handle);
      }
    });
  }

  /** Uses the addon, because Node cannot record restart points. */
  inflate(path: string, stream: DeflateStream): DeflateIndex {
    return withAddon((run) => run.inflate(path, stream));
  }

  /** Uses the addon, which joins values much faster than JavaScript. */
  heapValues(request: HeapValuesRequest): readonly number[] | null {
    return withAddon((run) => run.heapValues(request));
  }

  /** Uses the addon, for the same reason. */
  firstPass(path: string, stream: DeflateStream): DeflateFirstPass {
    return withAddon((run) => run.firstPass(path, stream));
  }

  close(): void {
    for (const { handle } of this.#open.values()) closeQuietly(handle);
    this.#open.clear();
  }

  #file(path: string): OpenFile {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    let handle: number;
    try {
      handle = fs.openSync(path, openFlags);
    } catch (error) {
      throw toReadError(error, path);
    }
    try {
      const file = { handle, size: regularFileInfo(fs.fstatSync(handle), path).size };
      const [oldest] = this.#open;
      if (oldest !== undefined && this.#open.size >= maxOpenFiles) {
        this.#open.delete(oldest[0]);
        closeQuietly(oldest[1].handle);
      }
      this.#open.set(path, file);
      return file;
    } catch (error) {
      closeQuietly(handle);
      throw toReadError(error, path);
    }
  }
}

/** Calls `act` with a run of the addon's backend. */
function withAddon<T>(act: (run: SyncBackendRun) => T): T {
  const run = createSyncBackend(null).begin();
  try {
    return act(run);
  } finally {
    run.close();
  }
}

function readRangeSync(handle: number, path: string, range: ByteRange): Uint8Array {
  const bytes = new Uint8Array(range.length);
  let done = 0;
  try {
    while (done < range.length) {
      const count = fs.readSync(handle, bytes, done, range.length - done, range.offset + done);
      if (count === 0) break;
      done += count;
    }
  } catch (error) {
    throw toReadError(error, path, range);
  }
  return done < range.length ? bytes.slice(0, done) : bytes;
}

/** Closes a file that was only read. Ignores errors, because they do not affect the bytes that were read. */
function closeQuietly(handle: number): void {
  try {
    fs.closeSync(handle);
  } catch {}
}

/** Blocking backend that uses `node:fs`. */
export const nodeSyncBackend: SyncBackend = { begin: () => new NodeSyncRun() };
