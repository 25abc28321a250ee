/**
 * What a benchmark of storage measures, as data: the report's JSON is made of these types and nothing else.
 * @module
 */

/**
 * Where the bytes come from. `cached`: the region is read into the page cache first. `direct`: O_DIRECT, past the page
 * cache. `cold`: the region is dropped from the page cache first, then read through it.
 */
export type Access = 'cached' | 'direct' | 'cold';

/** In which order blocks are read. */
export type Order = 'sequential' | 'random';

/**
 * How the bytes are read.
 * - `read`: `read()` at the position of one shared descriptor
 * - `unlocked`: the same with a position that no lock protects, as before Linux 3.14; a control, done in user space
 * - `pread`: `pread()` on one shared descriptor
 * - `pread-own`: `pread()` on a descriptor each
 * - `file-each`: `pread()` on a file each
 * - `processes`: processes with one thread each, as parallel `dd` does
 * - `hdf5`: threads on one contiguous dataset of the same bytes through h5py
 * - `posix-par:ENGINE`: this library, N reads in flight
 * - `fio`, `dd`: the programs of these names, as referenceTools
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

/** Latencies of calls in milliseconds; the percentiles are good to 1 %. */
export interface Latency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Where the time of a call went: milliseconds a call, on average. null: the kernel does not keep it. */
export interface TimeSplit {
  readonly onCpu: number;
  /** Runnable, and not running. */
  readonly runnable: number | null;
  /** Neither: waiting for storage or for a lock. */
  readonly blocked: number | null;
}

/** What a shared position delivered: k calls must deliver the first k blocks, each once. */
export interface Coverage {
  readonly delivered: number;
  /** Deliveries beyond the first of a block. */
  readonly twice: number;
  /** Blocks that nobody got. */
  readonly lost: number;
  /** Deliveries whose content is no block of the region. */
  readonly unknown: number;
  /** Blocks whose content occurs once in the region; the others are counted by content. */
  readonly distinctBlocks: number;
  readonly blocks: number;
}

/** What the block device did meanwhile (/proc/diskstats); others' requests are in it. */
export interface DeviceUse {
  readonly bytesRead: number;
  readonly requests: number;
  /** Requests in the device's queue on average: their waiting time over the time that passed. */
  readonly queueDepth: number;
  /** Share of the time in which the device had something to do. */
  readonly busy: number;
}

/** What the rest of the machine did meanwhile. */
export interface SystemLoad {
  /** Share of all cores that neither the benchmark nor idleness had. */
  readonly othersCpu: number;
  /** Share of the time that the hypervisor kept back. */
  readonly steal: number;
  /** Share of the time in which some task was stalled by I/O, memory and CPU (PSI); null where it is not kept. */
  readonly pressure: { readonly io: number; readonly memory: number; readonly cpu: number } | null;
}

/** One way at one parallelism: several rounds, taken in turn with those of other cells, added up. */
export interface Cell {
  readonly way: AccessMethod;
  readonly access: Access;
  /** Threads, processes or reads in flight. */
  readonly n: number;
  readonly rounds: number;
  /** Calls, each of a block. */
  readonly operations: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Bytes a second: the median of the rounds, the least and the most. */
  readonly throughput: number;
  readonly throughputRange: readonly [least: number, most: number];
  readonly latency: Latency | null;
  /** The 99th percentile of the rounds, the least and the most; null with fewer than 100 calls a round. */
  readonly p99Range: readonly [least: number, most: number] | null;
  readonly time: TimeSplit | null;
  /** Calls in progress on average: the time in calls over the time that passed. */
  readonly inFlight: number | null;
  /** Context switches a call: of its own will (it waited) and not (its CPU was given to another). */
  readonly switches: { readonly voluntary: number; readonly involuntary: number } | null;
  /** Bytes that storage delivered for the threads of this cell, as the kernel accounts them; null: not known. */
  readonly deviceBytes: number | null;
  readonly device: DeviceUse | null;
  /** Bytes of the region in the page cache before the first round's clock and after the last. null: not told. */
  readonly residency: { readonly before: number | null; readonly after: number | null; readonly of: number };
  readonly coverage: Coverage | null;
  /** null for referenceTools, whose own processor time is not told apart from that of others. */
  readonly surroundings: SystemLoad | null;
}

/** A cell that was not measured. */
export interface Skipped {
  readonly way: AccessMethod;
  readonly access: Access;
  /** null: at any parallelism. */
  readonly n: number | null;
  readonly reason: string;
}

/** The machine, as far as the verdicts and a reader need it. */
export interface Machine {
  /** CPUs that the process may use at the same time. */
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

/** What was measured, how, and where. */
export interface Measurement {
  readonly schema: 'posix-par.bench/1';
  readonly date: string;
  readonly version: string;
  readonly path: string;
  /** Whether the benchmark wrote the file itself; a given file is only read. */
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
