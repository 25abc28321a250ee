/**
 * Defines verdicts, and helpers for the rules. Rules are pure functions from measured numbers to an answer and its
 * reasons.
 * @module
 */
import type { Access, AccessMethod, Cell } from '../cell.js';

/** Question that a verdict answers. */
export type Question = 'one file or many' | 'the knee' | 'the page cache';

/** Answer of a rule to a question. */
export interface Verdict {
  readonly question: Question;
  /** Subject of the verdict, such as `pread, cached`. */
  readonly subject: string;
  /** Answer as a keyword for programs; `undecided` if the numbers do not decide. */
  readonly answer: string;
  /** Answer as text for people. */
  readonly text: string;
  /** Numbers that the rule used. */
  readonly evidence: Readonly<Record<string, number>>;
}

/** Answer of a rule that cannot decide. */
export const undecided = 'undecided';

/** Returns the cells of one method and access, in ascending order of parallelism. */
export function selectSeries(cells: readonly Cell[], way: AccessMethod, access: Access): Cell[] {
  return cells.filter((cell) => cell.way === way && cell.access === access).sort((a, b) => a.n - b.n);
}

/** Numbers of a cell that comparisons of throughput need. */
export type Rated = Pick<Cell, 'n' | 'rounds' | 'throughput' | 'throughputRange' | 'surroundings'>;

/** Returns the cell of a series at one parallelism. */
export function at<One extends Rated>(series: readonly One[], n: number): One | undefined {
  return series.find((cell) => cell.n === n);
}

/** True if each cell of a series has several rounds, which show how much the numbers vary. */
export function hasRounds(series: readonly Rated[]): boolean {
  return series.every(({ rounds }) => rounds > 1);
}

/**
 * Returns the noise of a series. The noise of a cell is half the difference between its fastest and its slowest round,
 * divided by its throughput. The noise of the series is the median of its cells; 0 if each has a single round.
 */
export function measureNoise(series: readonly Rated[]): number {
  const spreads = series
    .map(({ throughput, throughputRange: [least, most] }) => (most - least) / (2 * throughput))
    .sort((a, b) => a - b);
  return spreads[spreads.length >> 1] ?? 0;
}

/**
 * Returns the share of the CPUs that other processes and the hypervisor used during a series: the median over its
 * cells.
 */
export function measureOthersShare(series: readonly Rated[]): number {
  const shares = series
    .flatMap(({ surroundings: s }) => (s === null ? [] : [s.othersCpu + s.steal]))
    .sort((a, b) => a - b);
  return shares[shares.length >> 1] ?? 0;
}

/**
 * Maximum share of the CPUs that other processes and the hypervisor may use during a valid measurement of CPU times.
 */
export const maxOthersShare = 0.15;

/** Returns the highest throughput of a series; 0 if it is empty. */
export function best(series: readonly Rated[]): number {
  return Math.max(0, ...series.map(({ throughput }) => throughput));
}

/** Formats a number with two significant digits below 10 and with three below 100, and as an integer from 100 on. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  return size >= 100
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(size >= 10 ? 3 : 2)));
}

export const rate = (bytesPerSecond: number): string => `${digits(bytesPerSecond / 1e9)} GB/s`;
export const ms = (value: number): string =>
  value < 0.1 ? `${digits(value * 1e3)} µs` : value < 1000 ? `${digits(value)} ms` : `${digits(value / 1e3)} s`;
export const percent = (share: number): string => `${digits(100 * share)} %`;
