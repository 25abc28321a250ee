/**
 * Runs the native probe of writes.
 * @module
 */
import {
  binding,
  isNativeError,
  type NativeWriteProbeOptions,
  type NativeWriteProbeReport,
} from '../../native/binding.js';
import { toWriteError } from '../../native/native-error.js';
import { parseBuckets, threadSums } from '../probe.js';
import { mergeBuckets, type TimedRound } from '../rounds.js';
import { addWaits, type WaitCounts } from './waits.js';

/** Result of a run of the probe. It is plain data, because it may come from another process. */
export interface WriteProbeResult extends Omit<TimedRound, 'device' | 'surroundings'> {
  readonly startedNs: number;
  readonly threads: NonNullable<TimedRound['threads']>;
  readonly waits: WaitCounts;
}

function parseReport(report: NativeWriteProbeReport): WriteProbeResult {
  const sum = threadSums(report.threads);
  return {
    startedNs: report.started_ns,
    elapsedNs: report.elapsed_ns,
    operations: sum(6),
    bytes: sum(7),
    latencies: parseBuckets(report.latencies),
    latencySumNs: report.latency_sum,
    latencyMaxNs: report.latency_max,
    threads: {
      wallNs: sum(0),
      cpuNs: sum(2),
      runnableNs: sum(3),
      voluntary: sum(4),
      involuntary: sum(5),
      deviceBytes: sum(9),
    },
    waits: Object.fromEntries(report.wait_names.map((name, i) => [name, report.wait_counts[i] ?? 0])),
  };
}

/**
 * Writes blocks with threads, and measures each call.
 * @throws {WriteError} if a system call fails, for example with EINVAL if direct I/O is not supported.
 * @throws {RangeError} if the options are inconsistent.
 */
export function probeWrites(options: NativeWriteProbeOptions): Promise<WriteProbeResult> {
  return new Promise((resolve, reject) => {
    binding().probe_writes(options, (answer) => {
      if (isNativeError(answer)) reject(toWriteError(answer));
      else resolve(parseReport(answer));
    });
  });
}

/** Merges the results of several processes. */
export function mergeWriteResults(results: readonly WriteProbeResult[]): WriteProbeResult {
  const sum = (pick: (result: WriteProbeResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const first = Math.min(...results.map(({ startedNs }) => startedNs));
  const last = Math.max(...results.map(({ startedNs, elapsedNs }) => startedNs + elapsedNs));
  return {
    startedNs: first,
    elapsedNs: last - first,
    operations: sum((r) => r.operations),
    bytes: sum((r) => r.bytes),
    latencies: mergeBuckets(results.map(({ latencies }) => latencies)),
    latencySumNs: sum((r) => r.latencySumNs),
    latencyMaxNs: Math.max(...results.map(({ latencyMaxNs }) => latencyMaxNs)),
    threads: {
      wallNs: sum((r) => r.threads.wallNs),
      cpuNs: sum((r) => r.threads.cpuNs),
      runnableNs: sum((r) => r.threads.runnableNs),
      voluntary: sum((r) => r.threads.voluntary),
      involuntary: sum((r) => r.threads.involuntary),
      deviceBytes: sum((r) => r.threads.deviceBytes),
    },
    waits: addWaits(results.map(({ waits }) => waits)),
  };
}
