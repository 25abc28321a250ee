/**
 * What a benchmark of storage may be told, and its validation.
 * @module
 */
import { expected, Fields } from '../core/validate.js';
import type { Access, Order } from './cell.js';

/** Options of {@link benchStorage}. */
export interface BenchOptions {
  /** Threads, processes and reads in flight. Default 1, 2, 3, 4, 8, 16. */
  readonly parallelism?: readonly number[];
  /** Default `cached` and `direct`; `cold` drops the region from the page cache before each run. */
  readonly access?: readonly Access[];
  /** Bytes of one call; a multiple of 4096 for direct reads. Default 1 MiB. */
  readonly blockBytes?: number;
  /** Bytes of the file that is written, or of the given file that are read, from its start. Default 256 MiB, or what there is. */
  readonly sizeBytes?: number;
  /** In which order blocks are read; `read()` at a shared position is always sequential. Default `sequential`. */
  readonly order?: Order;
  /** Milliseconds that the whole may take, about; cells that do not fit are left out and named. Default 120,000. */
  readonly timeLimitMs?: number;
  /** How often each cell is run, in turn with the others. Default 3. */
  readonly rounds?: number;
  /** Milliseconds of one run. Default: what the time limit leaves, at most 250. */
  readonly cellMs?: number;
  /** A Python with h5py, for the HDF5 library; `null`: without. Default `python3`. */
  readonly python?: string | null;
  /** Whether fio and dd are run beside, where they are installed. Default `where installed`. */
  readonly referenceTools?: 'if installed' | 'none';
  /** Aborting ends the benchmark after the run in progress, and removes what was written. */
  readonly signal?: AbortSignal;
  /** Called before every run, and while files are written. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** How far a benchmark is. */
export interface BenchProgress {
  readonly phase: 'writing' | 'measuring';
  /** Runs, or bytes while writing. */
  readonly done: number;
  readonly total: number;
  /** What is measured now, such as `pread direct 4`. */
  readonly what: string;
}

/** Options with their defaults. */
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
const mostThreads = 256;
const mostBlock = 2 ** 30;

/** @throws {TypeError} naming the option. */
export function benchSettings(options: BenchOptions = {}): BenchSettings {
  if (typeof options !== 'object' || options === null) throw expected('an object', 'options', options);
  const fields = Fields.ofOptions({ ...options });
  fields.onlyKnown(known, 'benchStorage');
  const parallelism: readonly unknown[] = options.parallelism ?? [1, 2, 3, 4, 8, 16];
  const isParallelism = (n: unknown): n is number =>
    Number.isSafeInteger(n) && Number(n) >= 1 && Number(n) <= mostThreads;
  if (!Array.isArray(parallelism) || parallelism.length === 0 || !parallelism.every(isParallelism)) {
    throw fields.error(`a list of integers from 1 to ${mostThreads}`, 'parallelism');
  }
  const access: readonly unknown[] = options.access ?? ['cached', 'direct'];
  if (!Array.isArray(access) || access.length === 0 || !access.every((one) => accesses.includes(one))) {
    throw fields.error("a list of 'cached', 'direct', 'cold'", 'access');
  }
  const blockBytes = fields.integer('blockBytes', 512, 2 ** 20);
  if (blockBytes > mostBlock) throw fields.error('at most 1 GiB', 'blockBytes');
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
