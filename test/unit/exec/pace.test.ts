import { expect, test } from 'vitest';
import { paced, type Time } from '../../../lib/exec/pace.js';

/** A clock that stands still until a test moves it. `error`: how much later than asked for its timers come; early below 0. */
class ManualTime implements Time {
  ms = 0;
  error = 0;
  #pending: { readonly at: number; readonly act: () => void } | null = null;

  now(): number {
    return this.ms;
  }

  after(ms: number, act: () => void): () => void {
    const mine = { at: this.ms + ms + this.error, act };
    this.#pending = mine;
    return () => {
      if (this.#pending === mine) this.#pending = null;
    };
  }

  /** Moves to the time of the timer and calls it; false when there is none. */
  step(): boolean {
    const pending = this.#pending;
    if (pending === null) return false;
    this.#pending = null;
    this.ms = Math.max(this.ms, pending.at);
    pending.act();
    return true;
  }
}

test.each([0, -0.7, -40, 3, 250])('calls are never closer than the interval where timers err by %d ms', (error) => {
  const time = new ManualTime();
  time.error = error;
  const calls = [0];
  const stop = paced(() => calls.push(time.ms), 100, time);
  for (let i = 0; i < 500; i++) {
    time.step();
    time.error = i % 3 === 0 ? -error : error; // A late one is followed by an early one.
  }
  stop();
  expect(calls.length).toBeGreaterThan(50);
  const gaps = calls.slice(1).map((at, i) => at - (calls[i] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
});

test('calls come at the interval where timers are right', () => {
  const time = new ManualTime();
  const calls: number[] = [];
  paced(() => calls.push(time.ms), 100, time);
  for (let i = 0; i < 3; i++) time.step();
  expect(calls).toEqual([100, 200, 300]);
});

test('a call that takes long is followed by one call, not by all that were missed', () => {
  const time = new ManualTime();
  const calls: number[] = [];
  paced(
    () => {
      calls.push(time.ms);
      if (calls.length === 1) time.ms += 350;
    },
    100,
    time,
  );
  for (let i = 0; i < 3; i++) time.step();
  expect(calls).toEqual([100, 450, 550]);
});

test('ends when it is told to, also within a call', () => {
  const time = new ManualTime();
  let calls = 0;
  const stop = paced(
    () => {
      calls += 1;
      if (calls === 2) stop();
    },
    100,
    time,
  );
  while (time.step());
  expect(calls).toBe(2);
  const stopEarly = paced(() => expect.fail('is not called'), 100, time);
  stopEarly();
  expect(time.step()).toBe(false);
});
