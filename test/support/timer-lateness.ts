/**
 * Measures how late a timer fires while other code runs.
 * @module
 */

/** Interval of the timer in milliseconds. */
const intervalMs = 10;

/**
 * Runs `body` while a timer fires every 10 ms.
 * @returns the maximum delay of the timer in milliseconds.
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
    // If the last call of `body` blocked the thread, the delay is only measured in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    worst = Math.max(worst, performance.now() - due);
  } finally {
    clearTimeout(timer);
  }
  return worst;
}
