/**
 * Shares the event loop between long computations and other work.
 * @module
 */
import { throwIfAborted } from '../core/abort.js';
import type { Sliced } from '../core/checkpoint.js';
import { type EventLoop, eventLoop, sliceMs } from '../native/event-loop.js';

/**
 * Grants time slices to computations: one slice per turn of the event loop, in the order of the requests. So a hundred
 * concurrent computations delay timers and I/O no more than a single one.
 */
export class TimeSlices {
  readonly #loop: EventLoop;
  readonly #waiting: (() => void)[] = [];
  #began = Number.NEGATIVE_INFINITY;

  constructor(loop: EventLoop = eventLoop) {
    this.#loop = loop;
  }

  /**
   * True if the running slice is used up. The computation must then call {@link next}.
   * @param since start of the computation. If it is later than the start of the running slice, the time counts from it.
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

/** Time slices of this thread. */
export const timeSlices = new TimeSlices();

/**
 * Runs a computation to its end. Other work can run every few milliseconds.
 * @throws {AbortError} if the signal is aborted before the end; otherwise the errors of the computation.
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
