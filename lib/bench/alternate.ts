/**
 * Measures the cells of a benchmark in rounds, so that the runs of different cells alternate. A cell is one combination
 * of method, access, parallelism and similar settings.
 * @module
 */
import { isError } from '../core/brands.js';
import { AbortError } from '../core/errors.js';
import type { BenchProgress } from './options.js';

/** Cells to measure. `S` describes a cell. */
export interface Cells<S, R> {
  readonly spots: readonly S[];
  /** Returns the unique name of a cell. */
  readonly keyOf: (spot: S) => string;
  /** Makes one run of a cell. */
  readonly measure: (spot: S) => Promise<R>;
}

/** Settings that benchmarks of reads and of writes share. */
export interface RoundSettings {
  readonly rounds: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: BenchProgress) => void;
}

/** Results of all runs. */
export interface Runs<R> {
  /** Results by the name of the cell, in the order of the runs. */
  readonly rounds: Map<string, R[]>;
  /** Error messages by the name of the cell. */
  readonly failed: Map<string, string>;
  /** First error of a run; null if there is none. */
  readonly firstError: unknown;
}

/** Returns the message of an error, or the text of any other thrown value. */
export function errorMessage(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/**
 * Measures all cells, round after round. Skips cells that failed before, and all cells after the deadline.
 * @param deadline time in milliseconds, as `Date.now()` returns it.
 * @throws {AbortError} if the signal is aborted.
 */
export async function measureAll<S, R>(
  { spots, keyOf, measure }: Cells<S, R>,
  settings: RoundSettings,
  deadline: number,
): Promise<Runs<R>> {
  const rounds = new Map<string, R[]>();
  const failed = new Map<string, string>();
  let firstError: unknown = null;
  const total = spots.length * settings.rounds;
  for (let round = 0; round < settings.rounds; round++) {
    // Every second round runs in reverse order, so that a machine that slows down over time affects all cells equally.
    const order = round % 2 === 0 ? spots : [...spots].reverse();
    for (const [i, spot] of order.entries()) {
      if (settings.signal?.aborted === true) {
        throw new AbortError('The benchmark was aborted', { cause: settings.signal.reason });
      }
      const key = keyOf(spot);
      if (failed.has(key) || Date.now() > deadline) continue;
      settings.onProgress({ phase: 'measuring', done: round * spots.length + i, total, what: key });
      try {
        const done = await measure(spot);
        rounds.set(key, [...(rounds.get(key) ?? []), done]);
      } catch (error) {
        firstError ??= error;
        failed.set(key, errorMessage(error));
      }
    }
  }
  settings.onProgress({ phase: 'measuring', done: total, total, what: '' });
  return { rounds, failed, firstError };
}
