/**
 * Refuses results that do not fit into memory, before they are allocated. Without this check, the kernel could kill the
 * process.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryLimitError } from '../core/errors.js';
import { binding } from '../native/binding.js';
import { availableMemory, type MemoryLimit } from '../storage/available-memory.js';
import { resultPool } from './result-pool.js';

/** Results are admitted without a check until their total size since the last measurement reaches this many bytes. */
const uncheckedBytes = 16 * 2 ** 20;
/**
 * Time in milliseconds for which a measured limit stays valid. Allocations after the measurement are subtracted from
 * the limit.
 */
const freshMs = 50;
/** Memory reserved for everything but results: heap, thread memory, page tables. At most an eighth of the limit. */
const headroomBytes = 64 * 2 ** 20;
/**
 * Minimum time in milliseconds between two garbage collections if the first one freed too little memory. A collection
 * stops the thread for some milliseconds. The further attempts of an asynchronous read do not wait for this time.
 */
const fruitlessIntervalMs = 1000;
/**
 * Number of further attempts to admit the result of an asynchronous read before it is refused. Each is in a new turn of
 * the event loop.
 */
const laterAttempts = 3;

/** Functions of the system and the runtime that the memory limit uses. Tests supply their own. */
export interface MemorySource {
  limit(): MemoryLimit | null;
  /** Bytes of results that running reads have not written yet. The system does not count them as used. */
  untouchedBytes(): number;
  /** Frees results that were released or that are no longer referenced. */
  collect(): void;
  /** Resolves in a later turn of the event loop. */
  nextTurn(): Promise<void>;
  nowMs(): number;
}

let collectGarbage: (() => void) | undefined;

const realSource: MemorySource = {
  limit: () => availableMemory(),
  untouchedBytes: () => binding().untouched_bytes(),
  collect: () => {
    resultPool.clear();
    if (collectGarbage === undefined) {
      setFlagsFromString('--expose-gc');
      collectGarbage = runInNewContext('gc') as () => void;
      setFlagsFromString('--no-expose-gc');
    }
    // V8 frees array buffers on another thread; the second collection waits until the first one has freed them.
    collectGarbage();
    collectGarbage();
  },
  nextTurn: () =>
    new Promise((resolve) => {
      setImmediate(resolve);
    }),
  nowMs: () => performance.now(),
};

/** Memory available for results. */
export interface AvailableResultMemory {
  /** Bytes that the next result may use. */
  readonly availableBytes: number;
  /** Origin of the limit: `system`, or the path of a cgroup. */
  readonly source: string;
  readonly limitBytes: number;
}

/**
 * Decides whether a result fits into the available memory. Each JavaScript thread has one object. The system counts
 * memory only when it is written, so the bytes that the reads of all threads have not written yet are subtracted.
 */
export class ResultMemory {
  readonly #source: MemorySource;
  /** Bytes of admitted results whose reads have not begun. */
  #admittedBytes = 0;
  /** Bytes admitted since the limits were last measured. */
  #spentBytes = 0;
  #known: AvailableResultMemory | null = null;
  #knownMs = Number.NEGATIVE_INFINITY;
  #fruitlessMs = Number.NEGATIVE_INFINITY;

  constructor(source: MemorySource = realSource) {
    this.#source = source;
  }

  /** Returns the memory that a result may use now; null if the system does not report it. */
  available(): AvailableResultMemory | null {
    const limit = this.#source.limit();
    if (limit === null) return null;
    const { source, limitBytes } = limit;
    const headroom = Math.min(headroomBytes, limitBytes / 8);
    const promised = this.#source.untouchedBytes() + this.#admittedBytes;
    return { source, limitBytes, availableBytes: Math.max(0, Math.floor(limit.availableBytes - headroom - promised)) };
  }

  /**
   * Admits a result of `bytes` bytes. Call it before the result is allocated.
   * @returns a function to call when the read has begun or failed; the native side counts the memory from then on.
   * @throws {MemoryLimitError} if the result does not fit.
   */
  admit(bytes: number): () => void {
    if (this.#spentBytes + bytes >= uncheckedBytes) this.#check(bytes);
    this.#spentBytes += bytes;
    this.#admittedBytes += bytes;
    let isPending = true;
    return () => {
      if (isPending) this.#admittedBytes -= bytes;
      isPending = false;
    };
  }

  /**
   * Admits a result like {@link admit}, but tries again in later turns of the event loop before it refuses. The result
   * of a call that has just settled may not be collectable before such a turn.
   */
  async admitLater(bytes: number): Promise<() => void> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#source.nextTurn();
      this.#fruitlessMs = Number.NEGATIVE_INFINITY;
      try {
        return this.admit(bytes);
      } catch (error) {
        if (attempt >= laterAttempts) throw error;
      }
    }
  }

  #check(bytes: number): void {
    const isFresh = this.#source.nowMs() - this.#knownMs < freshMs;
    if (isFresh && this.#fits(bytes)) return;
    this.#measure();
    if (this.#fits(bytes)) return;
    // Results that nothing references may still occupy memory, so collects garbage. This is useless if `bytes` exceeds
    // the limit itself.
    const isHopeless = bytes > (this.#known?.limitBytes ?? Number.POSITIVE_INFINITY);
    if (!isHopeless && this.#source.nowMs() - this.#fruitlessMs >= fruitlessIntervalMs) {
      this.#source.collect();
      this.#measure();
      if (this.#fits(bytes)) return;
      this.#fruitlessMs = this.#source.nowMs();
    }
    const known = this.#known;
    if (known === null) return;
    throw new MemoryLimitError({ ...known, neededBytes: bytes });
  }

  #measure(): void {
    this.#known = this.available();
    this.#knownMs = this.#source.nowMs();
    this.#spentBytes = 0;
  }

  #fits(bytes: number): boolean {
    return this.#known === null || this.#spentBytes + bytes <= this.#known.availableBytes;
  }
}

/** Memory limit of this JavaScript thread. */
export const resultMemory = new ResultMemory();
