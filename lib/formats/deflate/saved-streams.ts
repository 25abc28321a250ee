/**
 * Saved restart points: a file next to a compressed file, with an index per deflate stream. See
 * docs/formats/saved-index.md.
 *
 * The file starts with the magic `PPARDFL2` and a {@link SavedHeader} (see saved-header.ts). The indexes follow, in the
 * order of the header.
 * @module
 */
import { isPosixParError } from '../../core/errors.js';
import { isRecord } from '../../core/validate.js';
import { type DeflateStream, type Io, readUpTo, statPath } from '../../io/io.js';
import { crc32c } from '../crc32c.js';
import type { FileState } from '../indexed.js';
import { encodeStart, isCount, isUnchanged, readStart, warnUnused } from '../saved-header.js';
import { type LoadedIndex, loadIndex } from './load-index.js';
import type { SavedWindows } from './saved-windows.js';

const magic = 'PPARDFL2';
/** Number of bytes at the start of the compressed file that identify it. */
const identityBytes = 4096;

/** One index in the file. */
export interface SavedStream {
  /** Result of {@link streamKey} when the index was saved. The index is used only if the stream still has this key. */
  readonly stream: readonly (number | string)[];
  /** Offset of the index, counted from the end of the header, and its size. */
  readonly offset: number;
  readonly bytes: number;
}

interface SavedHeader {
  readonly version: 1;
  readonly file: FileState;
  readonly streams: Readonly<Record<string, SavedStream>>;
}

/** Returns the numbers that describe a stream and its pieces. */
export function streamKey({ framing, offset, length, pieces }: DeflateStream): readonly (number | string)[] {
  return [framing, offset, length, pieces.skip, pieces.runs, pieces.runBytes, pieces.pieceBytes];
}

/** Returns the current state of a compressed file; null if it does not exist. */
export function* compressedFileState(path: string): Io<FileState | null> {
  const info = yield* statPath(path);
  if (info === null) return null;
  const head = yield* readUpTo(path, 0, identityBytes);
  return { size: info.size, mtimeMs: info.mtimeMs, identity: crc32c(head) };
}

/** Returns all bytes before the indexes. */
export function encodeStreamsHeader(file: FileState, streams: Readonly<Record<string, SavedStream>>): Uint8Array {
  const header: SavedHeader = { version: 1, file, streams };
  return encodeStart(magic, header);
}

/** The saved indexes of one compressed file. */
export class SavedStreams {
  readonly #file: string;
  readonly #path: string;
  #header: { readonly header: SavedHeader; readonly bytesBefore: number } | null | undefined;

  /** @param file the compressed file. @param path the saved index, which need not exist. */
  constructor(file: string, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Returns the saved index of `stream`; null if there is none, it belongs to another stream, or it cannot be used.
   * Warns if the file of the indexes is outdated, damaged or cannot be read.
   */
  *find(key: string, stream: DeflateStream): Io<LoadedIndex | null> {
    try {
      const place = yield* this.#locate(key, stream);
      if (place === null) return null;
      const loaded = yield* loadIndex(this.#path, place.offset, place.bytes, stream);
      if (loaded === null) warnUnused(this.#path, 'it is damaged');
      return loaded;
    } catch (error) {
      if (!isPosixParError(error, 'ReadError')) throw error;
      warnUnused(this.#path, error.message);
      this.#header = null;
      return null;
    }
  }

  /** True if there is a saved index of `stream`. Does not read it. Warns like {@link find}. */
  *has(key: string, stream: DeflateStream): Io<boolean> {
    try {
      return (yield* this.#locate(key, stream)) !== null;
    } catch (error) {
      if (!isPosixParError(error, 'ReadError')) throw error;
      warnUnused(this.#path, error.message);
      this.#header = null;
      return false;
    }
  }

  /** Returns the place of the saved index of `stream` in the file of the indexes; null if there is none. */
  *#locate(key: string, stream: DeflateStream): Io<{ readonly offset: number; readonly bytes: number } | null> {
    if (this.#header === undefined) this.#header = yield* this.#open();
    if (this.#header === null) return null;
    const { header, bytesBefore } = this.#header;
    const saved = header.streams[key];
    if (saved === undefined || saved.stream.join() !== streamKey(stream).join()) return null;
    return { offset: bytesBefore + saved.offset, bytes: saved.bytes };
  }

  /**
   * Adds windows of a saved index to it.
   * @param pieces numbers of the pieces whose windows are needed; `all` for all pieces.
   * @returns false, after a warning, if the file of the indexes was changed, is damaged or cannot be read.
   */
  *addWindows(windows: SavedWindows, pieces: Uint32Array | 'all'): Io<boolean> {
    try {
      if (yield* pieces === 'all' ? windows.addAll() : windows.add(pieces)) return true;
      warnUnused(this.#path, 'it is damaged');
    } catch (error) {
      if (!isPosixParError(error, 'ReadError')) throw error;
      warnUnused(this.#path, error.message);
    }
    this.#header = null;
    return false;
  }

  *#open(): Io<{ readonly header: SavedHeader; readonly bytesBefore: number } | null> {
    const info = yield* statPath(this.#path);
    if (info === null) return null;
    const start = yield* readStart(this.#path, magic);
    const header = start === null ? null : parseHeader(start.value, info.size - start.bytesBefore);
    if (start === null || header === null) {
      warnUnused(this.#path, 'it is damaged or of another version');
      return null;
    }
    const now = yield* compressedFileState(this.#file);
    if (!isUnchanged(now, header.file)) {
      warnUnused(this.#path, 'the file was modified since it was saved');
      return null;
    }
    return { header, bytesBefore: start.bytesBefore };
  }
}

/** Checks the header; null if it is invalid, or if the indexes do not fit into the `bytesAfter` bytes after it. */
function parseHeader(value: Readonly<Record<string, unknown>>, bytesAfter: number): SavedHeader | null {
  if (!isRecord(value['file']) || !isRecord(value['streams'])) return null;
  const { size, mtimeMs, identity } = value['file'];
  if (!isCount(size) || typeof mtimeMs !== 'number' || !isCount(identity)) return null;
  const streams: Record<string, SavedStream> = Object.create(null);
  for (const [key, saved] of Object.entries(value['streams'])) {
    if (!isRecord(saved)) return null;
    const { stream, offset, bytes } = saved;
    if (!Array.isArray(stream) || !isCount(offset) || !isCount(bytes) || !(offset + bytes <= bytesAfter)) return null;
    streams[key] = { stream, offset, bytes };
  }
  return { version: 1, file: { size, mtimeMs, identity }, streams };
}
