/**
 * Memory that the library uses.
 * @module
 */
import { type ResultPoolUsage, resultPool } from './result-pool.js';

/** Memory that the library uses; see {@link memoryUsage}. */
export interface MemoryUsage {
  /** Memory of released results, which the calling JavaScript thread keeps for later reads. */
  readonly resultPool: ResultPoolUsage;
}

/**
 * Returns the memory that the library keeps.
 * @example console.log(memoryUsage().resultPool.bytes)
 */
export function memoryUsage(): MemoryUsage {
  return { resultPool: resultPool.usage };
}
