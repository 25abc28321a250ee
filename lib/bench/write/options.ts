/**
 * Defines and validates the options of a benchmark of writes.
 * @module
 */
import { probeAccesses, probeSyncs } from '../../core/generated/names.js';
import { checkKeys, expected, Fields } from '../../core/validate.js';
import type { BenchProgress } from '../options.js';
import type { FileState, WriteAccess, WriteSync } from './cell.js';

/** Options of {@link benchWrites}. */
export interface WriteBenchOptions {
  /** Numbers of threads or processes to measure, from 1 to 64. Default 1, 2, 4, 8, 16. */
  readonly parallelism?: readonly number[];
  /** Kinds of access to measure: through the page cache, or with O_DIRECT. Default `buffered` and `direct`. */
  readonly access?: readonly WriteAccess[];
  /** States of the blocks before they are written. Default: all. */
  readonly states?: readonly FileState[];
  /** When `fdatasync()` is called. Default `none` and `end`. */
  readonly syncs?: readonly WriteSync[];
  /** Bytes per call, a multiple of 4096. Default 1 MiB. */
  readonly blockBytes?: number;
  /**
   * Maximum number of bytes that one run of a cell writes. Up to four times as many bytes are on the storage at the
   * same time. Default 256 MiB; maximum 16 GiB.
   */
  readonly sizeBytes?: number;
  /** Approximate time limit in milliseconds. Cells that do not fit are skipped and listed. Default 240,000. */
  readonly timeLimitMs?: number;
  /** Number of runs of each cell. The runs of different cells alternate. Default 3. */
  readonly rounds?: number;
  /** Maximum duration of one run in milliseconds. By default it depends on the time limit, and is at most 150. */
  readonly cellMs?: number;
  /** Python with h5py, to measure the HDF5 library; `null` to skip it. Default `python3`. */
  readonly python?: string | null;
  /** `if installed` (default) also measures fio and dd, for comparison, if they are installed; `none` does not. */
  readonly referenceTools?: 'if installed' | 'none';
  /** Ends the benchmark after the current run, and removes its files. */
  readonly signal?: AbortSignal;
  /** Called before every run, and at the end. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** Options with their defaults applied. */
export interface WriteBenchSettings {
  readonly parallelism: readonly number[];
  readonly access: readonly WriteAccess[];
  readonly states: readonly FileState[];
  readonly syncs: readonly WriteSync[];
  readonly blockBytes: number;
  /** Number of blocks in each of the files of `file-each`. */
  readonly blocksPerPart: number;
  /** Number of files of `file-each`. */
  readonly parts: number;
  readonly timeLimitMs: number;
  readonly rounds: number;
  readonly cellMs: number | null;
  readonly python: string | null;
  readonly referenceTools: 'if installed' | 'none';
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: BenchProgress) => void;
}

export const fileStates: readonly FileState[] = ['written', 'preallocated', 'growing', 'sparse'];
const known = {
  parallelism: true,
  access: true,
  states: true,
  syncs: true,
  blockBytes: true,
  sizeBytes: true,
  timeLimitMs: true,
  rounds: true,
  cellMs: true,
  python: true,
  referenceTools: true,
  signal: true,
  onProgress: true,
} as const satisfies Record<keyof WriteBenchOptions, true>;
const maxThreads = 64;
const maxBlockBytes = 2 ** 26;
const maxSizeBytes = 2 ** 34;

/** Returns the values of a list in the order of `all`. @throws {TypeError} for other values, and for an empty list. */
function listOf<Word extends string>(given: unknown, all: readonly Word[], name: string): readonly Word[] {
  if (given === undefined) return all;
  const words: readonly unknown[] = Array.isArray(given) ? given : [];
  if (words.length === 0 || !words.every((word) => all.includes(word as Word))) {
    throw expected(`a list of ${all.map((word) => `'${word}'`).join(', ')}`, `options.${name}`, given);
  }
  return all.filter((word) => words.includes(word));
}

/** Validates the options. @throws {TypeError} naming the option. */
export function writeBenchSettings(options: WriteBenchOptions = {}): WriteBenchSettings {
  if (typeof options !== 'object' || options === null) throw expected('an object', 'options', options);
  checkKeys(options, known);
  const fields = Fields.ofOptions({ ...options });
  const parallelism: readonly unknown[] = options.parallelism ?? [1, 2, 4, 8, 16];
  const isParallelism = (n: unknown): n is number =>
    Number.isSafeInteger(n) && Number(n) >= 1 && Number(n) <= maxThreads;
  if (!Array.isArray(parallelism) || parallelism.length === 0 || !parallelism.every(isParallelism)) {
    throw fields.error(`a list of integers from 1 to ${maxThreads}`, 'parallelism');
  }
  const blockBytes = fields.integer('blockBytes', 4096, 2 ** 20, maxBlockBytes);
  if (blockBytes % 4096 !== 0) throw fields.error('a multiple of 4096', 'blockBytes');
  const sizeBytes = fields.integer('sizeBytes', blockBytes, 2 ** 28, maxSizeBytes);
  const parts = Math.max(...parallelism);
  const blocksPerPart = Math.floor(sizeBytes / blockBytes / parts);
  if (blocksPerPart === 0) throw fields.error(`at least ${parts} blocks of ${blockBytes} bytes`, 'sizeBytes');
  return {
    parallelism: [...new Set(parallelism)].sort((a, b) => a - b),
    access: listOf(options.access, probeAccesses, 'access'),
    states: listOf(options.states, fileStates, 'states'),
    syncs: options.syncs === undefined ? ['none', 'end'] : listOf(options.syncs, probeSyncs, 'syncs'),
    blockBytes,
    blocksPerPart,
    parts,
    timeLimitMs: fields.integer('timeLimitMs', 1, 240_000),
    rounds: fields.integer('rounds', 1, 3),
    cellMs: fields.has('cellMs') ? fields.integer('cellMs', 1) : null,
    python: options.python === null ? null : fields.has('python') ? fields.string('python') : 'python3',
    referenceTools: fields.oneOf('referenceTools', ['if installed', 'none'], 'if installed'),
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
  };
}
