/**
 * Shares the event loop between long computations and everything else that runs on it.
 * @module
 */
import { throwIfAborted } from '../core/abort.js';
import type { Sliced } from '../core/checkpoint.js';

/** A clock in milliseconds, and the event loop. Tests have their own. */
export interface EventLoop {
  now(): number;
  /** Calls `act` in a later turn, after timers and I/O had their chance. */
  nextTurn(act: () => void): void;
}

const realLoop: EventLoop = {
  now: () => performance.now(),
  nextTurn: (act) => {
    setImmediate(act);
  },
};

/** How long computations may run in one turn of the event loop, all together. */
export const sliceMs = 4;

/**
 * Gives computations their time slices: one slice per turn of the event loop, in the order in which they asked. A
 * hundred computations at once delay timers and I/O no more than a single one.
 */
export class TimeSlices {
  readonly #loop: EventLoop;
  readonly #waiting: (() => void)[] = [];
  #began = Number.NEGATIVE_INFINITY;

  constructor(loop: EventLoop = realLoop) {
    this.#loop = loop;
  }

  /**
   * True if the running slice has used up its time: then {@link next} must follow.
   * @param since when the computation began, if it may count on a slice of its own from then on.
   */
  isOver(since = Number.NEGATIVE_INFINITY): boolean {
    return this.#loop.now() - Math.max(this.#began, since) >= sliceMs;
  }

  /** Resolves when the next slice begins, in a later turn of the event loop. */
  next(): Promise<null> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(null));
      if (this.#waiting.length === 1) this.#loop.nextTurn(this.#grant);
    });
  }

  readonly #grant = (): void => {
    this.#began = this.#loop.now();
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#loop.nextTurn(this.#grant);
  };
}

/** The slices of this thread. */
export const timeSlices = new TimeSlices();

/**
 * Runs a computation to its end without holding the event loop: other work runs every few milliseconds.
 * @throws {AbortError} if the signal is aborted before the end; else what the computation throws.
 */
export async function runInSlices<T>(
  computation: Sliced<T>,
  signal: AbortSignal | undefined,
  slices: TimeSlices = timeSlices,
): Promise<T> {
  for (;;) {
    const step = computation.next();
    if (step.done === true) return step.value;
    throwIfAborted(signal);
    if (!slices.isOver()) continue;
    await slices.next();
    throwIfAborted(signal);
  }
}
