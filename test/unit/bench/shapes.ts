/**
 * Typical measurements of different machines. A row gives the main numbers of a cell; the other numbers are derived.
 */
import type { Access, AccessMethod, Cell } from '../../../lib/bench/cell.js';

/** The main numbers of a cell. Times are in milliseconds per call. A call reads 1 MiB. */
export interface Row {
  readonly n: number;
  readonly gbps: number;
  readonly p99?: number;
  /**
   * CPU time of a call (`onCpu`), and time waiting for a CPU (`runnable`). In the rest of the call, the thread is
   * blocked.
   */
  readonly onCpu?: number;
  readonly runnable?: number;
  readonly depth?: number;
  readonly spread?: number;
  readonly others?: number;
  readonly fromStorage?: number;
  readonly twice?: number;
  readonly distinct?: number;
}

const block = 2 ** 20;

/**
 * Creates the cells of one method. The latency follows from Little's law: the calls in progress divided by their rate.
 */
export function cellsOf(way: AccessMethod, access: Access, rows: readonly Row[]): Cell[] {
  return rows.map((row): Cell => {
    const rate = (row.gbps * 1e9) / block;
    const mean = (row.n / rate) * 1e3;
    const { onCpu = 0.05, runnable = 0, spread = 0.02, others = 0, p99 = 1.5 * mean } = row;
    const fromStorage = row.fromStorage ?? (access === 'cached' ? 0 : 1);
    const operations = Math.round(rate / 2);
    const bytes = operations * block;
    const hasCoverage = way === 'read' || way === 'unlocked';
    return {
      way,
      access,
      n: row.n,
      rounds: 3,
      operations,
      bytes,
      elapsedMs: 500,
      throughput: row.gbps * 1e9,
      throughputRange: [row.gbps * 1e9 * (1 - spread), row.gbps * 1e9 * (1 + spread)],
      latency: { mean, p50: mean, p95: mean * 1.2, p99, max: p99 * 2 },
      p99Range: [p99 * 0.9, p99 * 1.1],
      time: { onCpu, runnable, blocked: Math.max(0, mean - onCpu - runnable) },
      inFlight: row.n,
      switches: { voluntary: fromStorage, involuntary: 0 },
      deviceBytes: fromStorage * bytes,
      device: {
        bytesRead: fromStorage * bytes,
        requests: operations,
        bytesWritten: 0,
        writeRequests: 0,
        queueDepth: row.depth ?? row.n * fromStorage,
        busy: 1,
      },
      residency: { before: (1 - fromStorage) * 2 ** 28, after: (1 - fromStorage) * 2 ** 28, of: 2 ** 28 },
      coverage: hasCoverage
        ? {
            delivered: operations,
            twice: row.twice ?? 0,
            lost: row.twice ?? 0,
            unknown: 0,
            distinctBlocks: row.distinct ?? 256,
            blocks: 256,
          }
        : null,
      surroundings: { othersCpu: others, steal: 0, pressure: null },
    };
  });
}

/** Two cores, data in the page cache: the second thread doubles throughput, and further threads wait for a CPU. */
export const fewCores = (way: AccessMethod = 'pread'): Cell[] =>
  cellsOf(way, 'cached', [
    { n: 1, gbps: 10, p99: 0.1, onCpu: 0.105 },
    { n: 2, gbps: 19, p99: 0.2, onCpu: 0.11 },
    { n: 3, gbps: 19.2, p99: 4.1, onCpu: 0.11, runnable: 0.054 },
    { n: 4, gbps: 19.1, p99: 8.1, onCpu: 0.11, runnable: 0.11 },
    { n: 8, gbps: 19, p99: 20, onCpu: 0.11, runnable: 0.33 },
  ]);

/** A rotating disk with direct reads: one reader saturates it, and the queue grows with the number of readers. */
export const rotatingDisk = (way: AccessMethod = 'pread'): Cell[] =>
  cellsOf(way, 'direct', [
    { n: 1, gbps: 0.16 },
    { n: 2, gbps: 0.165 },
    { n: 4, gbps: 0.16 },
    { n: 8, gbps: 0.155 },
    { n: 16, gbps: 0.15 },
  ]);

/** A fast NVMe disk on many cores: throughput grows up to 16 reads in flight. */
export const fastNvme = (way: AccessMethod = 'pread'): Cell[] =>
  cellsOf(way, 'direct', [
    { n: 1, gbps: 1.9 },
    { n: 2, gbps: 3.4 },
    { n: 4, gbps: 5.6 },
    { n: 8, gbps: 7.6 },
    { n: 16, gbps: 9.4 },
  ]);

/**
 * Cached reads on a machine with many cores and high memory bandwidth, with 1 MiB per task. The throughputs are those
 * published for a GH200 (rapidsai/kvikio issue 629, GiB/s at 1 to 64 threads); the CPU time per call is derived from
 * them.
 */
export const manyCores = (): Cell[] =>
  cellsOf(
    'pread',
    'cached',
    [
      [1, 10.5],
      [2, 20.7],
      [4, 38.2],
      [8, 61.4],
      [16, 84.3],
      [32, 94.3],
      [64, 91.2],
    ].map(([n = 0, gib = 0]) => ({ n, gbps: gib * 1.0737, onCpu: n / ((gib * 1.0737e9) / block) / 1e-3 })),
  );
