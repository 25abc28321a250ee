/**
 * Runs the native probe.
 * @module
 */

import { binding, isNativeError, type NativeProbeOptions, type NativeProbeReport } from '../native/binding.js';
import { toError } from '../native/native-error.js';
import type { Coverage } from './cell.js';
import type { Bucket } from './rounds.js';

/** Result of a probe run. It is plain data, because it may come from another process. */
export interface ProbeResult {
  readonly startedNs: number;
  readonly elapsedNs: number;
  readonly operations: number;
  readonly bytes: number;
  readonly shortReads: number;
  readonly latencies: readonly Bucket[];
  readonly latencySumNs: number;
  readonly latencyMaxNs: number;
  readonly threads: {
    readonly wallNs: number;
    readonly cpuNs: number;
    readonly runnableNs: number;
    readonly voluntary: number;
    readonly involuntary: number;
    readonly deviceBytes: number;
  };
  readonly residentBefore: number;
  readonly residentAfter: number;
  readonly regionBytes: number;
  readonly coverage: Coverage | null;
}

const wordsPerThread = 10;

/** Converts a histogram of the native probe to buckets. */
export function parseBuckets(words: Float64Array): Bucket[] {
  const buckets: Bucket[] = [];
  for (let i = 0; i + 2 < words.length; i += 3) {
    buckets.push({ low: words[i] ?? 0, width: words[i + 1] ?? 1, count: words[i + 2] ?? 0 });
  }
  return buckets;
}

/** Returns a function that sums a counter over the threads of a probe. */
export function threadSums(threads: Float64Array): (counter: number) => number {
  return (counter) => {
    let total = 0;
    for (let i = counter; i < threads.length; i += wordsPerThread) total += threads[i] ?? Number.NaN;
    return total;
  };
}

function parseReport(report: NativeProbeReport): ProbeResult {
  const word = threadSums(report.threads);
  const [delivered = 0, twice = 0, lost = 0, unknown = 0, , distinctBlocks = 0, blocks = 0] = report.coverage;
  return {
    startedNs: report.started_ns,
    elapsedNs: report.elapsed_ns,
    operations: word(6),
    bytes: word(7),
    shortReads: word(8),
    latencies: parseBuckets(report.latencies),
    latencySumNs: report.latency_sum,
    latencyMaxNs: report.latency_max,
    threads: {
      wallNs: word(0),
      cpuNs: word(2),
      runnableNs: word(3),
      voluntary: word(4),
      involuntary: word(5),
      deviceBytes: word(9),
    },
    residentBefore: report.resident_before,
    residentAfter: report.resident_after,
    regionBytes: report.region_bytes,
    coverage: report.coverage.length === 0 ? null : { delivered, twice, lost, unknown, distinctBlocks, blocks },
  };
}

/** Returns options of the probe with the benchmark's defaults. */
export function probeOptions(given: Partial<NativeProbeOptions> & Pick<NativeProbeOptions, 'paths' | 'length'>) {
  return {
    pattern: 'pread_shared',
    order: 'sequential',
    access: 'buffered',
    prepare: 'keep',
    threads: 1,
    block_bytes: 2 ** 20,
    offset: 0,
    duration_ns: 0,
    operations: 0,
    start_at_ns: 0,
    seed: 1,
    ...given,
  } as const satisfies NativeProbeOptions;
}

/**
 * Runs the native probe.
 * @throws {ReadError} if a system call fails, for example with EINVAL if direct I/O is not supported.
 * @throws {RangeError} if the options are inconsistent or do not match the file.
 */
export function probe(options: NativeProbeOptions): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    binding().probe(options, (answer) => {
      if (isNativeError(answer)) reject(toError(answer));
      else resolve(parseReport(answer));
    });
  });
}
