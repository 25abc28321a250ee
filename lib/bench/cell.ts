/**
 * Data types of the measurements of a storage benchmark. The JSON of a report is a {@link Measurement} with verdicts.
 * @module
 */

/**
 * Source of the bytes that a cell reads.
 * - `cached`: the page cache. The region is read into it before the measurement.
 * - `direct`: the storage, with O_DIRECT, which bypasses the page cache.
 * - `cold`: the storage, through the page cache. The region is evicted from it before the measurement.
 */
export type Access = 'cached' | 'direct' | 'cold';

/** Order in which blocks are read. */
export type Order = 'sequential' | 'random';

/**
 * Method by which bytes are read.
 * - `read`: `read()` at the file position of one shared descriptor
 * - `unlocked`: like `read`, but without a lock on the position, as before Linux 3.14. The benchmark keeps this
 *   position in user space. The method is a control: its calls may receive the same block, which {@link Coverage} must
 *   show
 * - `pread`: `pread()` on one shared descriptor
 * - `pread-own`: `pread()` on one descriptor per thread
 * - `file-each`: `pread()` on one file per thread
 * - `processes`: processes with one thread each, like parallel `dd`
 * - `hdf5`: threads that read one contiguous dataset with the same bytes through h5py
 * - `posix-par:ENGINE`: this library, with N reads in flight
 * - `fio`, `dd`: these programs, as a reference
 */
export type AccessMethod =
  | 'read'
  | 'unlocked'
  | 'pread'
  | 'pread-own'
  | 'file-each'
  | 'processes'
  | 'hdf5'
  | `posix-par:${string}`
  | 'fio'
  | 'dd';

/** Latency of calls in milliseconds. Percentiles are accurate to 1 %, except those of fio. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Breakdown of the time of a call, in milliseconds per call on average. A field is null if the kernel does not report
 * it.
 */
export interface TimeSplit {
  readonly onCpu: number;
  /** Time in which the thread was runnable but did not run. */
  readonly runnable: number | null;
  /** Time in which the thread waited for storage or for a lock. */
  readonly blocked: number | null;
}

/**
 * Blocks that calls at a shared file position received. If a lock protects the position, k calls receive each of the
 * first k blocks once.
 */
export interface Coverage {
  readonly delivered: number;
  /** Number of times that a block was received again. */
  readonly twice: number;
  /** Number of blocks that no call received. */
  readonly lost: number;
  /** Number of calls that received content which is not a block of the region. */
  readonly unknown: number;
  /**
   * Number of blocks whose content occurs only once in the region. Calls that receive equal blocks cannot be
   * distinguished.
   */
  readonly distinctBlocks: number;
  readonly blocks: number;
}

/** Activity of the block device during the run (/proc/diskstats), including requests of other processes. */
export interface DeviceUse {
  readonly bytesRead: number;
  /** Number of read requests. */
  readonly requests: number;
  readonly bytesWritten: number;
  readonly writeRequests: number;
  /** Average number of requests in the device's queue: the sum of their waiting times divided by the elapsed time. */
  readonly queueDepth: number;
  /** Share of the time in which the device was busy. */
  readonly busy: number;
}

/**
 * Load of the machine during the run. `othersCpu` excludes the benchmark itself and kernel threads, which write back
 * its data; `pressure` includes both.
 */
export interface SystemLoad {
  /** Share of all cores that other processes used. */
  readonly othersCpu: number;
  /** Share of the time that the hypervisor gave to other machines (steal time). */
  readonly steal: number;
  /**
   * Share of the time in which a task was stalled by I/O, memory or CPU (PSI); null if the kernel does not report it.
   */
  readonly pressure: { readonly io: number; readonly memory: number; readonly cpu: number } | null;
}

/**
 * Result of one method with one access and parallelism. It combines several rounds. The rounds of different cells
 * alternate.
 */
export interface Cell {
  readonly way: AccessMethod;
  readonly access: Access;
  /** Number of threads, processes or reads in flight. */
  readonly n: number;
  readonly rounds: number;
  /** Number of calls. Each reads one block. */
  readonly operations: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Median over the rounds, in bytes per second. */
  readonly throughput: number;
  /** Smallest and largest throughput of the rounds, in bytes per second. */
  readonly throughputRange: readonly [least: number, most: number];
  readonly latency: Latency | null;
  /** Smallest and largest 99th percentile of the rounds. Null if a round has fewer than 100 calls or no latencies. */
  readonly p99Range: readonly [least: number, most: number] | null;
  readonly time: TimeSplit | null;
  /** Average number of concurrent calls: the sum of their durations divided by the elapsed time. */
  readonly inFlight: number | null;
  /** Context switches per call: voluntary (the thread waited) and involuntary (it was preempted). */
  readonly switches: { readonly voluntary: number; readonly involuntary: number } | null;
  /** Bytes that the threads of this cell caused to be read from storage, according to the kernel; null if unknown. */
  readonly deviceBytes: number | null;
  readonly device: DeviceUse | null;
  /**
   * Bytes of the region in the page cache: the minimum before any of the rounds, and the number after the last; null if
   * unknown. `of` is the size of the region.
   */
  readonly residency: { readonly before: number | null; readonly after: number | null; readonly of: number };
  readonly coverage: Coverage | null;
  /** Load of the machine. Null for reference tools, whose CPU time cannot be separated from that of other processes. */
  readonly surroundings: SystemLoad | null;
}

/** A cell that was not measured. */
export interface Skipped {
  readonly way: AccessMethod;
  readonly access: Access;
  /** Parallelism; null for every parallelism. */
  readonly n: number | null;
  readonly reason: string;
}

/** Properties of the machine that the verdicts depend on, or that a reader of the report wants to know. */
export interface Machine {
  /** Number of CPUs that the process may use at the same time. */
  readonly cores: number;
  readonly cpu: string;
  readonly isVirtual: boolean;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly fileSystem: string;
  readonly mountOptions: string;
  readonly device: string | null;
  readonly rotational: boolean | null;
  readonly scheduler: string | null;
}

/** Result of a benchmark: cells, settings and machine. */
export interface Measurement {
  readonly schema: 'posix-par.bench/1';
  readonly date: string;
  readonly version: string;
  readonly path: string;
  /** `written` if the benchmark wrote the file itself; `given` if it only read an existing file. */
  readonly fileIs: 'given' | 'written';
  readonly regionBytes: number;
  readonly blockBytes: number;
  readonly order: Order;
  readonly parallelism: readonly number[];
  readonly cellMs: number;
  readonly rounds: number;
  readonly elapsedMs: number;
  readonly machine: Machine;
  readonly cells: readonly Cell[];
  readonly skipped: readonly Skipped[];
}
