/**
 * Signals that calls are given up by.
 * @module
 */
import { AbortError } from './errors.js';

/** What is done when a signal is aborted: one listener for all of it, since Node warns of a signal with more than ten. */
const watched = new WeakMap<AbortSignal, { readonly actions: Set<() => void>; readonly listener: () => void }>();

/**
 * Calls `act` when `signal` is aborted, unless it is aborted already.
 * @returns what takes that back.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {};
  let watch = watched.get(signal);
  if (watch === undefined) {
    const actions = new Set<() => void>();
    const listener = (): void => {
      for (const action of [...actions]) action();
    };
    watch = { actions, listener };
    watched.set(signal, watch);
    signal.addEventListener('abort', listener, { once: true });
  }
  const { actions, listener } = watch;
  actions.add(act);
  return () => {
    if (!actions.delete(act) || actions.size > 0) return;
    watched.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

/** A call that makes no progress for so long hangs, as it may on a network file system whose server is gone. */
export const hangMs = 5000;

/**
 * Calls `giveUp` once `closing` is aborted and `progress()` has not changed for {@link hangMs}.
 * @returns what takes that back.
 */
export function onStall(closing: AbortSignal | undefined, progress: () => number, giveUp: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    const before = progress();
    timer = setTimeout(() => (progress() === before ? giveUp() : watch()), hangMs);
  };
  if (closing?.aborted === true) watch();
  const unwatch = onAbort(closing?.aborted === true ? undefined : closing, watch);
  return () => {
    clearTimeout(timer);
    unwatch();
  };
}

/** The error of a call whose `signal` was aborted. */
export function abortError(signal: AbortSignal | undefined): AbortError {
  return new AbortError('The read was aborted', { cause: signal?.reason });
}

/** @throws {AbortError} when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
