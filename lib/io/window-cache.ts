/**
 * Caches the bytes of the small reads of one run, so that a parser can request eight bytes at a time. Keeps the result
 * of each small read as a segment, and finds segments by page. If the total size of the segments exceeds a limit,
 * evicts the least recently used ones.
 * @module
 */

/** Page size of the cache. Small reads start and end at multiples of it. */
export const pageBytes = 4096;
/** Capacity in bytes. The segment that was added last may exceed it. */
const capacityBytes = 8 * 1024 * 1024;
/**
 * Number of bytes to read ahead at the first read, and at reads far from the previous one. While reads stay close to
 * each other, the number doubles up to the maximum.
 */
const firstAheadBytes = 4096;
const maxAheadBytes = 64 * 1024;

interface Segment {
  readonly file: CachedFile;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** State of one file: its size, and the segments that contain its pages. */
export class CachedFile {
  readonly path: string;
  readonly size: number;
  readonly pages: Map<number, Segment> = new Map();
  #aheadBytes = firstAheadBytes / 2;
  #lastStart = 0;
  #lastEnd = 0;

  constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
  }

  /**
   * Returns the end of the read for the missing pages in the byte range [start, end). It is above `end` if the read
   * also fetches the following pages (read-ahead).
   */
  readAhead(start: number, end: number): number {
    const near = start >= this.#lastStart - maxAheadBytes && start <= this.#lastEnd + maxAheadBytes;
    this.#aheadBytes = near ? Math.min(this.#aheadBytes * 2, maxAheadBytes) : firstAheadBytes;
    let stop = Math.min(end + this.#aheadBytes, this.size);
    for (let at = end; at < stop; at += pageBytes) {
      if (this.pages.has(at / pageBytes)) stop = at;
    }
    this.#lastStart = start;
    this.#lastEnd = stop;
    return Math.max(end, stop);
  }
}

/** Segments of all files of one run. */
export class WindowCache {
  readonly #files = new Map<string, CachedFile>();
  readonly #segments = new Set<Segment>();
  #heldBytes = 0;

  file(path: string): CachedFile | undefined {
    return this.#files.get(path);
  }

  addFile(path: string, size: number): CachedFile {
    const file = new CachedFile(path, size);
    this.#files.set(path, file);
    return file;
  }

  /** Adds `bytes`, which were read at the page-aligned `offset` of `file`. */
  add(file: CachedFile, offset: number, bytes: Uint8Array): void {
    const segment: Segment = { file, offset, bytes };
    this.#segments.add(segment);
    this.#heldBytes += bytes.length;
    for (let at = 0; at < bytes.length; at += pageBytes) file.pages.set((offset + at) / pageBytes, segment);
    for (const old of this.#segments) {
      if (this.#heldBytes <= capacityBytes || old === segment) break;
      this.#forget(old);
    }
  }

  /** Returns a copy of [offset, offset + length) if the segment of its first page contains all of it, else null. */
  get(file: CachedFile, offset: number, length: number): Uint8Array | null {
    const segment = file.pages.get(Math.floor(offset / pageBytes));
    if (segment === undefined) return null;
    const start = offset - segment.offset;
    if (start + length > segment.bytes.length) return null;
    this.#segments.delete(segment);
    this.#segments.add(segment);
    return segment.bytes.slice(start, start + length);
  }

  #forget(segment: Segment): void {
    this.#segments.delete(segment);
    this.#heldBytes -= segment.bytes.length;
    const { pages } = segment.file;
    for (let at = 0; at < segment.bytes.length; at += pageBytes) {
      const page = (segment.offset + at) / pageBytes;
      if (pages.get(page) === segment) pages.delete(page);
    }
  }
}
