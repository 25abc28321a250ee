/**
 * The knee: from which parallelism on more of it buys no throughput, and where the tail of the latencies leaps.
 * @module
 */
import type { Cell } from '../cell.js';
import { hasRounds, noiseOf } from './verdict.js';

/** What a series of cells says about its knee. */
export type Knee =
  | {
      readonly kind: 'knee';
      /** The parallelism beyond which throughput does not grow by more than `tolerance`. */
      readonly n: number;
      readonly tolerance: number;
    }
  | { readonly kind: 'none'; readonly upTo: number; readonly tolerance: number }
  | { readonly kind: 'unclear'; readonly reason: string };

/** Gains of less than this are none. */
const leastGain = 0.1;
/** Rounds that differ by more than this tell nothing about a knee. */
const mostNoise = 0.35;

/**
 * Finds the knee of a series, by rising parallelism: the least parallelism whose throughput no greater one exceeds by
 * more than 10 %, or by more than the rounds of a cell differ.
 */
export function findKnee(series: readonly Cell[]): Knee {
  if (series.length < 3)
    return { kind: 'unclear', reason: `${series.length} parallelisms were measured; a knee needs 3` };
  if (!hasRounds(series)) return { kind: 'unclear', reason: 'a single round does not tell how far the numbers vary' };
  const noise = noiseOf(series);
  if (noise > mostNoise) {
    return { kind: 'unclear', reason: `the rounds of a cell differ by ±${Math.round(100 * noise)} %` };
  }
  const tolerance = Math.max(leastGain, noise);
  const last = series.length - 1;
  const found = series.findIndex((cell, i) =>
    series.slice(i + 1).every(({ throughput }) => throughput <= cell.throughput * (1 + tolerance)),
  );
  const cell = series[found];
  if (cell === undefined || found === last) return { kind: 'none', upTo: series[last]?.n ?? 0, tolerance };
  return { kind: 'knee', n: cell.n, tolerance };
}

/** A leap of the 99th percentile between two neighbouring parallelisms. */
export interface TailLeap {
  readonly from: Cell;
  readonly to: Cell;
  readonly factor: number;
}

/**
 * The first place where the 99th percentile is three times the least seen before, and has grown at least twice as fast
 * as the parallelism: growth in proportion is what Little's law asks for, a leap is not.
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

/** Little's law on a series: what the mean latency has to be, once throughput has reached its bound. */
export interface LittlesLaw {
  /** Mean latency at the least parallelism, in milliseconds. */
  readonly unloadedMs: number;
  /** Calls a second at the highest throughput. */
  readonly highestRate: number;
  /** Parallelism at which the two bounds meet: below it latency is what it is, above it latency is n over the rate. */
  readonly crossing: number;
  readonly points: readonly {
    readonly n: number;
    /** The latency that the bounds ask for at least, in milliseconds. */
    readonly boundMs: number;
    readonly meanMs: number;
    /** Calls in progress, by the clock, and by rate times latency. Without a mistake they are equal. */
    readonly inFlight: number;
    readonly rateTimesLatency: number;
  }[];
}

/** Little's law, `calls in progress = rate x latency`, on a series; null without latencies. */
export function littlesLaw(series: readonly Cell[]): LittlesLaw | null {
  const told = series.flatMap((cell) =>
    cell.latency === null ? [] : [{ cell, latency: cell.latency, rate: cell.operations / (cell.elapsedMs / 1e3) }],
  );
  const first = told[0];
  if (first === undefined) return null;
  const highestRate = Math.max(...told.map(({ rate }) => rate));
  const unloadedMs = first.latency.mean;
  return {
    unloadedMs,
    highestRate,
    crossing: (highestRate * unloadedMs) / 1e3,
    points: told.map(({ cell, latency, rate }) => ({
      n: cell.n,
      boundMs: Math.max(unloadedMs, (cell.n / highestRate) * 1e3),
      meanMs: latency.mean,
      inFlight: cell.inFlight ?? Number.NaN,
      rateTimesLatency: (rate * latency.mean) / 1e3,
    })),
  };
}
