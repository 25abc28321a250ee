/** Creates invented measurements of writes, with which the rules of verdicts are tested. */
import type { WriteCell, WriteMethod } from '../../../../lib/bench/write/cell.js';
import type { SeriesKey } from '../../../../lib/bench/write/verdict.js';
import { summarizeWaits, type WaitCounts } from '../../../../lib/bench/write/waits.js';

/**
 * The main numbers of a measurement. `waits` counts samples by the kernel function in which a thread waited. It is null
 * for measurements of other programs, whose threads are not sampled.
 */
export interface WriteRow {
  readonly n: number;
  readonly gbps: number;
  readonly waits?: WaitCounts | null;
  readonly spread?: number;
  readonly others?: number;
  readonly blocked?: number;
  readonly rounds?: number;
}

const block = 2 ** 20;

export function writeCells(method: WriteMethod, key: SeriesKey, rows: readonly WriteRow[]): WriteCell[] {
  return rows.map(({ n, gbps, waits = {}, spread = 0.02, others = 0, blocked = 0, rounds = 3 }): WriteCell => {
    const rate = (gbps * 1e9) / block;
    const mean = (n / rate) * 1e3;
    const operations = Math.round(rate / 2);
    return {
      method,
      ...key,
      n,
      rounds,
      operations,
      bytes: operations * block,
      elapsedMs: 500,
      throughput: gbps * 1e9,
      throughputRange: [gbps * 1e9 * (1 - spread), gbps * 1e9 * (1 + spread)],
      latency: { mean, p50: mean, p95: mean, p99: mean, max: 2 * mean },
      time: { onCpu: mean * (1 - blocked), runnable: 0, blocked: mean * blocked },
      inFlight: n,
      switches: { voluntary: 1, involuntary: 0 },
      waits: waits === null ? null : summarizeWaits(waits),
      device: null,
      surroundings: { othersCpu: others, steal: 0, pressure: null },
    };
  });
}

/** Samples of `n` threads of which one writes and the others wait for the lock in `ext4_buffered_write_iter`. */
export const exclusive = (n: number): WaitCounts => ({ '0': 100, ext4_buffered_write_iter: 100 * (n - 1) });
/** Samples of `n` threads that all wait for the storage most of the time. */
export const inStorage = (n: number): WaitCounts => ({ '0': 10 * n, __iomap_dio_rw: 90 * n });
/** Samples of `n` threads that do not wait. */
export const onCpu = (n: number): WaitCounts => ({ '0': 100 * n });
