/**
 * Settings of the whole process.
 * @module
 */
import { maxThreads } from '../core/generated/limits.js';
import { checkKeys, Fields } from '../core/validate.js';
import { binding } from '../native/binding.js';
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
}

const processKeys = { threads: true, ioThreads: true, resultPoolBytes: true } as const satisfies Record<
  keyof ProcessOptions,
  true
>;

/**
 * Sets the sizes of the process's thread pool, which apply to all arrays in all JavaScript threads, and of the result
 * pool of the calling thread.
 * @throws {TypeError} naming the option.
 */
export function configure(options: ProcessOptions): void {
  checkKeys(options, processKeys);
  const fields = Fields.ofOptions(options);
  const count = (key: keyof ProcessOptions): number =>
    fields.has(key) ? fields.integer(key, 1, undefined, maxThreads) : 0;
  const threads = [count('threads'), count('ioThreads')] as const;
  if (fields.has('resultPoolBytes')) resultPool.limitBytes = fields.integer('resultPoolBytes', 0);
  binding().configure(...threads);
}
