/**
 * Helpers for AbortSignals and for calls that hang.
 * @module
 */
import { AbortError } from './errors.js';

/**
 * Actions per watched signal. All actions of a signal share one listener, because Node prints a warning if a signal has
 * more than ten listeners.
 */
const watched = new WeakMap<AbortSignal, { readonly actions: Set<() => void>; readonly listener: () => void }>();

/**
 * Calls `act` when `signal` is aborted. Does nothing if `signal` is already aborted.
 * @returns a function that cancels this.
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

/**
 * Time without progress after which a call counts as hanging, for example because the server of a network file system
 * does not respond.
 */
export const hangMs = 5000;

/**
 * After `closing` is aborted, compares `progress()` every {@link hangMs}, and calls `giveUp` the first time that it has
 * not changed.
 * @returns a function that cancels this.
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

/**
 * When `signal` is aborted, calls `cancel`, and {@link hangMs} later `giveUp`.
 * @returns a function that cancels this. Call it when the call has ended.
 */
export function watchForHang(signal: AbortSignal | undefined, cancel: () => void, giveUp: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const unwatch = onAbort(signal, () => {
    cancel();
    timer = setTimeout(giveUp, hangMs);
  });
  return () => {
    clearTimeout(timer);
    unwatch();
  };
}

/** Creates the error of a call whose `signal` was aborted. */
export function abortError(signal: AbortSignal | undefined, message = 'The read was aborted'): AbortError {
  return new AbortError(message, { cause: signal?.reason });
}

/** Throws if `signal` is aborted. @throws {AbortError} */
export function throwIfAborted(signal: AbortSignal | undefined, message?: string): void {
  if (signal?.aborted === true) throw abortError(signal, message);
}
