/**
 * Compares the throughput of two series of cells.
 * @module
 */
import type { Access } from '../cell.js';
import {
  at,
  best,
  hasRounds,
  maxOthersShare,
  measureNoise,
  measureOthersShare,
  percent,
  type Rated,
} from './verdict.js';

/** Returns the throughput of one series relative to another, at each parallelism above 1 that both have. */
export function ratios(
  series: readonly Rated[],
  to: readonly Rated[],
): { readonly n: number; readonly ratio: number }[] {
  return series.flatMap((cell) => {
    const other = at(to, cell.n);
    return cell.n < 2 || other === undefined ? [] : [{ n: cell.n, ratio: cell.throughput / other.throughput }];
  });
}

/** Returns the highest throughput of a series, divided by its throughput with one thread; NaN without the latter. */
export function scaling(series: readonly Rated[]): number {
  return best(series) / (at(series, 1)?.throughput ?? Number.NaN);
}

/**
 * Returns the reason why comparisons of these series are unreliable; null if they are reliable. For example, other
 * processes may compete with reads of cached data for CPUs.
 */
export function findDisturbance(access: Access | 'buffered', ...series: readonly (readonly Rated[])[]): string | null {
  const others = Math.max(...series.map(measureOthersShare));
  if (access !== 'direct' && others > maxOthersShare)
    return `other processes used ${percent(others)} of the CPUs at the same time`;
  if (!series.every(hasRounds)) return 'a single round does not show how much the numbers vary';
  const noise = Math.max(...series.map(measureNoise));
  return noise > 0.35 ? `the rounds of a cell differ by ±${percent(noise)}` : null;
}
