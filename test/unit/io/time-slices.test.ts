import { describe, expect, test } from 'vitest';
import { checkpoint, type Sliced } from '../../../lib/core/checkpoint.js';
import { AbortError } from '../../../lib/core/errors.js';
import { type EventLoop, runInSlices, sliceMs, TimeSlices } from '../../../lib/io/time-slices.js';

/** An event loop with a manual clock that counts its turns. */
class FakeLoop implements EventLoop {
  ms = 0;
  turns = 0;
  #acts: (() => void)[] = [];

  now(): number {
    return this.ms;
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

/** Computes in `steps` steps of `ms` milliseconds each, and logs its name in each step. */
function* work(loop: FakeLoop, steps: number, ms: number, name: string, log: string[]): Sliced<string> {
  for (let i = 0; i < steps; i++) {
    loop.ms += ms;
    log.push(`${loop.turns}${name}`);
    yield checkpoint;
  }
  return name;
}

describe('time slices', () => {
  test('a computation continues in the same turn until its slice ends, then in the next turn', async () => {
    const loop = new FakeLoop();
    const slices = new TimeSlices(loop);
    const log: string[] = [];
    const result = runInSlices(work(loop, 9, sliceMs / 4, 'a', log), undefined, slices);
    await loop.runAll();
    expect(await result).toBe('a');
    // The elapsed time of the first turn is unknown, so the computation waits for the next turn at its first
    // checkpoint.
    expect(log).toEqual(['0a', '1a', '1a', '1a', '1a', '2a', '2a', '2a', '2a']);
  });

  test('simultaneous computations alternate: one slice per turn of the event loop', async () => {
    const loop = new FakeLoop();
    const slices = new TimeSlices(loop);
    const log: string[] = [];
    const results = ['a', 'b', 'c'].map((name) => runInSlices(work(loop, 3, sliceMs, name, log), undefined, slices));
    await loop.runAll();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['0a', '0b', '0c', '1a', '2b', '3c', '4a', '5b', '6c']);
  });

  test('an abort ends a computation at its next checkpoint', async () => {
    const loop = new FakeLoop();
    const slices = new TimeSlices(loop);
    const log: string[] = [];
    const controller = new AbortController();
    const result = runInSlices(work(loop, 100, sliceMs, 'a', log), controller.signal, slices);
    const failure = expect(result).rejects.toBeInstanceOf(AbortError);
    await loop.turn();
    controller.abort();
    await loop.runAll();
    await failure;
    expect(log).toEqual(['0a', '1a']);
  });
});
