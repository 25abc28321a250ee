/**
 * Admits reads within a limit on memory and on their number.
 * @module
 */
import { busy } from './http/problem.js';

/** Limits of a lane. */
export interface LaneLimits {
  /** Maximum number of bytes that are counted at the same time, unless one read alone needs more. */
  readonly memoryBytes: number;
  /** Maximum number of reads in flight. */
  readonly concurrentReads: number;
  /** Maximum number of reads that wait for others. */
  readonly waitingReads: number;
}

/** Memory that is reserved for a part of a reply. */
export interface Hold {
  /** Ends the read, so that another one may begin. `bytes` bytes stay reserved until `end`. */
  keep(bytes: number): void;
  /** Frees the memory, and ends the read unless it has ended. Calling it again has no effect. */
  end(): void;
}

/** Memory, reads in flight and reads that wait. */
export interface LaneUsage {
  readonly bytes: number;
  readonly reads: number;
  readonly waiting: number;
}

/**
 * Time in milliseconds for which smaller reads may overtake a read that waits for memory. So small requests are fast
 * while large replies are sent, and no read waits forever.
 */
const overtakeMs = 1000;

/** A read that waits for memory or for other reads to end. */
interface Waiter {
  readonly bytes: number;
  /** Time after which no other read may overtake this one. */
  readonly dueMs: number;
  readonly admit: () => void;
}

/** Admits reads in the order of their arrival. A read that fits into the memory may overtake others that do not. */
export class Lane {
  readonly #limits: LaneLimits;
  readonly #now: () => number;
  readonly #waiting: Waiter[] = [];
  #bytes = 0;
  #holds = 0;
  #reads = 0;

  /** @param now clock in milliseconds; tests replace it. */
  constructor(limits: LaneLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  get usage(): LaneUsage {
    return { bytes: this.#bytes, reads: this.#reads, waiting: this.#waiting.length };
  }

  /** Number of holds, and of reads that wait for one. */
  get demand(): number {
    return this.#holds + this.#waiting.length;
  }

  /**
   * Waits until a read of `bytes` bytes may begin. A read that needs more than the memory limit waits until no memory
   * is reserved.
   * @throws {HttpError} 429 if too many reads wait. @throws the reason of `signal` if it is aborted.
   */
  async begin(bytes: number, signal: AbortSignal): Promise<Hold> {
    signal.throwIfAborted();
    if (this.#fits(bytes) && this.#mayOvertake(this.#waiting[0])) this.#count(bytes);
    else await this.#wait(bytes, signal);
    return this.#hold(bytes);
  }

  #hold(reserved: number): Hold {
    let bytes = reserved;
    let [isReading, isHeld] = [true, true];
    const keep = (kept: number): void => {
      if (!isHeld) return;
      this.#bytes -= bytes - kept;
      bytes = kept;
      if (isReading) this.#reads -= 1;
      isReading = false;
      this.#admitNext();
    };
    const end = (): void => {
      if (!isHeld) return;
      this.#holds -= 1;
      keep(0);
      isHeld = false;
    };
    return { keep, end };
  }

  #fits(bytes: number): boolean {
    const { memoryBytes, concurrentReads } = this.#limits;
    if (this.#holds === 0) return true;
    return this.#reads < concurrentReads && this.#bytes + bytes <= memoryBytes;
  }

  #mayOvertake(first: Waiter | undefined): boolean {
    return first === undefined || this.#now() < first.dueMs;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#holds += 1;
    this.#reads += 1;
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    const { waitingReads } = this.#limits;
    if (this.#waiting.length >= waitingReads) {
      throw busy(429, `${waitingReads} requests are waiting. Try again later`);
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
        // A read that was not allowed to overtake this one may fit into the memory.
        this.#admitNext();
      };
      const waiter: Waiter = {
        bytes,
        dueMs: this.#now() + overtakeMs,
        admit: () => {
          signal.removeEventListener('abort', onAbort);
          this.#count(bytes);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Admits all waiting reads that fit, from the oldest to the newest. Stops at one that may not be overtaken. */
  #admitNext(): void {
    for (const waiter of [...this.#waiting]) {
      if (this.#fits(waiter.bytes)) {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        waiter.admit();
      } else if (!this.#mayOvertake(waiter)) {
        return;
      }
    }
  }
}
