/**
 * What of a file, or of a store of many files, lies in the page cache.
 * @module
 */
import { resolve } from 'node:path/posix';
import { UnsupportedError } from '../core/errors.js';
import { checkKeys, expected, isRecord } from '../core/validate.js';
import type { ByteRange } from '../io/io.js';
import { checkedPath } from '../io/paths.js';
import { binding, isNativeError, type NativeCacheLook } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { type Layout, layOut, type Piece } from './pieces.js';
import { checkAborted, filesBelow } from './walk.js';

/** A file of a store that could not be looked at. */
export interface FileFailure {
  readonly path: string;
  /** The symbolic errno. */
  readonly code: string;
}

/** One part of a map of the page cache. */
export interface CacheBucket {
  readonly bytes: number;
  /** Null where the kernel does not tell. */
  readonly cachedBytes: number | null;
}

/** What of some bytes is in the page cache. */
export interface Residency {
  readonly path: string;
  readonly type: 'file' | 'directory';
  /** Files that were looked at. */
  readonly files: number;
  /** Bytes asked about: the ranges, widened to whole pages and cut at the end of the file; else all. */
  readonly bytes: number;
  /** Of these, those in the page cache; null when the kernel tells of none of the files. */
  readonly cachedBytes: number | null;
  /** In the cache and not yet written to the storage; on their way there. Null where only mincore(2) answers. */
  readonly dirtyBytes: number | null;
  readonly writebackBytes: number | null;
  /** Bytes that were in the cache and were pushed out, as far as the kernel remembers; and those pushed out just now. */
  readonly evictedBytes: number | null;
  readonly recentlyEvictedBytes: number | null;
  /** Who said so: `hidden` when nobody did, `mixed` for files with different answers. */
  readonly witness: 'cachestat' | 'mincore' | 'hidden' | 'mixed';
  /** Bytes of files of which the kernel does not tell: those of others, that may not be written. */
  readonly hiddenBytes: number;
  /** Bytes of a page. */
  readonly pageBytes: number;
  /** The bytes asked about, laid end to end (files of a directory in natural order) and cut into parts of equal size. */
  readonly map: readonly CacheBucket[];
  /** Files and folders of a directory that could not be looked at. */
  readonly failures: readonly FileFailure[];
}

/** Options of {@link residency} and {@link evict}. */
export interface CacheOptions {
  /** Parts of the map; fewer where there are fewer pages. Default 64, at most 65536. */
  readonly buckets?: number;
  /** Ends the call between two batches of files. */
  readonly signal?: AbortSignal;
  /** Called after every batch of files of a directory; the files are gone through twice, by {@link evict} six times. */
  readonly onProgress?: (progress: { readonly filesDone: number; readonly filesTotal: number }) => void;
}

const cacheKeys = { buckets: true, signal: true, onProgress: true } as const satisfies Record<keyof CacheOptions, true>;

/** Files of one native call. */
const batchFiles = 512;

/** The files of a path, and what is asked of them. */
export interface Targets {
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly files: readonly string[];
  readonly layout: Layout;
  readonly pageBytes: number;
  readonly failures: readonly FileFailure[];
}

function checkRanges(ranges: unknown): readonly ByteRange[] | null {
  if (ranges === undefined || ranges === null) return null;
  const isCount = (n: unknown): boolean => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;
  if (!Array.isArray(ranges)) throw expected('a list of { offset, length }', 'ranges', ranges);
  for (const [i, range] of (ranges as unknown[]).entries()) {
    if (!isRecord(range) || !isCount(range['offset']) || !isCount(range['length'])) {
      throw expected('{ offset, length } in bytes', `ranges[${i}]`, range);
    }
  }
  return ranges as readonly ByteRange[];
}

/** Runs the native call over all files, a batch at a time. */
export async function forFiles<T>(
  action: 'look' | 'evict',
  files: readonly string[],
  pieces: readonly Piece[],
  options: CacheOptions,
  take: (file: number, answer: T) => void,
): Promise<void> {
  let next = 0; // Pieces are sorted by file.
  for (let first = 0; first < files.length; first += batchFiles) {
    checkAborted(options.signal);
    const batch = files.slice(first, first + batchFiles);
    const begin = next;
    while (next < pieces.length && (pieces[next]?.file ?? 0) < first + batch.length) next += 1;
    const words = new Float64Array((next - begin) * 3);
    for (let i = begin; i < next; i++) {
      const { file, offset, length } = pieces[i] as Piece;
      words.set([file - first, offset, length], (i - begin) * 3);
    }
    const answers = await binding().page_cache(action, batch, words);
    for (const [i, answer] of answers.entries()) take(first + i, answer as T);
    options.onProgress?.({ filesDone: first + batch.length, filesTotal: files.length });
  }
}

/** Finds the files, their sizes, and cuts what is asked into pieces. Throws what is wrong with the path itself. */
export async function targetsOf(given: string | URL, ranges: unknown, options: CacheOptions): Promise<Targets> {
  const path = checkedPath(given);
  checkKeys(options, cacheKeys);
  const asked = checkRanges(ranges);
  const { buckets = 64, signal } = options;
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > 65536) {
    throw expected('an integer from 1 to 65536', 'options.buckets', buckets);
  }
  const absolute = resolve(path);
  const facts = await binding().storage_facts(absolute);
  if (isNativeError(facts)) throw toError(facts);
  if (facts.type !== 'file' && facts.type !== 'directory') {
    throw new UnsupportedError('the page cache of what is neither a file nor a directory', path);
  }
  const isDirectory = facts.type === 'directory';
  if (isDirectory && asked !== null) throw expected('no ranges of a directory', 'ranges', asked);
  const found = isDirectory ? await filesBelow(absolute, signal) : { files: [absolute], failures: [] };
  const files: string[] = [];
  const sizes: number[] = [];
  const failures = [...found.failures];
  await forFiles<NativeCacheLook>('look', found.files, [], options, (file, answer) => {
    const name = found.files[file] ?? '';
    if (!isNativeError(answer)) {
      files.push(name);
      sizes.push(answer.size);
    } else if (!isDirectory) {
      throw toError(answer);
    } else if (answer.kind !== 'invalid') {
      // `invalid` is a link to a directory, which is no failure: what it leads to is not part of the store.
      failures.push({ path: name, code: answer.code });
    }
  });
  const pageBytes = Number(binding().info()['pageBytes']);
  return { path, type: facts.type, files, layout: layOut(sizes, asked, buckets, pageBytes), pageBytes, failures };
}

/** Looks at the pieces of `targets`. */
export async function lookAt(targets: Targets, options: CacheOptions): Promise<Residency> {
  const { path, type, files, layout, pageBytes } = targets;
  const failures = [...targets.failures];
  const sums = [0, 0, 0, 0, 0];
  const cached = layout.bucketBytes.map(() => 0);
  const hidden = layout.bucketBytes.map(() => 0);
  const witnesses = new Set<NativeCacheLook['witness']>();
  let next = 0;
  let told = 0;
  await forFiles<NativeCacheLook>('look', files, layout.pieces, options, (file, answer) => {
    const begin = next;
    while (layout.pieces[next]?.file === file) next += 1;
    if (next === begin) return; // An empty file, or one that could not be opened before.
    const failed = isNativeError(answer);
    if (failed && type === 'file') throw toError(answer);
    if (failed) failures.push({ path: files[file] ?? '', code: answer.code });
    else witnesses.add(answer.witness);
    for (let i = begin; i < next; i++) {
      const { bucket, length } = layout.pieces[i] as Piece;
      if (failed || answer.witness === 'hidden') {
        hidden[bucket] = (hidden[bucket] ?? 0) + length;
        continue;
      }
      told += length;
      for (let k = 0; k < 5; k++) {
        // The last page of a file counts what the file fills of it.
        const bytes = Math.min((answer.pages[(i - begin) * 5 + k] ?? 0) * pageBytes, length);
        sums[k] = (sums[k] ?? 0) + bytes;
        if (k === 0) cached[bucket] = (cached[bucket] ?? 0) + bytes;
      }
    }
  });
  const [cachedBytes = 0, dirtyBytes = 0, writebackBytes = 0, evictedBytes = 0, recentlyEvictedBytes = 0] = sums;
  const blind = told === 0 && layout.bytes > 0;
  // mincore knows of nothing but presence.
  const detail = (bytes: number): number | null => (blind || witnesses.has('mincore') ? null : bytes);
  const [only = 'cachestat'] = witnesses;
  return {
    path,
    type,
    files: files.length - (failures.length - targets.failures.length),
    bytes: layout.bytes,
    cachedBytes: blind ? null : cachedBytes,
    dirtyBytes: detail(dirtyBytes),
    writebackBytes: detail(writebackBytes),
    evictedBytes: detail(evictedBytes),
    recentlyEvictedBytes: detail(recentlyEvictedBytes),
    witness: blind ? 'hidden' : witnesses.size > 1 ? 'mixed' : only,
    hiddenBytes: layout.bytes - told,
    pageBytes,
    map: layout.bucketBytes.map((bytes, i) => ({
      bytes,
      cachedBytes: (hidden[i] ?? 0) === bytes && bytes > 0 ? null : (cached[i] ?? 0),
    })),
    failures,
  };
}

/**
 * Says what of a file, or of all files below a directory, is in the page cache. Reads no data and changes nothing.
 * @param path a file or directory, as text or as a `file:` URL; it needs permission to be read.
 * @param ranges bytes of the file; default all. Widened to whole pages. Not for directories.
 * @throws {ReadError} when the path can't be opened. @throws {TypeError} for arguments.
 * @throws {UnsupportedError} for devices and the like.
 * @throws {AbortError} when `options.signal` is aborted.
 * @example const { cachedBytes, bytes } = await residency('volume.npy')
 * @see cachestat(2) (Linux 6.5), else mincore(2)
 */
export async function residency(
  path: string | URL,
  ranges?: readonly ByteRange[] | null,
  options: CacheOptions = {},
): Promise<Residency> {
  return await lookAt(await targetsOf(path, ranges, options), options);
}
