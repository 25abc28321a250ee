/**
 * The account of a read as it happened.
 * @module
 */

import { engineBits } from '../core/generated/choices.js';
import { reasonTexts, statMerges, statWords } from '../core/generated/stats.js';

type SumRule = (typeof statMerges)[keyof typeof statMerges];

const addBy: Readonly<Record<SumRule, (word: number, more: number) => number>> = {
  sum: (word, more) => word + more,
  or: (word, more) => word | more,
  max: Math.max,
  and: (word, more) => word & more,
  keep: (word) => word,
};

/** The account of a read that has done a second one for itself, whose own account is `cost`. */
export function withCost(words: readonly number[], cost: readonly number[]): number[] {
  const sum = [...words];
  for (const name of Object.keys(statWords) as (keyof typeof statWords)[]) {
    const i = statWords[name];
    sum[i] = addBy[statMerges[name]](words[i] ?? 0, cost[i] ?? 0);
  }
  return sum;
}

/** The texts by the number of the native EngineReason. */
const engineReasons: readonly string[] = Object.values(reasonTexts);

/** What a read cost. Bytes and counts are exact; times are in milliseconds, summed over threads except `elapsedMs` and `planMs`. */
export interface ReadStats {
  /** Bytes of the result. */
  readonly bytesRequested: number;
  /** Bytes asked of the file system, mapped ones included. */
  readonly bytesRead: number;
  /** Bytes that left the decoders. */
  readonly bytesDecoded: number;
  /** Bytes that were in the page cache when they were first asked for, as far as the kernel says so. */
  readonly bytesCached: number;
  /** Bytes gathered from a mapping, without system calls. */
  readonly bytesMapped: number;
  /** Bytes read past the page cache (O_DIRECT), over-read to whole blocks included. */
  readonly bytesDirect: number;
  /** Bytes read through the page cache by system calls. */
  readonly bytesBuffered: number;
  /**
   * Bytes that the read added to the page cache and could not evict again, because another process has them mapped or locked. Null
   * unless `cache` is `drop` or `dontcache`, with `engine: 'mmap'`, and if the kernel does not tell what is in the page cache.
   */
  readonly bytesLeftInCache: number | null;
  /** Contiguous runs that were read. */
  readonly extents: number;
  /** System calls that were made for the data: reads, opens, submissions to io_uring. */
  readonly systemCalls: number;
  /** Files that were opened for it: those that were not held open. */
  readonly opens: number;
  /** Chunks that the selection touches. */
  readonly chunks: number;
  /** Chunks that do not exist and read as the fill value. */
  readonly chunksAbsent: number;
  /** What performed the extents: `pread`, `mmap`, `direct`, `uring`, several joined by `+`, or `none`. */
  readonly engine: string;
  /** Why that engine. */
  readonly engineReason: string;
  /** Threads that took part. */
  readonly threads: number;
  /** The read was small and in memory, and was done on the calling thread. */
  readonly onCallingThread: boolean;
  /** Normalising the selection, reading metadata, planning and crossing to the native side. */
  readonly planMs: number;
  /** Waiting for the storage. */
  readonly waitMs: number;
  /** Runnable but not running: waiting for a core. */
  readonly runnableMs: number;
  /** Decompressing and undoing filters. */
  readonly decodeMs: number;
  /** Putting elements into their places, converted where that was asked for. */
  readonly scatterMs: number;
  /** From crossing to the end of the last task. */
  readonly elapsedMs: number;
  /** A warning in words where the account is suspicious, such as `0 of 8 chunks found`. */
  readonly note: string | null;
}

/** Turns the native account into {@link ReadStats}; getters keep small reads cheap. */
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
  /** The account as plain data. */
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
