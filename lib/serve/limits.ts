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

/** A read that waits for memory or for other reads to end. */
interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/** Admits reads in the order of their arrival. */
export class Admission {
  readonly #limits: LimitSettings;
  readonly #waiting: Waiter[] = [];
  #bytes = 0;
  #reads = 0;

  constructor(limits: LimitSettings) {
    this.#limits = limits;
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
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#count(bytes);
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
        // The read that waited behind this one may be smaller, and may fit into the memory.
        this.#admitNext();
      };
      const waiter: Waiter = {
        bytes,
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

  #admitNext(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.admit();
    }
  }
}
