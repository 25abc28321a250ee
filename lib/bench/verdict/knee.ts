/**
 * Finds the knee, which is the parallelism beyond which throughput does not grow, and the parallelism at which the tail
 * latency leaps.
 * @module
 */
import type { Cell } from '../cell.js';
import { hasRounds, measureNoise } from './verdict.js';

/** Result of the search for a knee in a series of cells. */
export type Knee =
  | {
      readonly kind: 'knee';
      /** Parallelism beyond which throughput does not grow by more than `tolerance`. */
      readonly n: number;
      readonly tolerance: number;
    }
  | { readonly kind: 'none'; readonly upTo: number; readonly tolerance: number }
  | { readonly kind: 'unclear'; readonly reason: string };

/** Minimum relative gain of throughput that counts as growth. */
const minGain = 0.1;
/** Maximum difference between rounds for which a knee can be determined. */
const maxNoise = 0.35;

/**
 * Finds the knee of a series in ascending order of parallelism. It is the smallest parallelism for which no greater
 * parallelism has a throughput that is higher by more than the tolerance. The tolerance is 10 %, or the noise of the
 * series (measureNoise) if that is greater.
 */
export function findKnee(series: readonly Cell[]): Knee {
  if (series.length < 3)
    return { kind: 'unclear', reason: `only ${series.length} parallelisms were measured; finding a knee needs 3` };
  if (!hasRounds(series)) return { kind: 'unclear', reason: 'a single round does not show how much the numbers vary' };
  const noise = measureNoise(series);
  if (noise > maxNoise) {
    return { kind: 'unclear', reason: `the rounds of a cell differ by ±${Math.round(100 * noise)} %` };
  }
  const tolerance = Math.max(minGain, noise);
  const last = series.length - 1;
  const found = series.findIndex((cell, i) =>
    series.slice(i + 1).every(({ throughput }) => throughput <= cell.throughput * (1 + tolerance)),
  );
  const cell = series[found];
  if (cell === undefined || found === last) return { kind: 'none', upTo: series[last]?.n ?? 0, tolerance };
  return { kind: 'knee', n: cell.n, tolerance };
}

/**
 * Leap of the 99th percentile from one parallelism to the next. `factor` is its value at `to`, divided by its lowest
 * value at smaller parallelisms.
 */
export interface TailLeap {
  readonly from: Cell;
  readonly to: Cell;
  readonly factor: number;
}

/**
 * Finds the first point at which the 99th percentile is at least three times its lowest previous value, and has grown
 * at least twice as fast as the parallelism. By Little's law, the latency may grow in proportion to the parallelism,
 * but not faster.
 */
export function findTailLeap(series: readonly Cell[]): TailLeap | null {
  let lowest: { readonly n: number; readonly p99: number } | null = null;
  for (const [i, to] of series.entries()) {
    const from = series[i - 1];
    const p99 = to.latency?.p99;
    if (p99 === undefined) continue;
    if (from !== undefined && lowest !== null) {
      const factor = p99 / lowest.p99;
      if (factor >= 3 && factor >= (2 * to.n) / lowest.n) return { from, to, factor };
    }
    if (lowest === null || p99 < lowest.p99) lowest = { n: to.n, p99 };
  }
  return null;
}

/** Little's law for a series: lower bounds of the mean latency, given the highest throughput. */
export interface LittlesLaw {
  /** Mean latency at the smallest parallelism, in milliseconds. */
  readonly unloadedMs: number;
  /** Highest throughput in calls per second. */
  readonly highestRate: number;
  /**
   * Parallelism at which the two lower bounds of the latency are equal. The bounds are the unloaded latency, and the
   * parallelism divided by the highest rate.
   */
  readonly crossing: number;
  readonly points: readonly {
    readonly n: number;
    /** Lower bound of the mean latency, in milliseconds. */
    readonly boundMs: number;
    readonly meanMs: number;
    /**
     * Average number of concurrent calls, computed from measured durations. By Little's law, it should equal
     * `rateTimesLatency`.
     */
    readonly inFlight: number;
    readonly rateTimesLatency: number;
  }[];
}

/** Applies Little's law, `concurrent calls = rate x latency`, to a series. Returns null if it has no latencies. */
export function littlesLaw(series: readonly Cell[]): LittlesLaw | null {
  const measured = series.flatMap((cell) =>
    cell.latency === null ? [] : [{ cell, latency: cell.latency, rate: cell.operations / (cell.elapsedMs / 1e3) }],
  );
  const first = measured[0];
  if (first === undefined) return null;
  const highestRate = Math.max(...measured.map(({ rate }) => rate));
  const unloadedMs = first.latency.mean;
  return {
    unloadedMs,
    highestRate,
    crossing: (highestRate * unloadedMs) / 1e3,
    points: measured.map(({ cell, latency, rate }) => ({
      n: cell.n,
      boundMs: Math.max(unloadedMs, (cell.n / highestRate) * 1e3),
      meanMs: latency.mean,
      inFlight: cell.inFlight ?? Number.NaN,
      rateTimesLatency: (rate * latency.mean) / 1e3,
    })),
  };
}
