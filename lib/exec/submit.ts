/**
 * Hands a plan to the native side and waits for its end.
 * @module
 */
import { isMainThread } from 'node:worker_threads';
import { abortError, hangMs, onAbort, onStall, throwIfAborted } from '../core/abort.js';
import { statWordCount, statWords } from '../core/generated/stats.js';
import { binding, isNativeError } from '../native/binding.js';
import type { ReadTarget } from '../native/binding-types.js';
import { toError } from '../native/native-error.js';
import { paced } from './pace.js';
import type { WirePlan } from './wire.js';

/** How far a read has come. */
export interface Progress {
  /** Bytes of the result that are there. */
  readonly bytesDone: number;
  /** Bytes of the result. */
  readonly bytesTotal: number;
  /** Chunks that are read and decoded, or known to be absent. */
  readonly chunksDone: number;
  /** Chunks that the selection touches. */
  readonly chunksTotal: number;
}

/** What may be observed and stopped of a read that does not block. */
export interface Watch {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly bytesTotal: number;
  readonly chunksTotal: number;
  /** Aborted when the array is closed: a read that hangs is then given up. */
  readonly closing?: AbortSignal | undefined;
  /** The caller has not seen the memory: a read that hangs may be given up before it has ended. */
  readonly isFresh?: boolean | undefined;
}

let shared: Float64Array | undefined;

/** Where the native side writes the account of the read that ends; one for all, since reads end one at a time. */
function account(): Float64Array {
  shared ??= new Float64Array(statWordCount);
  return shared;
}

function copyAccount(): number[] {
  const words = account();
  const copy = new Array<number>(statWordCount);
  for (let i = 0; i < statWordCount; i++) copy[i] = words[i] ?? 0;
  return copy;
}

/** Milliseconds between two reports of progress, at least; the one at the end comes at once. */
const progressIntervalMs = 100;

let exitsWithout = false;

/**
 * A thread may be in a call that never returns. The end of the process waits for all threads, since they write to memory of the
 * process; `process.exit` does not.
 */
function exitWithout(): void {
  if (exitsWithout || !isMainThread) return;
  exitsWithout = true;
  process.once('exit', (code) => process.exit(code));
}

/**
 * Performs `plan` before it returns. The words of the account are returned.
 * @throws what the read failed with, after all threads have stopped.
 */
export function submitSync(plan: WirePlan, target: ReadTarget): readonly number[] {
  const outcome = binding().read(plan.words, plan.tables, plan.strings, plan.handles, target, account(), null);
  if (isNativeError(outcome)) throw toError(outcome);
  return copyAccount();
}

/**
 * Performs `plan` on the pool's threads; small reads of cached data are done at once, on this thread. Settles only when nothing can
 * write to `target` any more.
 * @throws {AbortError} when the signal is raised before the end; else what the read failed with.
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
  const outcome = native.read(plan.words, plan.tables, plan.strings, plan.handles, target, account(), (error) => {
    const cause =
      error === null ? null : error.kind === 'cancelled' && signal !== undefined ? abortError(signal) : toError(error);
    settle?.(cause);
  });
  if (isNativeError(outcome)) throw toError(outcome);
  const finish = (): readonly number[] => {
    const words = copyAccount();
    const { bytesTotal, chunksTotal } = watch;
    // Parts that no chunk supplies are done as well; overlapping chunks count once.
    onProgress?.({ bytesDone: bytesTotal, bytesTotal, chunksDone: chunksTotal, chunksTotal });
    return words;
  };
  if (outcome === null) return finish();
  const ticket = outcome;
  return new Promise((resolve, reject) => {
    const snapshot = new Float64Array(statWordCount);
    let complaint: { readonly thrown: unknown } | undefined;
    const report = (): void => {
      if (!native.progress(ticket, snapshot)) return;
      try {
        onProgress?.(progressOf(snapshot, watch));
      } catch (thrown) {
        // Ends this read and nothing else: from a timer it would end the process.
        complaint ??= { thrown };
        native.cancel(ticket);
      }
    };
    const endReports = onProgress === undefined ? undefined : paced(report, progressIntervalMs);
    settle = (error) => {
      endReports?.();
      unwatch();
      if (error !== null || complaint !== undefined) {
        reject(complaint === undefined ? error : complaint.thrown);
        return;
      }
      try {
        resolve(finish());
      } catch (thrown) {
        reject(thrown);
      }
    };
    let hanging: NodeJS.Timeout | undefined;
    const abandon = (error: Error): void => {
      native.cancel(ticket);
      if (watch.isFresh !== true || !native.abandon(ticket)) return;
      exitWithout();
      endReports?.();
      unwatch();
      reject(error);
    };
    const unwatchSignal = onAbort(signal, () => {
      native.cancel(ticket);
      hanging = setTimeout(() => abandon(abortError(signal)), hangMs);
    });
    const live = new Float64Array(statWordCount);
    const progress = (): number => {
      native.progress(ticket, live);
      return (live[statWords.bytesDone] ?? 0) + (live[statWords.chunksDone] ?? 0);
    };
    const unwatchClosing = onStall(watch.closing, progress, () => abandon(abortError(watch.closing)));
    const unwatch = (): void => {
      clearTimeout(hanging);
      unwatchSignal();
      unwatchClosing();
    };
  });
}

function progressOf(words: ArrayLike<number>, { bytesTotal, chunksTotal }: Watch): Progress {
  return {
    bytesDone: Math.min(words[statWords.bytesDone] ?? 0, bytesTotal),
    bytesTotal,
    chunksDone: Math.min(words[statWords.chunksDone] ?? 0, chunksTotal),
    chunksTotal,
  };
}
