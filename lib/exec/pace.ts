/**
 * Calls at a pace, kept by a clock: timers alone may come early.
 * @module
 */

/** What a pace is kept by, in milliseconds. Tests have one of their own. */
export interface Time {
  now(): number;
  /** Calls `act` after about `ms`; gives what takes that back. */
  after(ms: number, act: () => void): () => void;
}

const realTime: Time = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Calls `act` again and again. Between two calls, and before the first, `intervalMs` or more pass.
 * @returns what ends it; also within `act`.
 */
export function paced(act: () => void, intervalMs: number, time: Time = realTime): () => void {
  let due = time.now() + intervalMs;
  const tick = (): void => {
    const now = time.now();
    const isDue = now >= due;
    if (isDue) due = now + intervalMs;
    // At least 1 ms: a timer that comes early would be asked for again and again.
    cancel = time.after(Math.max(1, due - now), tick);
    if (isDue) act();
  };
  let cancel = time.after(intervalMs, tick);
  return () => cancel();
}
