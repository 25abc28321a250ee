import { describe, expect, test } from 'vitest';
import { checkpoint, type Sliced } from '../../../lib/core/checkpoint.js';
import { AbortError } from '../../../lib/core/errors.js';
import { runInSlices, TimeSlices } from '../../../lib/io/time-slices.js';
import { sliceMs } from '../../../lib/native/event-loop.js';
import { FakeLoop } from '../../support/fake-loop.js';

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
