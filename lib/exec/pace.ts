/**
 * Calls a function at regular intervals. Checks a clock, because timers alone may fire early.
 * @module
 */

/** Clock and timers, in milliseconds. Tests supply their own. */
export interface Time {
  now(): number;
  /** Calls `act` after about `ms` milliseconds. Returns a function that cancels the call. */
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
 * Calls `act` repeatedly. At least `intervalMs` pass before the first call and between calls.
 * @returns a function that stops the calls; `act` may also use it.
 */
export function callAtIntervals(act: () => void, intervalMs: number, time: Time = realTime): () => void {
  let due = time.now() + intervalMs;
  const tick = (): void => {
    const now = time.now();
    const isDue = now >= due;
    if (isDue) due = now + intervalMs;
    // Waits at least 1 ms, so that a timer that fires early does not cause a busy loop.
    cancel = time.after(Math.max(1, due - now), tick);
    if (isDue) act();
  };
  let cancel = time.after(intervalMs, tick);
  return () => cancel();
}
