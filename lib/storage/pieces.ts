/**
 * Which bytes of which files are asked about, cut into the buckets of a map. Pure.
 * @module
 */
import type { ByteRange } from '../io/io.js';

/** A run of whole pages of one file, in one bucket. */
export interface Piece {
  /** Index of the file. */
  readonly file: number;
  readonly offset: number;
  /** Bytes, cut at the end of the file. */
  readonly length: number;
  readonly bucket: number;
}

/** What is looked at, in the order of the files and offsets. */
export interface Layout {
  readonly pieces: readonly Piece[];
  /** Bytes of all pieces. */
  readonly bytes: number;
  /** Bytes by bucket. */
  readonly bucketBytes: readonly number[];
}

/** `ranges` widened to whole pages, cut at `size`, sorted, without overlaps. */
export function wholePages(ranges: readonly ByteRange[], size: number, pageBytes: number): ByteRange[] {
  const merged: { offset: number; length: number }[] = [];
  const widened = ranges
    .filter(({ offset, length }) => length > 0 && offset < size)
    .map(({ offset, length }) => {
      const begin = offset - (offset % pageBytes);
      const end = Math.ceil((offset + Math.min(length, size - offset)) / pageBytes) * pageBytes;
      return { begin, end: Math.min(end, size) };
    })
    .sort((a, b) => a.begin - b.begin);
  for (const { begin, end } of widened) {
    const last = merged.at(-1);
    if (last !== undefined && begin <= last.offset + last.length) {
      last.length = Math.max(last.length, end - last.offset);
    } else {
      merged.push({ offset: begin, length: end - begin });
    }
  }
  return merged;
}

/**
 * Lays the asked pages of all files end to end and cuts them into `buckets` parts of nearly equal size, at pages.
 * @param ranges of every file; null for all of them. @param buckets at least 1; fewer come out of fewer pages.
 */
export function layOut(
  sizes: readonly number[],
  ranges: readonly ByteRange[] | null,
  buckets: number,
  pageBytes: number,
): Layout {
  const runs = sizes.flatMap((size, file) =>
    wholePages(ranges ?? [{ offset: 0, length: size }], size, pageBytes).map((range) => ({ file, ...range })),
  );
  const pagesOf = (length: number): number => Math.ceil(length / pageBytes);
  const totalPages = runs.reduce((sum, { length }) => sum + pagesOf(length), 0);
  const count = Math.max(1, Math.min(buckets, totalPages));
  const pieces: Piece[] = [];
  const bucketBytes = new Array<number>(count).fill(0);
  let bytes = 0;
  let page = 0; // Pages laid so far.
  let bucket = 0;
  for (const { file, offset, length } of runs) {
    for (let done = 0; done < length; ) {
      // Bucket b ends before this page; every bucket has at least one page.
      while (page >= Math.floor(((bucket + 1) * totalPages) / count)) bucket += 1;
      const room = Math.floor(((bucket + 1) * totalPages) / count) - page;
      const take = Math.min(length - done, room * pageBytes);
      pieces.push({ file, offset: offset + done, length: take, bucket });
      bucketBytes[bucket] = (bucketBytes[bucket] ?? 0) + take;
      bytes += take;
      page += pagesOf(take);
      done += take;
    }
  }
  return { pieces, bytes, bucketBytes };
}

/**
 * Neighbouring pieces of a file as one: a block of the cache that is larger than a page is dropped only by a call that
 * covers all of it, and must not be cut by the map.
 */
export function joined(pieces: readonly Piece[]): Piece[] {
  const runs: { file: number; offset: number; length: number; bucket: number }[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last !== undefined && last.file === piece.file && last.offset + last.length === piece.offset) {
      last.length += piece.length;
    } else {
      runs.push({ ...piece });
    }
  }
  return runs;
}
