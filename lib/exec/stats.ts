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
 * Adds the counters `cost` of a second native read to the counters of the first one. Each counter has its own merge
 * rule.
 */
export function mergeCounters(words: readonly number[], cost: readonly number[]): number[] {
  const sum = [...words];
  for (const name of Object.keys(statWords) as (keyof typeof statWords)[]) {
    const i = statWords[name];
    sum[i] = mergeBy[statMerges[name]](words[i] ?? 0, cost[i] ?? 0);
  }
  return sum;
}

/** Reason texts by the number of the native EngineReason. */
const engineReasons: readonly string[] = Object.values(reasonTexts);

/**
 * Statistics of a read. Bytes and counts are exact. Times are in milliseconds and summed over threads, except
 * `elapsedMs` and `planMs`.
 */
export interface ReadStats {
  /** Bytes of the result. */
  readonly bytesRequested: number;
  /** Bytes requested from the file system, including mapped ones. */
  readonly bytesRead: number;
  /** Bytes after decoding. */
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
   * Bytes that the read added to the page cache and could not evict, because another process has mapped or locked them.
   * Null unless `cache` is `drop` or `dontcache`. Also null with `engine: 'mmap'`, and if the kernel does not report
   * residency.
   */
  readonly bytesLeftInCache: number | null;
  /** Number of contiguous runs of bytes that were read. */
  readonly extents: number;
  /** Number of system calls for the data: reads, opens and io_uring submissions. */
  readonly systemCalls: number;
  /** Number of files that were opened. Files that the handle keeps open are not counted. */
  readonly opens: number;
  /** Number of chunks that the selection touches. */
  readonly chunks: number;
  /** Number of chunks that do not exist; their elements have the fill value. */
  readonly chunksAbsent: number;
  /** Engine that read the extents: `pread`, `mmap`, `direct`, `uring`, several joined by `+`, or `none`. */
  readonly engine: string;
  /** Reason for the choice of the engine. */
  readonly engineReason: string;
  /** Number of threads that took part. */
  readonly threads: number;
  /** True if the read was small, its data cached, and it ran on the calling thread. */
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
  /** Time from the native call to the end of the last task. */
  readonly elapsedMs: number;
  /** Warning about an unusual result, such as `0 of 8 chunks found`; null if there is none. */
  readonly note: string | null;
}

/** Statistics that read native counters lazily, through getters, to keep small reads cheap. */
export class NativeReadStats implements ReadStats {
  readonly #words: readonly number[];
  readonly bytesRequested: number;
  readonly chunks: number;
  readonly planMs: number;
  constructor(words: readonly number[], bytesRequested: number, chunks: number, planMs: number) {
    this.#words = words;
    this.bytesRequested = bytesRequested;
    this.chunks = chunks;
    this.planMs = planMs;
  }
  private word(index: number): number {
    return this.#words[index] ?? 0;
  }
  get bytesRead(): number {
    return this.word(statWords.bytesRead);
  }
  get bytesDecoded(): number {
    return this.word(statWords.bytesDecoded);
  }
  get bytesCached(): number {
    return this.word(statWords.bytesCached);
  }
  get bytesMapped(): number {
    return this.word(statWords.bytesMapped);
  }
  get bytesDirect(): number {
    return this.word(statWords.bytesDirect);
  }
  get bytesBuffered(): number {
    return this.bytesRead - this.bytesDirect - this.bytesMapped;
  }
  get bytesLeftInCache(): number | null {
    return this.word(statWords.cacheUnknown) === 0 ? this.word(statWords.bytesLeftInCache) : null;
  }
  get extents(): number {
    return this.word(statWords.extents);
  }
  get systemCalls(): number {
    return this.word(statWords.systemCalls);
  }
  get opens(): number {
    return this.word(statWords.opens);
  }
  get chunksAbsent(): number {
    return this.word(statWords.chunksAbsent);
  }
  get engine(): string {
    const bits = this.word(statWords.engines);
    const names = Object.entries(engineBits).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
    return names.length === 0 ? 'none' : names.join('+');
  }
  get engineReason(): string {
    return engineReasons[this.word(statWords.engineReason)] ?? '';
  }
  get threads(): number {
    return this.word(statWords.threads);
  }
  get onCallingThread(): boolean {
    return this.word(statWords.onCaller) === 1;
  }
  get waitMs(): number {
    return this.word(statWords.waitNs) / 1e6;
  }
  get runnableMs(): number {
    return this.word(statWords.runnableNs) / 1e6;
  }
  get decodeMs(): number {
    return this.word(statWords.decodeNs) / 1e6;
  }
  get scatterMs(): number {
    return this.word(statWords.scatterNs) / 1e6;
  }
  get elapsedMs(): number {
    return this.word(statWords.elapsedNs) / 1e6;
  }
  get note(): string | null {
    const absent = this.chunksAbsent;
    return this.chunks > 0 && absent === this.chunks
      ? `0 of ${this.chunks} chunks found: every element has the fill value`
      : null;
  }
  /** Returns the statistics as a plain object. */
  toJSON(): ReadStats {
    const { bytesRequested, bytesRead, bytesDecoded, bytesCached, bytesMapped, extents, systemCalls, opens, chunks } =
      this;
    const {
      chunksAbsent,
      engine,
      engineReason,
      threads,
      onCallingThread,
      bytesDirect,
      bytesBuffered,
      bytesLeftInCache,
    } = this;
    const { planMs, waitMs, runnableMs, decodeMs, scatterMs, elapsedMs, note } = this;
    return {
      bytesRequested,
      bytesRead,
      bytesDecoded,
      bytesCached,
      bytesMapped,
      bytesDirect,
      bytesBuffered,
      bytesLeftInCache,
      extents,
      systemCalls,
      opens,
      chunks,
      chunksAbsent,
      engine,
      engineReason,
      threads,
      onCallingThread,
      planMs,
      waitMs,
      runnableMs,
      decodeMs,
      scatterMs,
      elapsedMs,
      note,
    };
  }
}
