/**
 * Statistics of a completed read.
 * @module
 */

import { engineBits } from '../core/generated/choices.js';
import { reasonTexts, statMerges, statWords } from '../core/generated/stats.js';

type MergeRule = (typeof statMerges)[keyof typeof statMerges];

const mergeBy: Readonly<Record<MergeRule, (word: number, more: number) => number>> = {
  sum: (word, more) => word + more,
  or: (word, more) => word | more,
  max: Math.max,
  and: (word, more) => word & more,
  keep: (word) => word,
};

/**
 * Returns the counters of two native reads of one call: `words` of the first read, merged with `cost` of the second.
 * Each counter has its own merge rule.
 */
export function mergeCounters(words: readonly number[], cost: readonly number[]): number[] {
  const sum = [...words];
  for (const name of Object.keys(statWords) as (keyof typeof statWords)[]) {
    const i = statWords[name];
    sum[i] = mergeBy[statMerges[name]](words[i] ?? 0, cost[i] ?? 0);
  }
  return sum;
}

/** Texts of the reasons for the choice of an engine, in the order of the native enum EngineReason. */
const engineReasons: readonly string[] = Object.values(reasonTexts);

/**
 * Statistics of a read. Bytes and counts are exact, except `bytesCached` and `bytesLeftInCache`, which the kernel
 * reports. Times are in milliseconds and summed over threads, except `elapsedMs` and `planMs`.
 */
export interface ReadStats {
  /** Bytes of the result. */
  readonly bytesRequested: number;
  /** Bytes of the result and its mask that reuse the memory of a released result. */
  readonly bytesRecycled: number;
  /** Bytes read from the file system, including mapped ones. */
  readonly bytesRead: number;
  /** Bytes that decoding produced. Of each decoded chunk, only the range that the read needs is counted. */
  readonly bytesDecoded: number;
  /** Bytes that were in the page cache when they were first requested, as far as the kernel reports it. */
  readonly bytesCached: number;
  /** Bytes copied from a memory mapping, without system calls. */
  readonly bytesMapped: number;
  /** Bytes read with O_DIRECT, which bypasses the page cache, including the padding to whole blocks. */
  readonly bytesDirect: number;
  /** Bytes read through the page cache by system calls. */
  readonly bytesBuffered: number;
  /**
   * Bytes that the read added to the page cache and could not evict, for example because a process has mapped or
   * locked them. Null unless `cache` is `drop` or `dontcache`. Also null with `engine: 'mmap'`, and if the kernel does
   * not report residency.
   */
  readonly bytesLeftInCache: number | null;
  /** Number of contiguous runs of bytes that were read. */
  readonly extents: number;
  /**
   * Number of system calls: reads, opens and io_uring submissions, and calls that check files or inspect the page
   * cache.
   */
  readonly systemCalls: number;
  /** Number of files that were opened. Files that the handle keeps open are not counted. */
  readonly opens: number;
  /** Number of chunks that the selection touches. For a batch, see `BatchResult.stats`. */
  readonly chunks: number;
  /** Number of chunks that do not exist; their elements have the fill value. */
  readonly chunksAbsent: number;
  /** Number of times that a chunk was decoded. 0 for uncompressed chunks. */
  readonly chunksDecoded: number;
  /** Number of chunks that were copied from the chunk cache (`chunkCache`). They are not read. */
  readonly chunkCacheHits: number;
  /** Number of chunks that were decoded although the array has a chunk cache. */
  readonly chunkCacheMisses: number;
  /** Engine that read the extents: `pread`, `mmap`, `direct`, `uring`, several joined by `+`, or `none`. */
  readonly engine: string;
  /** Reason for the choice of the engine. */
  readonly engineReason: string;
  /** Number of threads that took part. */
  readonly threads: number;
  /** True if the read ran on the calling thread, because it was small and its data was cached. */
  readonly onCallingThread: boolean;
  /** Time for normalising the selection, reading metadata, planning, and handing the plan to the native side. */
  readonly planMs: number;
  /** Time waiting for the storage. */
  readonly waitMs: number;
  /** Time in which threads were runnable but had no core. */
  readonly runnableMs: number;
  /** Time for decompressing and reversing filters. */
  readonly decodeMs: number;
  /** Time for copying elements into the result, including conversion. */
  readonly scatterMs: number;
  /** Time from the native call to the end of the read. */
  readonly elapsedMs: number;
  /** Warning about an unusual result, such as `0 of 8 chunks found`; null if there is none. */
  readonly note: string | null;
}

/** Joins the names of the engines in the bit set `bits`. */
function engineNamesOf(bits: number): string {
  const names = Object.entries(engineBits).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
  return names.length === 0 ? 'none' : names.join('+');
}

/**
 * Names of the engines by their bit set. They are computed in advance, because small reads must not spend time on it.
 */
const engineNamesByBits: readonly string[] = Array.from(
  { length: 2 * Math.max(...Object.values(engineBits)) },
  (_, bits) => engineNamesOf(bits),
);

/** Converts the counters of a native read, which are in the order of `statWords`, to statistics. */
export function toReadStats(
  words: ArrayLike<number>,
  bytesRequested: number,
  chunks: number,
  planMs: number,
  bytesRecycled = 0,
): ReadStats {
  const word = (index: number): number => words[index] ?? 0;
  const bytesRead = word(statWords.bytesRead);
  const bytesMapped = word(statWords.bytesMapped);
  const bytesDirect = word(statWords.bytesDirect);
  const chunksAbsent = word(statWords.chunksAbsent);
  const isEmpty = chunks > 0 && chunksAbsent === chunks;
  return {
    bytesRequested,
    bytesRecycled,
    bytesRead,
    bytesDecoded: word(statWords.bytesDecoded),
    bytesCached: word(statWords.bytesCached),
    bytesMapped,
    bytesDirect,
    bytesBuffered: bytesRead - bytesDirect - bytesMapped,
    bytesLeftInCache: word(statWords.cacheUnknown) === 0 ? word(statWords.bytesLeftInCache) : null,
    extents: word(statWords.extents),
    systemCalls: word(statWords.systemCalls),
    opens: word(statWords.opens),
    chunks,
    chunksAbsent,
    chunksDecoded: word(statWords.chunksDecoded),
    chunkCacheHits: word(statWords.chunkCacheHits),
    chunkCacheMisses: word(statWords.chunkCacheMisses),
    engine: engineNamesByBits[word(statWords.engines)] ?? 'none',
    engineReason: engineReasons[word(statWords.engineReason)] ?? '',
    threads: word(statWords.threads),
    onCallingThread: word(statWords.onCaller) === 1,
    planMs,
    waitMs: word(statWords.waitNs) / 1e6,
    runnableMs: word(statWords.runnableNs) / 1e6,
    decodeMs: word(statWords.decodeNs) / 1e6,
    scatterMs: word(statWords.scatterNs) / 1e6,
    elapsedMs: word(statWords.elapsedNs) / 1e6,
    note: isEmpty ? `0 of ${chunks} chunks found: every element has the fill value` : null,
  };
}
