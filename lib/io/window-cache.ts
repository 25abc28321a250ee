/**
 * Bytes that one run has read already, so that a parser may ask for eight bytes at a time. Keeps whole reads
 * ("segments"), finds them by page, and forgets the least recently used ones above a bound.
 * @module
 */

/** Granule of the cache: small reads start and end on multiples of it. */
export const pageBytes = 4096;
/** How much is kept at most; one segment more may be held while a request is served. */
const capacityBytes = 8 * 1024 * 1024;
/** Read-ahead of a first or far read, and the bound that it doubles up to while reads stay near each other. */
const firstAheadBytes = 4096;
const maxAheadBytes = 64 * 1024;

interface Segment {
  readonly file: CachedFile;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What is known of one file: its size and the segments that hold its pages. */
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

  /** How far to read beyond a run of missing pages [start, end) of a request that has only this run. */
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

/** The segments of all files of one run. */
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

  /** Keeps `bytes`, read at the page-aligned `offset` of `file`. */
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

  /** A copy of [offset, offset + length) when one segment holds it all, else null. */
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
