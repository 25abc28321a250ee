/**
 * Passes a read plan to the native side and waits for its completion.
 * @module
 */
import { abortError, onStall, throwIfAborted, watchForHang } from '../core/abort.js';
import { statWordCount, statWords } from '../core/generated/stats.js';
import { binding, isNativeError } from '../native/binding.js';
import type { ReadTarget } from '../native/binding-types.js';
import { toError } from '../native/native-error.js';
import { turn } from '../native/turn.js';
import { exitEarly } from './exit-early.js';
import { type OnProgress, type Progress, reportProgress } from './progress.js';
import { takeMemory, useMemory } from './target-memory.js';
import type { WirePlan } from './wire.js';

/** Callbacks and abort signals of an asynchronous read. */
export interface Watch {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress;
  readonly bytesTotal: number;
  readonly chunksTotal: number;
  /** Aborted when the array is closed. A read that hangs is then abandoned. */
  readonly closing?: AbortSignal | undefined;
  /**
   * True if the library allocated the result's memory for this read, so that the caller has no access to it yet. If the
   * read hangs, it is abandoned without detaching the memory.
   */
  readonly isOwned?: boolean | undefined;
}

let shared: Float64Array | undefined;

/**
 * Returns the buffer for the native counters of a completed read. All reads share it, because they complete one at a
 * time.
 */
export function sharedCounters(): Float64Array {
  shared ??= new Float64Array(statWordCount);
  return shared;
}

function copyCounters(): number[] {
  const words = sharedCounters();
  const copy = new Array<number>(statWordCount);
  for (let i = 0; i < statWordCount; i++) copy[i] = words[i] ?? 0;
  return copy;
}

/**
 * Performs `plan` and blocks until it is complete. Returns the counters.
 * @throws the error of the read, after all threads have stopped.
 */
export function submitSync(plan: WirePlan, target: ReadTarget): readonly number[] {
  const outcome = binding().read(plan.words, plan.tables, plan.strings, plan.handles, target, sharedCounters(), null);
  if (isNativeError(outcome)) throw toError(outcome);
  return copyCounters();
}

/**
 * Performs `plan` on the pool's threads. A small read of cached data runs on this thread and completes immediately, if
 * none of its system calls can wait for storage. The promise settles when no thread can write to `target` any more. A
 * read that hangs after an abort settles earlier; its memory is then detached from `target` (target-memory.ts).
 * @throws {AbortError} if the signal is aborted before the end; otherwise the error of the read.
 */
export function submit(
  plan: WirePlan,
  target: ReadTarget,
  watch: Watch,
): readonly number[] | Promise<readonly number[]> {
  const { signal, onProgress } = watch;
  throwIfAborted(signal);
  const native = binding();
  let settle: ((error: Error | null) => void) | undefined;
  const outcome = native.read(
    plan.words,
    plan.tables,
    plan.strings,
    plan.handles,
    target,
    sharedCounters(),
    (error) => {
      const cause =
        error === null
          ? null
          : error.kind === 'cancelled' && signal !== undefined
            ? abortError(signal)
            : toError(error);
      settle?.(cause);
    },
  );
  if (isNativeError(outcome)) throw toError(outcome);
  const reportEnd = (): void => {
    const { bytesTotal, chunksTotal } = watch;
    // Elements that no chunk covers count as done. Overlapping chunks count once.
    onProgress?.({ bytesDone: bytesTotal, bytesTotal, chunksDone: chunksTotal, chunksTotal });
  };
  if (outcome === null) {
    const words = copyCounters();
    reportEnd();
    return words;
  }
  const ticket = outcome;
  return new Promise((resolve, reject) => {
    const snapshot = new Float64Array(statWordCount);
    const reports = reportProgress(ticket, snapshot, (words) => toProgress(words, watch), onProgress);
    const endUse = watch.isOwned === true ? () => {} : useMemory(callersMemory(target));
    settle = (error) => {
      reports.end();
      unwatch();
      endUse();
      const words = copyCounters();
      turn.run(() => {
        if (error !== null || reports.error !== undefined) {
          reject(reports.error === undefined ? error : reports.error.thrown);
          return;
        }
        try {
          reportEnd();
          resolve(words);
        } catch (thrown) {
          reject(thrown);
        }
      });
    };
    const abandon = (cause: AbortSignal | undefined): void => {
      native.cancel(ticket);
      const taken = watch.isOwned === true ? null : takeMemory(callersMemory(target).buffer);
      if (!native.abandon(ticket, taken?.owner ?? null)) return;
      exitEarly();
      reports.end();
      unwatch();
      endUse();
      reject(abortError(cause, taken === null ? undefined : hungMessage(taken.isTaken)));
    };
    const unwatchSignal = watchForHang(
      signal,
      () => native.cancel(ticket),
      () => abandon(signal),
    );
    const live = new Float64Array(statWordCount);
    const progress = (): number => {
      native.progress(ticket, live);
      return (live[statWords.bytesDone] ?? 0) + (live[statWords.chunksDone] ?? 0);
    };
    const unwatchClosing = onStall(watch.closing, progress, () => abandon(watch.closing));
    const unwatch = (): void => {
      unwatchSignal();
      unwatchClosing();
    };
  });
}

/** Returns the caller's memory that a read fills. A mask is memory of the library, so it is not returned. */
function callersMemory(target: ReadTarget): ArrayBufferView {
  return Array.isArray(target)
    ? ((target as readonly ArrayBufferView[])[0] ?? new Uint8Array())
    : (target as ArrayBufferView);
}

function hungMessage(isTaken: boolean): string {
  const effect = isTaken
    ? "the target's buffer was detached"
    : "the target's memory is shared and cannot be detached: do not use it again";
  return `The read was aborted while a system call hangs that may still write to the target, so ${effect}`;
}

function toProgress(words: ArrayLike<number>, { bytesTotal, chunksTotal }: Watch): Progress {
  return {
    bytesDone: Math.min(words[statWords.bytesDone] ?? 0, bytesTotal),
    bytesTotal,
    chunksDone: Math.min(words[statWords.chunksDone] ?? 0, chunksTotal),
    chunksTotal,
  };
}
