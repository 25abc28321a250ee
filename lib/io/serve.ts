/**
 * Turns a request of a parser into a few operations of a backend. Coalesces, limits and caches reads. It is a
 * generator, so that the blocking and the asynchronous driver share it.
 * @module
 */
import type { Checkpoint } from '../core/checkpoint.js';
import { FormatError, ReadError } from '../core/errors.js';
import type { IoCounters } from './backend.js';
import { decodeMetadata } from './decode.js';
import { inflateHead } from './inflate.js';
import type {
  ByteRange,
  DeflateFirstPass,
  DeflateIndex,
  DeflateStream,
  FileInfo,
  FileSlice,
  HeapValuesRequest,
  IoReply,
  IoRequest,
  PauseRequest,
  SliceRequest,
} from './io.js';
import { type CachedFile, pageBytes, type WindowCache } from './window-cache.js';

/** Maximum gap in bytes between two ranges that are read together. */
export const coalesceGapBytes = 4096;
/** Maximum size of a read that combines several ranges. A single longer range is still one read. */
export const coalesceMaxBytes = 4 * 1024 * 1024;
/** Maximum total number of bytes of the ranges or slices of one request. */
export const requestMaxBytes = 256 * 1024 * 1024;
/** Maximum length in bytes of a range that is read in whole pages and kept in the window cache. */
const smallRangeBytes = 64 * 1024;
/**
 * Approximate number of bytes that are read for one batch of small ranges. They are copied on the JavaScript thread
 * without interruption, which takes about a millisecond for each 4 MiB.
 */
const batchBytes = 4 * 1024 * 1024;

/** An operation of a backend. */
export type BackendOp =
  | { readonly op: 'stat'; readonly path: string }
  | { readonly op: 'list'; readonly path: string }
  | { readonly op: 'size'; readonly path: string }
  | { readonly op: 'read'; readonly path: string; readonly ranges: readonly ByteRange[] }
  | { readonly op: 'slices'; readonly slices: readonly SliceRequest[] }
  | { readonly op: 'inflate'; readonly path: string; readonly stream: DeflateStream }
  | { readonly op: 'heapValues'; readonly request: HeapValuesRequest }
  | { readonly op: 'firstPass'; readonly path: string; readonly stream: DeflateStream }
  | { readonly op: 'restore'; readonly bytes: Uint8Array; readonly end: number };

/** Answer to an operation of a backend. */
export type BackendReply =
  | FileInfo
  | readonly string[]
  | readonly number[]
  | number
  | readonly Uint8Array[]
  | readonly (FileSlice | null)[]
  | DeflateIndex
  | DeflateFirstPass
  | null;

type Serving<T> = Generator<BackendOp, T, BackendReply>;

/**
 * Serves one request.
 * @throws {ReadError} ENOENT for ranges of a file that does not exist.
 * @throws {FormatError} if the request exceeds a limit or has an invalid range, because its numbers come from a file.
 * Also throws the errors of {@link decodeMetadata} and {@link inflateHead}.
 */
export function* serve(
  request: Exclude<IoRequest, PauseRequest | Checkpoint>,
  cache: WindowCache,
  counters: IoCounters,
): Serving<IoReply> {
  counters.requests += 1;
  if (request.kind === 'decode') return decodeMetadata(request);
  if (request.kind === 'inflateHead') return inflateHead(request);
  if (request.kind === 'restoreIndex') {
    return (yield { op: 'restore', bytes: request.bytes, end: request.end }) as DeflateIndex | null;
  }
  if (request.kind === 'heapValues') return (yield { op: 'heapValues', request }) as readonly number[] | null;
  if (request.kind === 'slices') return yield* readSlices(request.slices, counters);
  const { path } = request;
  if (request.kind === 'inflate') return (yield { op: 'inflate', path, stream: request.stream }) as DeflateIndex;
  if (request.kind === 'firstPass')
    return (yield { op: 'firstPass', path, stream: request.stream }) as DeflateFirstPass;
  if (request.kind === 'stat') {
    counters.stats += 1;
    return (yield { op: 'stat', path }) as FileInfo | null;
  }
  if (request.kind === 'list') {
    counters.lists += 1;
    const names = (yield { op: 'list', path }) as readonly string[] | null;
    return names === null ? null : [...names].sort();
  }
  if (request.kind === 'ranges') checkRanges(path, request.ranges);
  const file = yield* openFile(path, cache, counters);
  if (request.kind === 'ranges') {
    if (file === null) throw new ReadError(`No such file: ${path}`, { code: 'ENOENT', errno: 2, path });
    return yield* readFrom(file, request.ranges, cache, counters);
  }
  if (file === null) return null;
  if (file.size > request.maxBytes) {
    throw new FormatError(`Expected a file of at most ${request.maxBytes} bytes, found ${file.size}`, { path });
  }
  const [bytes] = yield* readFrom(file, [{ offset: 0, length: file.size }], cache, counters);
  return bytes ?? new Uint8Array(0);
}

function* readSlices(slices: readonly SliceRequest[], counters: IoCounters): Serving<readonly (FileSlice | null)[]> {
  let total = 0;
  for (const { path, offset, length } of slices) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 0) {
      throw new FormatError(`Expected a range of bytes, found offset ${offset} and length ${length}`, { path });
    }
    total += length;
  }
  if (total > requestMaxBytes) throw tooLarge(total, slices[0]);
  const found = (yield { op: 'slices', slices }) as readonly (FileSlice | null)[];
  counters.reads += slices.length;
  for (const slice of found) counters.bytesRead += slice?.bytes.length ?? 0;
  return found;
}

function tooLarge(bytes: number, first: { readonly path: string; readonly offset: number } | undefined): FormatError {
  const message = `Expected at most ${requestMaxBytes} bytes of metadata in one request, found ${bytes}`;
  return new FormatError(message, first ?? { path: '' });
}

function checkRanges(path: string, ranges: readonly ByteRange[]): void {
  let total = 0;
  for (const { offset, length } of ranges) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
      throw new FormatError(`Expected a range of bytes, found offset ${offset} and length ${length}`, { path });
    }
    if (!Number.isSafeInteger(offset + length)) {
      throw new FormatError(`Expected a range below 2^53, found length ${length}`, { path, offset });
    }
    total += length;
  }
  if (total > requestMaxBytes) throw tooLarge(total, { path, offset: ranges[0]?.offset ?? 0 });
}

function* openFile(path: string, cache: WindowCache, counters: IoCounters): Serving<CachedFile | null> {
  const known = cache.file(path);
  if (known !== undefined) return known;
  const size = (yield { op: 'size', path }) as number | null;
  if (size === null) return null;
  counters.opens += 1;
  return cache.addFile(path, size);
}

/** A range that must still be read. It is inside the file. `index` is its position in the request. */
interface Wanted {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

function* readFrom(
  file: CachedFile,
  ranges: readonly ByteRange[],
  cache: WindowCache,
  counters: IoCounters,
): Serving<readonly Uint8Array[]> {
  const results: Uint8Array[] = new Array<Uint8Array>(ranges.length);
  const small: Wanted[] = [];
  const large: Wanted[] = [];
  for (const [index, range] of ranges.entries()) {
    const { offset } = range;
    const length = Math.max(0, Math.min(range.length, file.size - offset));
    if (length === 0) {
      results[index] = new Uint8Array(0);
      continue;
    }
    const cached = cache.get(file, offset, length);
    if (cached !== null) results[index] = cached;
    else (length <= smallRangeBytes ? small : large).push({ index, offset, length });
  }
  if (small.length > 0) yield* readSmall(file, small, results, cache, counters);
  if (large.length > 0) yield* readLarge(file, large, results, counters);
  return results;
}

/**
 * Reads small ranges in whole pages, and adds the pages to the cache. Reads ahead only if the pages of a batch of
 * ranges form a single run.
 */
function* readSmall(
  file: CachedFile,
  wanted: Wanted[],
  results: Uint8Array[],
  cache: WindowCache,
  counters: IoCounters,
): Serving<void> {
  wanted.sort((a, b) => a.offset - b.offset);
  let next = 0;
  while (next < wanted.length) {
    const first = next;
    const runs: { start: number; end: number }[] = [];
    let batch = 0;
    for (; next < wanted.length && batch < batchBytes; next += 1) {
      const range = wanted[next] as Wanted;
      const start = range.offset - (range.offset % pageBytes);
      const end = Math.min(Math.ceil((range.offset + range.length) / pageBytes) * pageBytes, file.size);
      const run = runs.at(-1);
      if (run !== undefined && start <= run.end + coalesceGapBytes && end - run.start <= coalesceMaxBytes) {
        batch += Math.max(0, end - run.end);
        run.end = Math.max(run.end, end);
      } else {
        batch += end - start;
        runs.push({ start, end });
      }
    }
    const [only] = runs;
    if (runs.length === 1 && only !== undefined) only.end = file.readAhead(only.start, only.end);
    const segments = yield* readRuns(file.path, runs, counters);
    let at = 0;
    for (let i = first; i < next; i += 1) {
      const { index, offset, length } = wanted[i] as Wanted;
      while (at + 1 < runs.length && (runs[at + 1]?.start ?? Infinity) <= offset) at += 1;
      const start = offset - (runs[at]?.start ?? 0);
      results[index] = (segments[at] ?? new Uint8Array(0)).slice(start, start + length);
    }
    for (const [i, run] of runs.entries()) {
      const bytes = segments[i];
      if (bytes !== undefined && bytes.length === run.end - run.start) cache.add(file, run.start, bytes);
    }
  }
}

/** Reads long ranges without the cache. Combines nearby ranges. */
function* readLarge(file: CachedFile, wanted: Wanted[], results: Uint8Array[], counters: IoCounters): Serving<void> {
  wanted.sort((a, b) => a.offset - b.offset);
  const runs: { start: number; end: number }[] = [];
  const runOf: number[] = [];
  for (const { offset, length } of wanted) {
    const end = offset + length;
    const run = runs.at(-1);
    if (run !== undefined && offset <= run.end + coalesceGapBytes && end - run.start <= coalesceMaxBytes) {
      run.end = Math.max(run.end, end);
    } else {
      runs.push({ start: offset, end });
    }
    runOf.push(runs.length - 1);
  }
  const segments = yield* readRuns(file.path, runs, counters);
  for (const [i, { index, offset, length }] of wanted.entries()) {
    const at = runOf[i] ?? 0;
    const start = offset - (runs[at]?.start ?? 0);
    results[index] = (segments[at] ?? new Uint8Array(0)).subarray(start, start + length);
  }
}

function* readRuns(
  path: string,
  runs: readonly { readonly start: number; readonly end: number }[],
  counters: IoCounters,
): Serving<readonly Uint8Array[]> {
  const ranges = runs.map(({ start, end }) => ({ offset: start, length: end - start }));
  const segments = (yield { op: 'read', path, ranges }) as readonly Uint8Array[];
  counters.reads += ranges.length;
  for (const segment of segments) counters.bytesRead += segment.length;
  return segments;
}
