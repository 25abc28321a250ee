/**
 * Passes a plan to the native side and waits for its completion.
 * @module
 */
import { isMainThread } from 'node:worker_threads';
import { abortError, hangMs, onAbort, onStall, throwIfAborted } from '../core/abort.js';
import { statWordCount, statWords } from '../core/generated/stats.js';
import { binding, isNativeError } from '../native/binding.js';
import type { ReadTarget } from '../native/binding-types.js';
import { toError } from '../native/native-error.js';
import { callAtIntervals } from './pace.js';
import { takeMemory, useMemory } from './target-memory.js';
import type { WirePlan } from './wire.js';

/** Progress of a read. */
export interface Progress {
  /** Bytes of the result that are complete. */
  readonly bytesDone: number;
  /** Bytes of the result. */
  readonly bytesTotal: number;
  /** Number of chunks that are decoded or known to be absent. */
  readonly chunksDone: number;
  /** Number of chunks that the selection touches. */
  readonly chunksTotal: number;
}

/** Callbacks and abort signals of an asynchronous read. */
export interface Watch {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly bytesTotal: number;
  readonly chunksTotal: number;
  /** Aborted when the array is closed. A read that hangs is then abandoned. */
  readonly closing?: AbortSignal | undefined;
  /**
   * True if the result's memory was allocated for this read, so that the caller has no access to it yet. If the read
   * hangs, it is abandoned without detaching the memory.
   */
  readonly isFresh?: boolean | undefined;
}

let shared: Float64Array | undefined;

/**
 * Returns the buffer for the native counters of a completed read. All reads share it, because they complete one at a
 * time.
 */
function sharedCounters(): Float64Array {
  shared ??= new Float64Array(statWordCount);
  return shared;
}

function copyCounters(): number[] {
  const words = sharedCounters();
  const copy = new Array<number>(statWordCount);
  for (let i = 0; i < statWordCount; i++) copy[i] = words[i] ?? 0;
  return copy;
}

/** Minimum time in milliseconds between progress reports. The final report is immediate. */
const progressIntervalMs = 100;

let exitsEarly = false;

/**
 * Makes the process exit without waiting for native threads. A thread may be blocked in a system call that never
 * returns, and a normal exit would wait for it; `process.exit` does not.
 */
function exitEarly(): void {
  if (exitsEarly || !isMainThread) return;
  exitsEarly = true;
  process.once('exit', (code) => process.exit(code));
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
  const finish = (): readonly number[] => {
    const words = copyCounters();
    const { bytesTotal, chunksTotal } = watch;
    // Elements that no chunk covers count as done. Overlapping chunks count once.
    onProgress?.({ bytesDone: bytesTotal, bytesTotal, chunksDone: chunksTotal, chunksTotal });
    return words;
  };
  if (outcome === null) return finish();
  const ticket = outcome;
  return new Promise((resolve, reject) => {
    const snapshot = new Float64Array(statWordCount);
    let callbackError: { readonly thrown: unknown } | undefined;
    const report = (): void => {
      if (!native.progress(ticket, snapshot)) return;
      try {
        onProgress?.(toProgress(snapshot, watch));
      } catch (thrown) {
        // Fails only this read. Thrown from a timer, the error would end the process.
        callbackError ??= { thrown };
        native.cancel(ticket);
      }
    };
    const endReports = onProgress === undefined ? undefined : callAtIntervals(report, progressIntervalMs);
    const endUse = watch.isFresh === true ? () => {} : useMemory(callersBuffer(target));
    settle = (error) => {
      endReports?.();
      unwatch();
      endUse();
      if (error !== null || callbackError !== undefined) {
        reject(callbackError === undefined ? error : callbackError.thrown);
        return;
      }
      try {
        resolve(finish());
      } catch (thrown) {
        reject(thrown);
      }
    };
    let hanging: NodeJS.Timeout | undefined;
    const abandon = (cause: AbortSignal | undefined): void => {
      native.cancel(ticket);
      const taken = watch.isFresh === true ? null : takeMemory(callersBuffer(target));
      if (!native.abandon(ticket, taken?.owner ?? null)) return;
      exitEarly();
      endReports?.();
      unwatch();
      endUse();
      reject(abortError(cause, taken === null ? undefined : hungMessage(taken.isTaken)));
    };
    const unwatchSignal = onAbort(signal, () => {
      native.cancel(ticket);
      hanging = setTimeout(() => abandon(signal), hangMs);
    });
    const live = new Float64Array(statWordCount);
    const progress = (): number => {
      native.progress(ticket, live);
      return (live[statWords.bytesDone] ?? 0) + (live[statWords.chunksDone] ?? 0);
    };
    const unwatchClosing = onStall(watch.closing, progress, () => abandon(watch.closing));
    const unwatch = (): void => {
      clearTimeout(hanging);
      unwatchSignal();
      unwatchClosing();
    };
  });
}

/** Returns the caller's buffer that a read fills. Masks belong to the library. */
function callersBuffer(target: ReadTarget): ArrayBufferLike {
  return Array.isArray(target)
    ? ((target as readonly ArrayBufferView[])[0]?.buffer ?? new ArrayBuffer(0))
    : (target as ArrayBufferView).buffer;
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
