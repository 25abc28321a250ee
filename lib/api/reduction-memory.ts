/**
 * Limits the memory of all reductions of a JavaScript thread.
 * @module
 */
import { abortError, onAbort, throwIfAborted } from '../core/abort.js';

/** A reduction that waits for memory. */
interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * Admits reductions while the memory of all of them is within a limit. The others wait, in the order of their calls, so
 * that a large reduction is not overtaken for ever. An admitted reduction needs no more memory than it was admitted
 * with, so it never waits for another one.
 */
export class ReductionMemory {
  #limitBytes = Number.POSITIVE_INFINITY;
  #usedBytes = 0;
  readonly #queue: Waiting[] = [];

  /**
   * Maximum number of bytes. Reductions that have been admitted are not affected by a new limit; those that wait are
   * admitted if they fit now.
   */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  set limitBytes(bytes: number) {
    this.#limitBytes = bytes;
    this.#admitNext();
  }

  /**
   * Waits until `bytes` bytes fit; a reduction that needs more than the limit runs alone.
   * @returns a function that gives the bytes back.
   * @throws {AbortError}
   */
  async enter(bytes: number, signal: AbortSignal | undefined): Promise<() => void> {
    throwIfAborted(signal);
    if (this.#queue.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#usedBytes += bytes;
    return () => {
      this.#usedBytes -= bytes;
      this.#admitNext();
    };
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#limitBytes;
  }

  #wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        unwatch();
        resolve();
      };
      const waiting = { bytes, enter };
      const unwatch = onAbort(signal, () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(abortError(signal));
        // The reduction that gave up may have been the only one that did not fit.
        this.#admitNext();
      });
      this.#queue.push(waiting);
    });
  }

  #admitNext(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#fits(next.bytes); next = this.#queue[0]) {
      this.#queue.shift();
      this.#usedBytes += next.bytes;
      next.enter();
    }
  }
}

/** Memory of the reductions of this JavaScript thread. */
export const reductionMemory = new ReductionMemory();
