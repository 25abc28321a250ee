import { expect, test } from 'vitest';
import { callAtIntervals, type Time } from '../../../lib/exec/pace.js';

/**
 * A clock that advances only when a test advances it. `error` is the delay of its timers in milliseconds; a negative
 * error makes them fire early.
 */
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

  /** Advances to the time of the timer and calls it; returns false if there is none. */
  step(): boolean {
    const pending = this.#pending;
    if (pending === null) return false;
    this.#pending = null;
    this.ms = Math.max(this.ms, pending.at);
    pending.act();
    return true;
  }
}

test.each([0, -0.7, -40, 3, 250])('keeps the interval between calls if timers are off by %d ms', (error) => {
  const time = new ManualTime();
  time.error = error;
  const calls = [0];
  const stop = callAtIntervals(() => calls.push(time.ms), 100, time);
  for (let i = 0; i < 500; i++) {
    time.step();
    time.error = i % 3 === 0 ? -error : error; // A late timer is followed by an early one.
  }
  stop();
  expect(calls.length).toBeGreaterThan(50);
  const gaps = calls.slice(1).map((at, i) => at - (calls[i] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
});

test('calls at the interval if timers are exact', () => {
  const time = new ManualTime();
  const calls: number[] = [];
  callAtIntervals(() => calls.push(time.ms), 100, time);
  for (let i = 0; i < 3; i++) time.step();
  expect(calls).toEqual([100, 200, 300]);
});

test('makes one call after a slow call, not all the calls that were missed', () => {
  const time = new ManualTime();
  const calls: number[] = [];
  callAtIntervals(
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

test('stops on request, also within a call', () => {
  const time = new ManualTime();
  let calls = 0;
  const stop = callAtIntervals(
    () => {
      calls += 1;
      if (calls === 2) stop();
    },
    100,
    time,
  );
  while (time.step());
  expect(calls).toBe(2);
  const stopEarly = callAtIntervals(() => expect.fail('is not called'), 100, time);
  stopEarly();
  expect(time.step()).toBe(false);
});
