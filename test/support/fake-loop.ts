/**
 * An event loop for tests.
 * @module
 */
import type { EventLoop } from '../../lib/native/event-loop.js';

/** An event loop with a manual clock that counts its turns. */
export class FakeLoop implements EventLoop {
  ms = 0;
  waited = 0;
  turns = 0;
  #acts: (() => void)[] = [];

  now(): number {
    return this.ms;
  }
  waitedMs(): number {
    return this.waited;
  }
  /** Waits for an event. */
  wait(ms: number): void {
    this.ms += ms;
    this.waited += ms;
  }
  nextTurn(act: () => void): void {
    this.#acts.push(act);
  }
  /** Runs one turn including its promises. @returns false if nothing waited for the turn. */
  async turn(): Promise<boolean> {
    const acts = this.#acts;
    this.#acts = [];
    if (acts.length === 0) return false;
    this.turns += 1;
    for (const act of acts) act();
    for (let i = 0; i < 20; i++) await Promise.resolve();
    return true;
  }
  async runAll(): Promise<void> {
    while (await this.turn());
  }
}
