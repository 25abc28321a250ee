/**
 * How late a timer fires while something else happens.
 * @module
 */

/** The interval of the timer. */
const intervalMs = 10;

/**
 * Runs `body` while a timer of 10 ms fires.
 * @returns the largest delay of the timer in milliseconds, beyond its interval.
 */
export async function latenessDuring(body: () => unknown): Promise<number> {
  let worst = 0;
  let due = performance.now() + intervalMs;
  let timer = setTimeout(tick, intervalMs);
  function tick(): void {
    const now = performance.now();
    worst = Math.max(worst, now - due);
    due = now + intervalMs;
    timer = setTimeout(tick, intervalMs);
  }
  try {
    await body();
    // A call that blocked at the very end delays this turn.
    await new Promise((resolve) => setImmediate(resolve));
    worst = Math.max(worst, performance.now() - due);
  } finally {
    clearTimeout(timer);
  }
  return worst;
}
