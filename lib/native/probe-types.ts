/**
 * Types of the native calls that measure reads and writes.
 * @module
 */
import type { ProbeAccess, ProbeOrder, ProbePattern, ProbePreparation, ProbeSync } from '../core/generated/names.js';

/** Parameters of the probe (native/probe/probe.h). Sizes are in bytes, times in nanoseconds. */
export interface NativeProbeOptions {
  /**
   * Files to read. With `file_each` and T threads, thread i reads the files i, i + T, i + 2 T and so on. Otherwise only
   * the first file is read.
   */
  readonly paths: readonly string[];
  readonly pattern: ProbePattern;
  readonly order: ProbeOrder;
  readonly access: ProbeAccess;
  /**
   * State of the page cache before the measurement: unchanged, or the region is first read into it or evicted from it.
   */
  readonly prepare: ProbePreparation;
  readonly threads: number;
  readonly block_bytes: number;
  /** Region of each file. It consists of whole blocks and starts at a multiple of the block size. */
  readonly offset: number;
  readonly length: number;
  /**
   * The threads stop after this time or after this many operations of all threads together, whichever comes first; 0
   * means no such limit. If both are 0, nothing is read, and only the residency is measured.
   */
  readonly duration_ns: number;
  readonly operations: number;
  /** CLOCK_MONOTONIC time at which to start; 0 to start immediately. */
  readonly start_at_ns: number;
  readonly seed: number;
}

/** Parameters of the probe of writes (native/probe/write_probe.h). Sizes are in bytes, times in nanoseconds. */
export interface NativeWriteProbeOptions {
  /** One file that the threads share, or at least one file per thread. The files must exist. */
  readonly paths: readonly string[];
  readonly access: ProbeAccess;
  readonly sync: ProbeSync;
  readonly threads: number;
  readonly block_bytes: number;
  /** Number of blocks to write to each file. Block i begins at `(first_block + i * block_stride) * block_bytes`. */
  readonly blocks: number;
  readonly first_block: number;
  readonly block_stride: number;
  /** Time after which the threads stop, if blocks are left; 0 for no limit. */
  readonly duration_ns: number;
  /** CLOCK_MONOTONIC time at which to start; 0 to start immediately. */
  readonly start_at_ns: number;
}

/** Results of the probe of writes. Fields with the names of {@link NativeProbeReport} have the same meaning. */
export interface NativeWriteProbeReport {
  readonly started_ns: number;
  /** Time from the first call to the end of the last call. */
  readonly elapsed_ns: number;
  readonly threads: Float64Array;
  readonly latencies: Float64Array;
  readonly latency_sum: number;
  readonly latency_min: number;
  readonly latency_max: number;
  /**
   * Kernel functions in which the threads waited when they were sampled. `0`: the thread ran or could run, or the
   * kernel hides the name. Empty: the name could not be read.
   */
  readonly wait_names: readonly string[];
  /** Number of samples for each name. */
  readonly wait_counts: Float64Array;
}

/** Results of the probe. A number is NaN if the kernel does not provide it. */
export interface NativeProbeReport {
  readonly started_ns: number;
  readonly elapsed_ns: number;
  readonly region_bytes: number;
  readonly resident_before: number;
  readonly resident_after: number;
  /**
   * Ten numbers per thread: wall time, time in calls, time on CPU, time runnable; voluntary and involuntary context
   * switches; calls, bytes, short reads, bytes read from the device.
   */
  readonly threads: Float64Array;
  /** Histogram of latencies in nanoseconds, three numbers per bucket: lowest value, width, count. */
  readonly latencies: Float64Array;
  readonly latency_sum: number;
  readonly latency_min: number;
  readonly latency_max: number;
  /**
   * Seven numbers if the threads share one file position: blocks delivered, delivered twice, lost and unknown; passes
   * over the region; blocks with unique content, and all blocks. Otherwise empty.
   */
  readonly coverage: Float64Array;
}
