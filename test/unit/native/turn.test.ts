/** Tests lib/native/turn.ts, which limits the time that the library takes in one turn of the event loop. */
import { describe, expect, test } from 'vitest';
import { sliceMs } from '../../../lib/native/event-loop.js';
import { Turn } from '../../../lib/native/turn.js';
import { FakeLoop } from '../../support/fake-loop.js';

describe('a turn', () => {
  test('is over after a slice, and the next one begins anew', async () => {
    const loop = new FakeLoop();
    const turn = new Turn(loop);
    expect(turn.isOver()).toBe(false);
    loop.ms += sliceMs / 2;
    expect(turn.isOver()).toBe(false);
    loop.ms += sliceMs / 2;
    expect(turn.isOver()).toBe(true);
    void turn.next();
    await loop.runAll();
    expect(turn.isOver()).toBe(false);
  });

  test('schedules nothing if no work waits, and begins anew after the event loop has waited', () => {
    const loop = new FakeLoop();
    const turn = new Turn(loop);
    for (let i = 0; i < 5; i++) expect(turn.isOver()).toBe(false);
    loop.wait(10 * sliceMs);
    expect(turn.isOver()).toBe(false);
    loop.ms += sliceMs;
    expect(turn.isOver()).toBe(true);
    expect(loop.turns).toBe(0);
  });

  test('runs work at once until it is over, then in the order of the calls, one slice per turn', async () => {
    const loop = new FakeLoop();
    const turn = new Turn(loop);
    const log: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      turn.run(() => {
        loop.ms += sliceMs / 2;
        log.push(`${loop.turns}${name}`);
      });
    }
    expect(log).toEqual(['0a', '0b']);
    await loop.runAll();
    expect(log).toEqual(['0a', '0b', '1c', '1d', '2e']);
  });

  test('counts the time of the code that waits for a promise', async () => {
    const loop = new FakeLoop();
    const turn = new Turn(loop);
    const log: string[] = [];
    const caller = async (name: string): Promise<void> => {
      await new Promise<void>((resolve) => turn.run(resolve));
      loop.ms += sliceMs;
      log.push(`${loop.turns}${name}`);
    };
    turn.isOver();
    loop.ms += sliceMs;
    const all = ['a', 'b', 'c'].map(caller);
    await loop.runAll();
    await Promise.all(all);
    expect(log).toEqual(['1a', '2b', '3c']);
  });

  test('next() comes after the work that waits, and new work comes after next()', async () => {
    const loop = new FakeLoop();
    const turn = new Turn(loop);
    const log: string[] = [];
    turn.isOver();
    loop.ms += sliceMs;
    turn.run(() => log.push('a'));
    const b = turn.next().then(() => log.push('b'));
    turn.run(() => log.push('c'));
    await loop.runAll();
    await b;
    expect(log.join('')).toMatch(/^a(bc|cb)$/);
  });
});
