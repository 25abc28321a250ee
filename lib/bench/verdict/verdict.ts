/**
 * A verdict, and how rules name the numbers in it. Rules are pure: measured numbers in, an answer and its grounds out.
 * @module
 */
import type { Access, AccessMethod, Cell } from '../cell.js';

/** Which of the three questions is answered. */
export type Question = 'one file or many' | 'the knee' | 'the page cache';

/** An answer by a rule over measured numbers. */
export interface Verdict {
  readonly question: Question;
  /** What it is about, such as `pread cached`. */
  readonly subject: string;
  /** The answer as a word for programs; `undecided` when the numbers do not decide. */
  readonly answer: string;
  /** The answer in words, for a person. */
  readonly text: string;
  /** The numbers that the rule relied on. */
  readonly evidence: Readonly<Record<string, number>>;
}

/** The answer of a rule whose numbers do not decide. */
export const undecided = 'undecided';

/** The cells of one way and access, by rising parallelism. */
export function seriesOf(cells: readonly Cell[], way: AccessMethod, access: Access): Cell[] {
  return cells.filter((cell) => cell.way === way && cell.access === access).sort((a, b) => a.n - b.n);
}

/** The cell of a series at one parallelism. */
export function at(series: readonly Cell[], n: number): Cell | undefined {
  return series.find((cell) => cell.n === n);
}

/** Whether the rounds tell how far the numbers vary. */
export function hasRounds(series: readonly Cell[]): boolean {
  return series.every(({ rounds }) => rounds > 1);
}

/** Half the spread of the rounds, relative to their middle; the median over the cells, 0 with a single round. */
export function noiseOf(series: readonly Cell[]): number {
  const spreads = series
    .map(({ throughput, throughputRange: [least, most] }) => (most - least) / (2 * throughput))
    .sort((a, b) => a - b);
  return spreads[spreads.length >> 1] ?? 0;
}

/** Share of the processors that others and the hypervisor had while a series was measured; the median over its cells. */
export function othersOf(series: readonly Cell[]): number {
  const shares = series
    .flatMap(({ surroundings: s }) => (s === null ? [] : [s.othersCpu + s.steal]))
    .sort((a, b) => a - b);
  return shares[shares.length >> 1] ?? 0;
}

/** Beyond this share of the processors, others decide what is measured on them. */
export const mostOthers = 0.15;

/** The highest throughput of a series; 0 of none. */
export function best(series: readonly Cell[]): number {
  return Math.max(0, ...series.map(({ throughput }) => throughput));
}

/** A number with three digits, without an exponent. */
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
