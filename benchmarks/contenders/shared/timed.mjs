/** Measures a round of a contender that has `measure()` (see runner/js-cell.mjs). */

/** Converts an entry or a selection of a scenario to one of this library. */
export const toSelection = (selection) =>
  selection.map((s) => (Array.isArray(s) ? { start: s[0], stop: s[1] } : (s?.list ?? s)));

/**
 * Runs `read` once and returns its times. Collects garbage and calls `begin` first; both are not timed.
 * @param divisor number of reads that `read` performs; the times are divided by it
 */
export async function timed(read, begin = () => {}, divisor = 1) {
  begin();
  globalThis.gc();
  const usage = process.cpuUsage();
  const start = performance.now();
  await read();
  const ms = (performance.now() - start) / divisor;
  const { user, system } = process.cpuUsage(usage);
  return { ms: [ms], cpuMs: (user + system) / 1000 / divisor };
}
