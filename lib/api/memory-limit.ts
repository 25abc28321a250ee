/**
 * Refuses results that do not fit into memory before they are allocated, since the kernel ends the process otherwise.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryLimitError } from '../core/errors.js';
import { binding } from '../native/binding.js';
import { availableMemory, type MemoryLimit } from '../storage/available-memory.js';

/** Results are not compared with the limits before so many bytes were allocated since the last comparison. */
const uncheckedBytes = 16 * 2 ** 20;
/** How long what was read of the system counts. What is allocated in the meantime is subtracted. */
const freshMs = 50;
/** What is left for everything but results: the heap, memory of the threads, page tables. At most an eighth of the limit. */
const headroomBytes = 64 * 2 ** 20;
/** A collection of garbage stops the thread for some milliseconds: after one that did not help, none follows for so long. */
const fruitlessIntervalMs = 1000;
/** How often an asynchronous read tries before it is refused, each time in another turn of the event loop. */
const laterAttempts = 3;

/** What memory limits look at. Tests have one of their own. */
export interface MemorySource {
  limit(): MemoryLimit | null;
  /** Bytes of results that running reads have not written yet: the system does not count them as used. */
  untouchedBytes(): number;
  /** Frees results that nothing refers to any more. */
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
    if (collectGarbage === undefined) {
      setFlagsFromString('--expose-gc');
      collectGarbage = runInNewContext('gc') as () => void;
      setFlagsFromString('--no-expose-gc');
    }
    // V8 frees array buffers on another thread; the second collection waits for the first one's.
    collectGarbage();
    collectGarbage();
  },
  nextTurn: () =>
    new Promise((resolve) => {
      setImmediate(resolve);
    }),
  nowMs: () => performance.now(),
};

/** Memory for results, as far as it is known. */
export interface AvailableResultMemory {
  /** Bytes that a result may have now. */
  readonly availableBytes: number;
  /** What limits it: `system`, or the path of a cgroup. */
  readonly source: string;
  readonly limitBytes: number;
}

/** Admits results. One per process and thread of JavaScript; what reads of other threads have not written yet counts as well. */
export class ResultMemory {
  readonly #source: MemorySource;
  /** Results admitted whose reads have not begun. */
  #admittedBytes = 0;
  /** Bytes admitted since the limits were read. */
  #spentBytes = 0;
  #known: AvailableResultMemory | null = null;
  #knownMs = Number.NEGATIVE_INFINITY;
  #fruitlessMs = Number.NEGATIVE_INFINITY;

  constructor(source: MemorySource = realSource) {
    this.#source = source;
  }

  /** What a result may have now; null if the system does not say. */
  available(): AvailableResultMemory | null {
    const limit = this.#source.limit();
    if (limit === null) return null;
    const { source, limitBytes } = limit;
    const headroom = Math.min(headroomBytes, limitBytes / 8);
    const promised = this.#source.untouchedBytes() + this.#admittedBytes;
    return { source, limitBytes, availableBytes: Math.max(0, Math.floor(limit.availableBytes - headroom - promised)) };
  }

  /**
   * Admits a result of `bytes`. Call before it is allocated.
   * @returns what says that its read has begun, or failed before: from then on the native side counts it.
   * @throws {MemoryLimitError} when it does not fit.
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
   * As {@link admit}, but waits for some turns of the event loop before it refuses: the call that has just settled may still hold its
   * result.
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
    // Results that nothing refers to may still be there.
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

/** Of this thread. */
export const resultMemory = new ResultMemory();
