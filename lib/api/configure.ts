/**
 * Settings of the whole process.
 * @module
 */
import { maxThreads } from '../core/generated/limits.js';
import { checkKeys, Fields } from '../core/validate.js';
import { binding } from '../native/binding.js';

/** Sizes of the thread pool of the process. */
export interface ProcessOptions {
  /** Threads that decode, copy, and read data that is in the page cache. Default: available parallelism. */
  readonly threads?: number;
  /** Threads that wait for the storage. Default: chosen by the native pool. */
  readonly ioThreads?: number;
}

const processKeys = { threads: true, ioThreads: true } as const satisfies Record<keyof ProcessOptions, true>;

/**
 * Sets the sizes of the process's thread pool. They apply to all arrays in all JavaScript threads.
 * @throws {TypeError} naming the option.
 */
export function configure(options: ProcessOptions): void {
  checkKeys(options, processKeys);
  const fields = Fields.ofOptions(options);
  const count = (key: keyof ProcessOptions): number =>
    fields.has(key) ? fields.integer(key, 1, undefined, maxThreads) : 0;
  binding().configure(count('threads'), count('ioThreads'));
}
