/**
 * Data types of the measurements of parallel writes. The JSON of a report is a {@link WriteMeasurement} with verdicts.
 * @module
 */
import type { ProbeAccess, ProbeSync } from '../../core/generated/names.js';
import type { DeviceUse, Latency, Machine, SystemLoad, TimeSplit } from '../cell.js';
import type { Waits } from './waits.js';

/** Path of the bytes to the storage: through the page cache, or with O_DIRECT. */
export type WriteAccess = ProbeAccess;

/** Calls of fdatasync(2): `none`, one per file after the last write (`end`), or one after each write (`each`). */
export type WriteSync = ProbeSync;

/**
 * State of the blocks before they are written.
 * - `written`: they were written and synchronized before, so a write overwrites them
 * - `preallocated`: `fallocate()` has reserved their space, but they were never written
 * - `growing`: they are beyond the end of the file, so each write grows it
 * - `sparse`: the file has its final size, but no space: each write fills a part of a hole
 */
export type FileState = 'written' | 'preallocated' | 'growing' | 'sparse';

/**
 * Method by which blocks are written.
 * - `threads`: threads that call `pwrite()` on one descriptor of one file
 * - `file-each`: threads that each write their own files; together the files have as many blocks as the one file
 * - `processes`: processes with one thread each; process i of n writes the blocks i, i + n, i + 2n, … of one file
 * - `hdf5`: threads that write one contiguous dataset through h5py
 * - `fio`, `dd`: these programs, as a reference; each thread or process writes its own part of one file
 */
export type WriteMethod = 'threads' | 'file-each' | 'processes' | 'hdf5' | 'fio' | 'dd';

/** Settings that identify a cell. */
export interface WriteSpot {
  readonly method: WriteMethod;
  readonly state: FileState;
  readonly access: WriteAccess;
  readonly sync: WriteSync;
  /** Number of threads or processes. */
  readonly n: number;
}

/** Result of one method at one parallelism. It combines several rounds. The rounds of different cells alternate. */
export interface WriteCell extends WriteSpot {
  readonly rounds: number;
  /** Number of calls. Each writes one block. */
  readonly operations: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Median over the rounds, in bytes per second. With `sync: 'end'`, the time includes `fdatasync()`. */
  readonly throughput: number;
  /** Smallest and largest throughput of the rounds, in bytes per second. */
  readonly throughputRange: readonly [least: number, most: number];
  /** Latency of a call; with `sync: 'each'`, of a write and its `fdatasync()`. */
  readonly latency: Latency | null;
  readonly time: TimeSplit | null;
  /** Average number of calls in progress. */
  readonly inFlight: number | null;
  /** Context switches per call: voluntary (the thread waited) and involuntary (it was preempted). */
  readonly switches: { readonly voluntary: number; readonly involuntary: number } | null;
  /** Kernel functions in which the threads waited; null for `hdf5`, `fio` and `dd`. */
  readonly waits: Waits | null;
  readonly device: DeviceUse | null;
  /** Load of the machine. Null for fio and dd, whose CPU time cannot be separated from that of other processes. */
  readonly surroundings: SystemLoad | null;
}

/** Cell that was not measured. */
export interface SkippedWrite extends Omit<WriteSpot, 'n'> {
  /** Parallelism; null if the reason is the same for each. */
  readonly n: number | null;
  readonly reason: string;
}

/** A benchmark of writes without its verdicts. */
export interface WriteMeasurement {
  readonly schema: 'posix-par.bench-write/1';
  /** Time at which the benchmark ended, in ISO 8601 and UTC. */
  readonly date: string;
  readonly version: string;
  /** Directory in which the files were written. */
  readonly path: string;
  /** Maximum number of bytes that one run of a cell writes. */
  readonly regionBytes: number;
  readonly blockBytes: number;
  readonly parallelism: readonly number[];
  readonly cellMs: number;
  readonly rounds: number;
  readonly elapsedMs: number;
  readonly machine: Machine;
  readonly cells: readonly WriteCell[];
  readonly skipped: readonly SkippedWrite[];
}
