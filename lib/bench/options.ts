/**
 * Defines and validates the options of a storage benchmark.
 * @module
 */
import { expected, Fields } from '../core/validate.js';
import type { Access, Order } from './cell.js';

/** Options of {@link benchStorage}. */
export interface BenchOptions {
  /** Numbers of threads, processes or reads in flight to measure. Default 1, 2, 3, 4, 8, 16. */
  readonly parallelism?: readonly number[];
  /**
   * Kinds of access to measure. Default `cached` and `direct`. `cold` evicts the region from the page cache before each
   * run.
   */
  readonly access?: readonly Access[];
  /** Bytes per call, a multiple of 512. Some devices require a multiple of 4096 for direct reads. Default 1 MiB. */
  readonly blockBytes?: number;
  /**
   * Size of the temporary file in bytes. If the file exists already, only this many bytes at its start are read.
   * Default 256 MiB, but at most the size of the existing file.
   */
  readonly sizeBytes?: number;
  /** Order in which blocks are read. `read()` at a shared position is always sequential. Default `sequential`. */
  readonly order?: Order;
  /** Approximate time limit in milliseconds. Cells that do not fit are skipped and listed. Default 120,000. */
  readonly timeLimitMs?: number;
  /** Number of runs of each cell. The runs of different cells alternate. Default 3. */
  readonly rounds?: number;
  /** Duration of one run in milliseconds. By default it depends on the time limit, and is at most 250. */
  readonly cellMs?: number;
  /** Python with h5py, to measure the HDF5 library; `null` to skip it. Default `python3`. */
  readonly python?: string | null;
  /** `if installed` (default) also measures fio and dd, for comparison, if they are installed; `none` does not. */
  readonly referenceTools?: 'if installed' | 'none';
  /** Ends the benchmark after the current run, and removes temporary files. */
  readonly signal?: AbortSignal;
  /** Called before every run, at the end, and while files are written. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** Progress of a benchmark. */
export interface BenchProgress {
  readonly phase: 'writing' | 'measuring';
  /** Number of completed runs; bytes in the phase `writing`. */
  readonly done: number;
  readonly total: number;
  /** Current measurement, such as `pread direct 4`. */
  readonly what: string;
}

/** Options with their defaults applied. */
export interface BenchSettings {
  readonly parallelism: readonly number[];
  readonly access: readonly Access[];
  readonly blockBytes: number;
  readonly sizeBytes: number | null;
  readonly order: Order;
  readonly timeLimitMs: number;
  readonly rounds: number;
  readonly cellMs: number | null;
  readonly python: string | null;
  readonly referenceTools: 'if installed' | 'none';
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: BenchProgress) => void;
}

const accesses: readonly Access[] = ['cached', 'direct', 'cold'];
const known = [
  'parallelism',
  'access',
  'blockBytes',
  'sizeBytes',
  'order',
  'timeLimitMs',
  'rounds',
  'cellMs',
  'python',
  'referenceTools',
  'signal',
  'onProgress',
];
const maxThreads = 256;
const maxBlockBytes = 2 ** 30;

/** Validates the options. @throws {TypeError} naming the option. */
export function benchSettings(options: BenchOptions = {}): BenchSettings {
  if (typeof options !== 'object' || options === null) throw expected('an object', 'options', options);
  const fields = Fields.ofOptions({ ...options });
  fields.onlyKnown(known, 'benchStorage');
  const parallelism: readonly unknown[] = options.parallelism ?? [1, 2, 3, 4, 8, 16];
  const isParallelism = (n: unknown): n is number =>
    Number.isSafeInteger(n) && Number(n) >= 1 && Number(n) <= maxThreads;
  if (!Array.isArray(parallelism) || parallelism.length === 0 || !parallelism.every(isParallelism)) {
    throw fields.error(`a list of integers from 1 to ${maxThreads}`, 'parallelism');
  }
  const access: readonly unknown[] = options.access ?? ['cached', 'direct'];
  if (!Array.isArray(access) || access.length === 0 || !access.every((one) => accesses.includes(one))) {
    throw fields.error("a list of 'cached', 'direct', 'cold'", 'access');
  }
  const blockBytes = fields.integer('blockBytes', 512, 2 ** 20);
  if (blockBytes > maxBlockBytes) throw fields.error('at most 1 GiB', 'blockBytes');
  if (blockBytes % 512 !== 0) throw fields.error('a multiple of 512', 'blockBytes');
  return {
    parallelism: [...new Set(parallelism as readonly number[])].sort((a, b) => a - b),
    access: accesses.filter((one) => (access as readonly Access[]).includes(one)),
    blockBytes,
    sizeBytes: fields.has('sizeBytes') ? fields.integer('sizeBytes', blockBytes) : null,
    order: fields.oneOf('order', ['sequential', 'random'], 'sequential'),
    timeLimitMs: fields.integer('timeLimitMs', 1, 120_000),
    rounds: fields.integer('rounds', 1, 3),
    cellMs: fields.has('cellMs') ? fields.integer('cellMs', 1) : null,
    python: options.python === null ? null : fields.has('python') ? fields.string('python') : 'python3',
    referenceTools: fields.oneOf('referenceTools', ['if installed', 'none'], 'if installed'),
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
  };
}
