/**
 * Divides byte ranges of files into buckets: parts of nearly equal size for each of which residency() reports how many
 * bytes are in the page cache.
 * @module
 */
import type { ByteRange } from '../io/io.js';

/** Range of whole pages of one file in one bucket. */
export interface BucketRange {
  /** Index of the file. */
  readonly file: number;
  readonly offset: number;
  /** Length in bytes, clipped to the end of the file. */
  readonly length: number;
  readonly bucket: number;
}

/** Byte ranges to inspect, in the order of files and offsets. */
export interface MapLayout {
  readonly pieces: readonly BucketRange[];
  /** Total number of bytes. */
  readonly bytes: number;
  /** Number of bytes in each bucket. */
  readonly bucketBytes: readonly number[];
}

/** Widens `ranges` to whole pages, clips them to `size`, sorts them, and merges overlaps. */
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
 * Concatenates the selected pages of all files and divides them into `buckets` parts of nearly equal size.
 * @param ranges ranges that apply to each file; null for whole files.
 * @param buckets at least 1. There are fewer buckets if there are fewer pages.
 */
export function divideIntoBuckets(
  sizes: readonly number[],
  ranges: readonly ByteRange[] | null,
  buckets: number,
  pageBytes: number,
): MapLayout {
  const runs = sizes.flatMap((size, file) =>
    wholePages(ranges ?? [{ offset: 0, length: size }], size, pageBytes).map((range) => ({ file, ...range })),
  );
  const pagesOf = (length: number): number => Math.ceil(length / pageBytes);
  const totalPages = runs.reduce((sum, { length }) => sum + pagesOf(length), 0);
  const count = Math.max(1, Math.min(buckets, totalPages));
  const pieces: BucketRange[] = [];
  const bucketBytes = new Array<number>(count).fill(0);
  let bytes = 0;
  let page = 0; // Number of pages so far.
  let bucket = 0;
  for (const { file, offset, length } of runs) {
    for (let done = 0; done < length; ) {
      // Skips buckets that end before this page. Each bucket has at least one page.
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
 * Merges adjacent ranges of a file, across buckets. The kernel evicts a folio (a block of several pages) only if one
 * call covers all of it, so a folio must not be split between calls.
 */
export function mergeRanges(pieces: readonly BucketRange[]): BucketRange[] {
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
