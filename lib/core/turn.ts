/**
 * Limits the time that the library takes in one turn of the event loop. The addon calls back for all operations that
 * have ended, one after the other, before timers can run, and small reads of cached data end without another turn. So
 * hundreds of callers, or one caller that awaits small reads in a loop, would delay timers and I/O of other code.
 * @module
 */
import { type EventLoop, eventLoop, sliceMs } from './event-loop.js';

/** The current turn of the event loop. It begins when the library first asks for it. */
export class Turn {
  readonly #loop: EventLoop;
  readonly #waiting: (() => void)[] = [];
  #began = 0;
  #isOpen = false;

  constructor(loop: EventLoop = eventLoop) {
    this.#loop = loop;
  }

  /** True if this turn has taken {@link sliceMs} or more, or if work already waits for the next turn. */
  isOver(): boolean {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#began = this.#loop.now();
      this.#loop.nextTurn(this.#begin);
      return false;
    }
    return this.#waiting.length > 0 || this.#isUsedUp();
  }

  /** Calls `act` now, or in a later turn if this one is over. The order of the calls is kept. */
  run(act: () => void): void {
    if (this.isOver()) this.#waiting.push(act);
    else act();
  }

  /** Resolves in a later turn, after the work that already waits. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.isOver(); // Ensures that a next turn is scheduled.
      this.#waiting.push(resolve);
    });
  }

  #isUsedUp(): boolean {
    return this.#loop.now() - this.#began >= sliceMs;
  }

  readonly #begin = (): void => {
    this.#isOpen = this.#waiting.length > 0;
    if (!this.#isOpen) return;
    this.#began = this.#loop.now();
    this.#loop.nextTurn(this.#begin);
    this.#runNext();
  };

  #runNext(): void {
    const act = this.#waiting.shift();
    if (act === undefined) return;
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
