/**
 * Limits the time that the library takes in one turn of the event loop. The addon calls back for all operations that
 * have ended, one after the other, before timers can run, and small reads of cached data end without another turn. So
 * hundreds of callers, or one caller that awaits small reads in a loop, would delay timers and I/O of other code.
 * @module
 */
import { type EventLoop, eventLoop, sliceMs } from './event-loop.js';

/** The current turn of the event loop. */
export class Turn {
  readonly #loop: EventLoop;
  readonly #waiting: (() => void)[] = [];
  #began = Number.NEGATIVE_INFINITY;
  #waitedMs = Number.NaN;
  #isScheduled = false;

  constructor(loop: EventLoop = eventLoop) {
    this.#loop = loop;
  }

  /**
   * True if this turn has taken {@link sliceMs} or more since the library first asked, or if work already waits for the
   * next turn. If the event loop has not waited for events in between, several turns may count as one.
   */
  isOver(): boolean {
    if (this.#waiting.length > 0) return true;
    if (!this.#isUsedUp()) return false;
    if (this.#loop.waitedMs() === this.#waitedMs) return true;
    this.#open();
    return false;
  }

  /** Calls `act` now, or in a later turn if this one is over. The order of the calls is kept. */
  run(act: () => void): void {
    if (this.isOver()) this.#postpone(act);
    else act();
  }

  /** Resolves in a later turn, after the work that already waits. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#postpone(resolve));
  }

  #isUsedUp(): boolean {
    return this.#loop.now() - this.#began >= sliceMs;
  }

  #open(): void {
    this.#began = this.#loop.now();
    this.#waitedMs = this.#loop.waitedMs();
  }

  #postpone(act: () => void): void {
    this.#waiting.push(act);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#loop.nextTurn(this.#begin);
  }

  readonly #begin = (): void => {
    this.#isScheduled = false;
    this.#open();
    this.#runNext();
  };

  #runNext(): void {
    const act = this.#waiting.shift();
    if (act === undefined) return;
    if (this.#waiting.length > 0) this.#schedule();
    try {
      act();
    } finally {
      // Runs after the first step of the code that waits for the promise that `act` settles. So the time of that code
      // counts.
      queueMicrotask(() => {
        if (!this.#isUsedUp()) this.#runNext();
      });
    }
  }
}

/** The turn of this thread. */
export const turn = new Turn();
