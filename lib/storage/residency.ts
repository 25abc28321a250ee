/**
 * Determines the page-cache residency of a file, or of a store with many files.
 * @module
 */
import { resolve } from 'node:path/posix';
import { UnsupportedError } from '../core/errors.js';
import { checkKeys, expected, isRecord } from '../core/validate.js';
import type { ByteRange } from '../io/io.js';
import { checkedPath } from '../io/paths.js';
import { binding, isNativeError, type NativeCacheLook, type NativeHandle } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import { type BucketRange, divideIntoBuckets, type MapLayout } from './pieces.js';
import { checkAborted, listFiles } from './walk.js';

/** A file of a store that could not be inspected. */
export interface FileFailure {
  readonly path: string;
  /** Symbolic errno. */
  readonly code: string;
}

/** One part of a residency map. */
export interface CacheBucket {
  readonly bytes: number;
  /** Bytes of the bucket that are in the page cache; null if the kernel does not report it. */
  readonly cachedBytes: number | null;
}

/** Page-cache residency of a file or of the files of a directory, or of byte ranges of a file. */
export interface Residency {
  readonly path: string;
  readonly type: 'file' | 'directory';
  /** Number of inspected files. */
  readonly files: number;
  /** Number of inspected bytes. Ranges are widened to whole pages and clipped to the end of the file. */
  readonly bytes: number;
  /** Bytes in the page cache; null if the kernel reports this for none of the files. */
  readonly cachedBytes: number | null;
  /**
   * Dirty bytes: in the cache, but not yet written to the storage. Null if mincore(2) was used for any of the files, or
   * if the kernel reports nothing.
   */
  readonly dirtyBytes: number | null;
  /** Bytes that are being written to the storage. Null in the same cases as `dirtyBytes`. */
  readonly writebackBytes: number | null;
  /**
   * Bytes that were evicted from the cache, as far as the kernel remembers them. Null in the same cases as
   * `dirtyBytes`.
   */
  readonly evictedBytes: number | null;
  /** Bytes that were evicted recently, as far as the kernel remembers them. Null in the same cases as `dirtyBytes`. */
  readonly recentlyEvictedBytes: number | null;
  /** System call that reported residency: `hidden` if none did; `mixed` if it differs between files. */
  readonly witness: 'cachestat' | 'mincore' | 'hidden' | 'mixed';
  /**
   * Bytes of files whose residency is not known: files of other users that are not writable, and files that could no
   * longer be inspected.
   */
  readonly hiddenBytes: number;
  /** Page size in bytes. */
  readonly pageBytes: number;
  /**
   * Residency of parts of the inspected bytes, of nearly equal size. The files of a directory are concatenated in
   * natural order.
   */
  readonly map: readonly CacheBucket[];
  /** Files and directories that could not be inspected. */
  readonly failures: readonly FileFailure[];
}

/** Options of {@link residency} and {@link evict}. */
export interface CacheOptions {
  /** Number of parts of the map; fewer if there are fewer pages. Default 64 parts, at most 65536. */
  readonly buckets?: number;
  /** Aborts the call after the current batch of files. */
  readonly signal?: AbortSignal;
  /**
   * Called after each batch of files; a single file is one batch. {@link residency} makes two passes over the files,
   * and {@link evict} four or six.
   */
  readonly onProgress?: (progress: { readonly filesDone: number; readonly filesTotal: number }) => void;
}

const cacheKeys = { buckets: true, signal: true, onProgress: true } as const satisfies Record<keyof CacheOptions, true>;

/** Number of files per native call. */
const batchFiles = 512;

/** Files of a path, and the ranges to inspect. */
export interface Targets {
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly files: readonly string[];
  readonly layout: MapLayout;
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

/** Options of a look at the page cache. */
export interface LookOptions extends CacheOptions {
  /** Directories to which the paths are confined. Default: any path is allowed. */
  readonly roots?: NativeHandle | null;
}

/** Runs the native call over all files, in batches. */
export async function forFiles<T>(
  action: 'look' | 'evict',
  files: readonly string[],
  pieces: readonly BucketRange[],
  options: LookOptions,
  take: (file: number, answer: T) => void,
): Promise<void> {
  let next = 0; // Ranges are sorted by file.
  for (let first = 0; first < files.length; first += batchFiles) {
    checkAborted(options.signal);
    const batch = files.slice(first, first + batchFiles);
    const begin = next;
    while (next < pieces.length && (pieces[next]?.file ?? 0) < first + batch.length) next += 1;
    const words = new Float64Array((next - begin) * 3);
    for (let i = begin; i < next; i++) {
      const { file, offset, length } = pieces[i] as BucketRange;
      words.set([file - first, offset, length], (i - begin) * 3);
    }
    const answers = await binding().page_cache(action, batch, words, options.roots ?? null);
    for (const [i, answer] of answers.entries()) take(first + i, answer as T);
    options.onProgress?.({ filesDone: first + batch.length, filesTotal: files.length });
  }
}

/** Finds the files and their sizes, and divides the ranges into buckets. Throws if the path itself is invalid. */
export async function findTargets(given: string | URL, ranges: unknown, options: CacheOptions): Promise<Targets> {
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
    throw new UnsupportedError('page cache of a path that is neither a file nor a directory', path);
  }
  const isDirectory = facts.type === 'directory';
  if (isDirectory && asked !== null) throw expected('no ranges, because the path is a directory,', 'ranges', asked);
  const found = isDirectory ? await listFiles(absolute, signal) : { files: [absolute], failures: [] };
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
      // `invalid` means a link to a directory, which is not a failure because its target is not part of the store.
      failures.push({ path: name, code: answer.code });
    }
  });
  const pageBytes = Number(binding().info()['pageBytes']);
  return {
    path,
    type: facts.type,
    files,
    layout: divideIntoBuckets(sizes, asked, buckets, pageBytes),
    pageBytes,
    failures,
  };
}

/** Inspects the ranges of `targets`. */
export async function inspect(targets: Targets, options: LookOptions): Promise<Residency> {
  const { path, type, files, layout, pageBytes } = targets;
  const failures = [...targets.failures];
  const sums = [0, 0, 0, 0, 0];
  const cached = layout.bucketBytes.map(() => 0);
  const hidden = layout.bucketBytes.map(() => 0);
  const witnesses = new Set<NativeCacheLook['witness']>();
  let next = 0;
  let known = 0;
  await forFiles<NativeCacheLook>('look', files, layout.pieces, options, (file, answer) => {
    const begin = next;
    while (layout.pieces[next]?.file === file) next += 1;
    if (next === begin) return; // The file is empty or ends before the ranges.
    const failed = isNativeError(answer);
    if (failed && type === 'file') throw toError(answer);
    if (failed) failures.push({ path: files[file] ?? '', code: answer.code });
    else witnesses.add(answer.witness);
    for (let i = begin; i < next; i++) {
      const { bucket, length } = layout.pieces[i] as BucketRange;
      if (failed || answer.witness === 'hidden') {
        hidden[bucket] = (hidden[bucket] ?? 0) + length;
        continue;
      }
      known += length;
      for (let k = 0; k < 5; k++) {
        // Clips the last page to the end of the file.
        const bytes = Math.min((answer.pages[(i - begin) * 5 + k] ?? 0) * pageBytes, length);
        sums[k] = (sums[k] ?? 0) + bytes;
        if (k === 0) cached[bucket] = (cached[bucket] ?? 0) + bytes;
      }
    }
  });
  const [cachedBytes = 0, dirtyBytes = 0, writebackBytes = 0, evictedBytes = 0, recentlyEvictedBytes = 0] = sums;
  const isUnknown = known === 0 && layout.bytes > 0;
  // mincore only reports which pages are present, so the other numbers are unknown.
  const detail = (bytes: number): number | null => (isUnknown || witnesses.has('mincore') ? null : bytes);
  const [only = 'cachestat'] = witnesses;
  return {
    path,
    type,
    files: files.length - (failures.length - targets.failures.length),
    bytes: layout.bytes,
    cachedBytes: isUnknown ? null : cachedBytes,
    dirtyBytes: detail(dirtyBytes),
    writebackBytes: detail(writebackBytes),
    evictedBytes: detail(evictedBytes),
    recentlyEvictedBytes: detail(recentlyEvictedBytes),
    witness: isUnknown ? 'hidden' : witnesses.size > 1 ? 'mixed' : only,
    hiddenBytes: layout.bytes - known,
    pageBytes,
    map: layout.bucketBytes.map((bytes, i) => ({
      bytes,
      cachedBytes: (hidden[i] ?? 0) === bytes && bytes > 0 ? null : (cached[i] ?? 0),
    })),
    failures,
  };
}

/**
 * Works like {@link residency} for a regular file that must be below `options.roots`.
 * @param buckets number of parts of the map.
 * @throws {ReadError} if the file cannot be opened. @throws {ExternalFileError} if it is not below a root.
 */
export async function residencyBelow(path: string, buckets: number, options: LookOptions): Promise<Residency> {
  let size = 0;
  await forFiles<NativeCacheLook>('look', [path], [], options, (_file, answer) => {
    if (isNativeError(answer)) throw toError(answer);
    size = answer.size;
  });
  const pageBytes = Number(binding().info()['pageBytes']);
  const layout = divideIntoBuckets([size], null, buckets, pageBytes);
  return await inspect({ path, type: 'file', files: [path], layout, pageBytes, failures: [] }, options);
}

/**
 * Reports which parts of a file, or of all files below a directory, are in the page cache. Reads no data and changes
 * nothing.
 * @param path a file or directory, as a string or a `file:` URL. It must be readable.
 * @param ranges bytes of the file; default all. They are widened to whole pages. Not allowed for directories.
 * @throws {ReadError} if the path cannot be opened. @throws {TypeError} for invalid arguments.
 * @throws {UnsupportedError} for devices and other special files.
 * @throws {AbortError} if `options.signal` is aborted.
 * @example const { cachedBytes, bytes } = await residency('volume.npy')
 * @see cachestat(2) (Linux 6.5), otherwise mincore(2)
 */
export async function residency(
  path: string | URL,
  ranges?: readonly ByteRange[] | null,
  options: CacheOptions = {},
): Promise<Residency> {
  return await inspect(await findTargets(path, ranges, options), options);
}
