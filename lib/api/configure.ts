/**
 * Settings of the whole process.
 * @module
 */
import { maxThreads } from '../core/generated/limits.js';
import { checkKeys, Fields } from '../core/validate.js';
import { binding } from '../native/binding.js';
import { reductionMemory } from './reduction-memory.js';
import { resultPool } from './result-pool.js';

/** Settings of {@link configure}. */
export interface ProcessOptions {
  /**
   * Number of threads that decode, copy, and read data that is in the page cache. Initially the available parallelism.
   * Unchanged if it is not given.
   */
  readonly threads?: number;
  /**
   * Number of threads per device that wait for the storage. Initially chosen by the native pool. Unchanged if it is not
   * given.
   */
  readonly ioThreads?: number;
  /**
   * Bytes of released results that the calling JavaScript thread keeps for later reads; 0 keeps none. Initially a
   * quarter of the memory that the machine and its cgroups allow, but at most 2 GiB. Memory that stays unused is freed
   * after 10 to 20 seconds. Unchanged if it is not given.
   */
  readonly resultPoolBytes?: number;
  /**
   * Maximum working memory of all reads and writes of the process together, in bytes: stored, decoded and encoded
   * chunks, and aligned memory for direct I/O. At least 4 MiB. A read or write waits until its next chunk fits. If one
   * chunk needs more than the budget, the read fails with a `MemoryLimitError` whose `source` is `budget`. Results,
   * released results (`resultPoolBytes`), chunk caches, changed chunks (`writeBackBytes`) and blocks that are read
   * ahead (`budgetBytes`) have limits of their own. The blocks and intermediate results of all reductions of the
   * calling JavaScript thread use at most as many bytes again; other reductions wait.
   *
   * If it is never given, reads and writes that wait for the storage use at most 48 MiB, but a chunk that needs more is
   * read alone, and tasks that find their data in the page cache are limited by their number (`threads`).
   */
  readonly memoryBudgetBytes?: number;
}

const processKeys = {
  threads: true,
  ioThreads: true,
  resultPoolBytes: true,
  memoryBudgetBytes: true,
} as const satisfies Record<keyof ProcessOptions, true>;

/** Smallest budget. Reads of uncompressed chunks and writes into one file always fit. */
const minBudgetBytes = 4 * 2 ** 20;

/**
 * Sets the sizes of the process's thread pool and its memory budget, which apply to all arrays in all JavaScript
 * threads, and the size of the result pool of the calling thread. Reads in flight use the new budget for their next
 * chunks.
 * @throws {TypeError} naming the option.
 * @example configure({ threads: 8, memoryBudgetBytes: 256 * 2 ** 20 });
 */
export function configure(options: ProcessOptions): void {
  checkKeys(options, processKeys);
  const fields = Fields.ofOptions(options);
  const count = (key: keyof ProcessOptions): number =>
    fields.has(key) ? fields.integer(key, 1, undefined, maxThreads) : 0;
  const threads = [count('threads'), count('ioThreads')] as const;
  const budget = fields.has('memoryBudgetBytes') ? fields.integer('memoryBudgetBytes', minBudgetBytes) : 0;
  if (budget > 0) reductionMemory.limitBytes = budget;
  if (fields.has('resultPoolBytes')) resultPool.limitBytes = fields.integer('resultPoolBytes', 0);
  binding().configure(...threads, budget);
}
