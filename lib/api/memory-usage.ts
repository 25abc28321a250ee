/**
 * Memory that the library uses.
 * @module
 */
import { memoryWord, memoryWords } from '../core/generated/stats.js';
import { binding } from '../native/binding.js';
import { type ResultPoolUsage, resultPool } from './result-pool.js';

/** Memory for the work of reads and writes, for the whole process. */
export interface WorkingMemoryUsage {
  /** Limit of `reservedBytes`: `memoryBudgetBytes` of `configure`, or 48 MiB if it was never given. */
  readonly budgetBytes: number;
  /** Bytes that running tasks of reads and writes have reserved. */
  readonly reservedBytes: number;
  /** Number of threads that wait until their next chunk fits into the budget. */
  readonly waiting: number;
  /**
   * Bytes of the native buffers at the moment: chunks that are being read, decoded or encoded, and the contents of
   * chunk caches and of `writeBackBytes`. Without a `memoryBudgetBytes`, also buffers that are kept for reuse.
   */
  readonly bufferBytes: number;
  /** Largest `bufferBytes` since `memoryBudgetBytes` was last set, or since the start of the process. */
  readonly peakBufferBytes: number;
}

/** Memory that the library uses; see {@link memoryUsage}. */
export interface MemoryUsage {
  /** Memory of released results, which the calling JavaScript thread keeps for later reads. */
  readonly resultPool: ResultPoolUsage;
  /** Memory for the work of the reads and writes of all JavaScript threads. */
  readonly working: WorkingMemoryUsage;
}

/**
 * Returns the memory that the library keeps and uses, in addition to the results.
 * @example
 * console.log(memoryUsage().resultPool.bytes);
 * console.log(memoryUsage().working.peakBufferBytes);
 */
export function memoryUsage(): MemoryUsage {
  const words = new Float64Array(memoryWords);
  binding().memory_usage(words);
  const working = {
    budgetBytes: words[memoryWord.budgetBytes] ?? 0,
    reservedBytes: words[memoryWord.reservedBytes] ?? 0,
    waiting: words[memoryWord.waitingTasks] ?? 0,
    bufferBytes: words[memoryWord.bufferBytes] ?? 0,
    peakBufferBytes: words[memoryWord.peakBufferBytes] ?? 0,
  };
  return { resultPool: resultPool.usage, working };
}
