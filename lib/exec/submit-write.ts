/**
 * Passes a write plan to the native side and waits for its completion.
 * @module
 */
import { getSystemErrorName } from 'node:util';
import { abortError, throwIfAborted, watchForHang } from '../core/abort.js';
import type { DType } from '../core/dtype.js';
import { type FillValue, fillWords } from '../core/fill.js';
import {
  type Durability,
  durabilityLevels,
  indexLocations,
  shardWord,
  shardWords,
  writeStatWord,
  writeStatWords,
  writeWord,
  writeWords,
} from '../core/generated/write.js';
import { binding, isNativeError, type NativeHandle } from '../native/binding.js';
import { toWriteError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import type { ShardLayout } from '../plan/locations.js';
import { exitEarly } from './exit-early.js';
import { type OnProgress, type Progress, type ProgressReports, reportProgress } from './progress.js';
import { takeMemory } from './target-memory.js';
import type { WirePlan } from './wire.js';

/** Statistics of a write. Times are in milliseconds and summed over threads, except `elapsedMs`. */
export interface WriteStats {
  /** Bytes of the caller's data. */
  readonly bytesGiven: number;
  /** Bytes passed to the file system. */
  readonly bytesWritten: number;
  /** Part of `bytesWritten` that bypassed the page cache (O_DIRECT). */
  readonly bytesDirect: number;
  /** Bytes that were read because the write replaces only a part of a chunk. */
  readonly bytesRead: number;
  /** Chunks that the write changed. */
  readonly chunks: number;
  /** Chunks that were read and merged, because the write replaces only a part of them. */
  readonly chunksMerged: number;
  /** Chunks that are not stored, because all of their elements are the fill value. */
  readonly chunksOmitted: number;
  /** Shard files that were written. */
  readonly shards: number;
  /** System calls that create, write, rename, remove or synchronize. */
  readonly systemCalls: number;
  /** Threads that took part. */
  readonly threads: number;
  /**
   * `pwrite`: the bytes went through the page cache. `direct`: they bypassed it, except for parts that do not fill an
   * aligned block. `none`: nothing was written.
   */
  readonly engine: string;
  /** Reason for the choice of the engine, or the error with which the file system refused direct writes. */
  readonly engineReason: string;
  /** Time for collecting and converting elements. */
  readonly gatherMs: number;
  /** Time for encoding chunks. */
  readonly encodeMs: number;
  /** Time in calls that write. */
  readonly writeMs: number;
  /** Time in `fdatasync` and `fsync`. */
  readonly syncMs: number;
  readonly elapsedMs: number;
}

/** Engine of a write, and the reason for its choice. */
export interface WriteEngine extends Pick<WriteStats, 'engine' | 'engineReason'> {
  /** Direct writes begin and end at multiples of this number of bytes; 0 if all writes go through the page cache. */
  readonly directAlignment: number;
}

/** Settings of a write that its plan does not contain. */
export interface WriteSettings {
  readonly durability: Durability;
  /** Type and fill value of the stored array. */
  readonly dtype: DType;
  readonly fillValue: FillValue;
  /** True if chunks that contain only the fill value are not stored. */
  readonly omitsFill: boolean;
  /** Layout of the shards if the plan writes into shards; else null. */
  readonly shards: ShardLayout | null;
  readonly engine: WriteEngine;
  /** Cache that receives the chunks and stores them later; null to store them at once. */
  readonly cache: NativeHandle | null;
}

/** Callbacks and abort signal of a write. */
export interface WriteWatch {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress;
  readonly bytesTotal: number;
  readonly chunksTotal: number;
  /** Called if the write is abandoned, because a system call hangs after an abort. */
  readonly onAbandoned?: () => void;
}

const abortMessage = 'The write was aborted';

/** Returns the settings in the form that the native side reads. */
export function settingWords({ durability, dtype, fillValue, omitsFill, shards, engine }: WriteSettings): Float64Array {
  const words = new Float64Array(writeWords + shardWords * (shards?.counts.length ?? 0));
  words[writeWord.durability] = durabilityLevels.indexOf(durability);
  const fill = fillWords(fillValue, dtype);
  for (let i = 0; i < 4; i++) words[writeWord.fill0 + i] = fill[i] ?? 0;
  words[writeWord.omitsFill] = omitsFill ? 1 : 0;
  words[writeWord.directAlignment] = engine.directAlignment;
  if (shards === null) return words;
  words[writeWord.sharded] = 1;
  words[writeWord.indexLocation] = indexLocations.indexOf(shards.location);
  words[writeWord.indexBigEndian] = shards.byteOrder === 'big' ? 1 : 0;
  words[writeWord.indexChecksum] = shards.checksum === 'crc32c' ? 1 : 0;
  words[writeWord.lengthStride] = shards.lengthStride;
  shards.counts.forEach((count, d) => {
    words[writeWords + d * shardWords + shardWord.count] = count;
    words[writeWords + d * shardWords + shardWord.stride] = shards.strides[d] ?? 0;
  });
  return words;
}

/** Returns the statistics of the write of an empty selection. */
export function noWriteStats(): WriteStats {
  const engine = { engine: 'none', engineReason: 'nothing to write', directAlignment: 0 };
  return toWriteStats(new Float64Array(writeStatWords), 0, engine);
}

/** Returns the engine that ran: `pwrite` instead of the chosen engine if the file system refused all direct writes. */
function engineThatRan({ engine, engineReason }: WriteEngine, bytesDirect: number, refusal: number) {
  if (refusal === 0) return { engine, engineReason };
  const code = getSystemErrorName(-refusal);
  return {
    engine: bytesDirect > 0 ? engine : 'pwrite',
    engineReason: `direct writes were refused (${code}), so the rest of the bytes went through the page cache`,
  };
}

function toWriteStats(words: Float64Array, bytesGiven: number, engine: WriteEngine): WriteStats {
  const word = (name: keyof typeof writeStatWord): number => words[writeStatWord[name]] ?? 0;
  const ms = (name: keyof typeof writeStatWord): number => word(name) / 1e6;
  return {
    bytesGiven,
    bytesWritten: word('bytesWritten'),
    bytesDirect: word('bytesDirect'),
    bytesRead: word('bytesRead'),
    chunks: word('chunksDone'),
    chunksMerged: word('chunksMerged'),
    chunksOmitted: word('chunksOmitted'),
    shards: word('shardsWritten'),
    systemCalls: word('systemCalls'),
    threads: word('threads'),
    ...engineThatRan(engine, word('bytesDirect'), word('directErrno')),
    gatherMs: ms('gatherNs'),
    encodeMs: ms('encodeNs'),
    writeMs: ms('writeNs'),
    syncMs: ms('syncNs'),
    elapsedMs: ms('elapsedNs'),
  };
}

/**
 * Performs `plan` on the pool's threads. The promise settles when no thread reads `source` any more. A write that hangs
 * after an abort settles earlier; its memory is then detached from `source` (target-memory.ts).
 * @throws {WriteError} of the first system call that failed, in plan order. @throws {AbortError}
 * @throws {ConversionError} if a value does not fit. @throws {CodecError} if a chunk to be merged is damaged.
 * @throws {UnsupportedError} if a codec has no encoder.
 */
export async function submitWrite(
  plan: WirePlan,
  source: ArrayBufferView,
  settings: WriteSettings,
  watch: WriteWatch,
): Promise<WriteStats> {
  const { signal, onProgress, bytesTotal, chunksTotal } = watch;
  throwIfAborted(signal, abortMessage);
  const native = binding();
  const words = new Float64Array(writeStatWords);
  let reports: ProgressReports | undefined;
  const error = await new Promise<Parameters<Parameters<typeof native.write>[7]>[0]>((resolve, reject) => {
    const ticket = native.write(
      plan.words,
      plan.tables,
      plan.strings,
      plan.handles,
      source,
      settingWords(settings),
      words,
      (outcome) => {
        reports?.end();
        unwatch();
        turn.run(() => resolve(outcome));
      },
      settings.cache,
    );
    if (isNativeError(ticket)) {
      resolve(ticket);
      return;
    }
    const convert = (counters: Float64Array): Progress => {
      const [bytesDone = 0, chunksDone = 0] = [counters[writeStatWord.bytesTaken], counters[writeStatWord.chunksDone]];
      return { bytesDone, bytesTotal, chunksDone, chunksTotal };
    };
    reports = reportProgress(ticket, new Float64Array(writeStatWords), convert, onProgress);
    const abandon = (): void => {
      const { isTaken, owner } = takeMemory(source.buffer);
      if (!native.abandon(ticket, owner)) return;
      exitEarly();
      reports?.end();
      unwatch();
      watch.onAbandoned?.();
      reject(abortError(signal, hungMessage(isTaken)));
    };
    const unwatch = watchForHang(signal, () => native.cancel(ticket), abandon);
  });
  if (reports?.error !== undefined) throw reports.error.thrown;
  if (error !== null) {
    if (error.kind === 'cancelled' && signal !== undefined) throw abortError(signal, abortMessage);
    throw toWriteError(error);
  }
  onProgress?.({ bytesDone: bytesTotal, bytesTotal, chunksDone: chunksTotal, chunksTotal });
  return toWriteStats(words, bytesTotal, settings.engine);
}

function hungMessage(isTaken: boolean): string {
  const effect = isTaken
    ? 'the buffer of the data was detached'
    : 'the memory of the data is shared and cannot be detached: do not change it';
  return `The write was aborted while a system call hangs that may still write the data, so ${effect}`;
}
