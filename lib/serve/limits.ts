/**
 * Limits of the server: memory of replies, number of reads, size of a reply and time.
 * @module
 */
import { busy, HttpError } from './http/problem.js';

/** Limits of a server. */
export interface LimitSettings {
  /** Maximum number of bytes of all replies that are in memory at the same time, unless one reply alone is larger. */
  readonly memoryBytes: number;
  /** Maximum size of the data of one reply in bytes. */
  readonly maxResponseBytes: number;
  /** Maximum number of reads in flight. */
  readonly concurrentReads: number;
  /** Maximum number of reads that wait for others. */
  readonly waitingReads: number;
  /** Time in milliseconds within which the next part of a reply must be ready. */
  readonly requestTimeMs: number;
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
export class Admission {
  readonly #limits: LimitSettings;
  readonly #now: () => number;
  readonly #waiting: Waiter[] = [];
  #bytes = 0;
  #reads = 0;

  /** @param now clock in milliseconds; tests replace it. */
  constructor(limits: LimitSettings, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Bytes of the replies in memory, reads in flight, and reads that wait. */
  get usage(): { readonly bytes: number; readonly reads: number; readonly waiting: number } {
    return { bytes: this.#bytes, reads: this.#reads, waiting: this.#waiting.length };
  }

  /**
   * Checks the size of a reply.
   * @throws {HttpError} 413 if it exceeds the limit.
   */
  checkSize(bytes: number): void {
    const { maxResponseBytes } = this.#limits;
    if (bytes <= maxResponseBytes) return;
    const detail = `The reply would have ${bytes} bytes; the limit of this server is ${maxResponseBytes}. Select less`;
    throw new HttpError(413, 'ResponseTooLarge', detail);
  }

  /**
   * Waits until a read of `bytes` bytes may begin. A read that needs more than the memory limit runs alone.
   * @returns a function that ends the read. Call it when the bytes have been sent.
   * @throws {HttpError} 429 if too many reads wait. @throws the reason of `signal` if it is aborted.
   */
  async begin(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#fits(bytes) && this.#mayOvertake(this.#waiting[0])) this.#count(bytes);
    else await this.#wait(bytes, signal);
    let isRunning = true;
    return () => {
      if (!isRunning) return;
      isRunning = false;
      this.#bytes -= bytes;
      this.#reads -= 1;
      this.#admitNext();
    };
  }

  #fits(bytes: number): boolean {
    const { memoryBytes, concurrentReads } = this.#limits;
    if (this.#reads === 0) return true;
    return this.#reads < concurrentReads && this.#bytes + bytes <= memoryBytes;
  }

  #mayOvertake(first: Waiter | undefined): boolean {
    return first === undefined || this.#now() < first.dueMs;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
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
