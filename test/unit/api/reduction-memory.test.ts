// Tests the memory limit of reductions: admission in the order of the calls, aborts, and reductions above the limit.
import { expect, it } from 'vitest';
import { ReductionMemory } from '../../../lib/api/reduction-memory.js';

/** Lets all promises settle that can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('admits reductions in the order of their calls while they fit, and a larger one alone', async () => {
  const memory = new ReductionMemory();
  memory.limitBytes = 10;
  const log: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (name: string, bytes: number): void => {
    void memory.enter(bytes, undefined).then((end) => {
      log.push(name);
      leave.set(name, end);
    });
  };
  enter('a', 6);
  enter('b', 6);
  enter('c', 1);
  enter('d', 40);
  await settle();
  expect(log).toEqual(['a']);
  leave.get('a')?.();
  await settle();
  expect(log).toEqual(['a', 'b', 'c']);
  leave.get('b')?.();
  await settle();
  expect(log).toEqual(['a', 'b', 'c']);
  leave.get('c')?.();
  await settle();
  expect(log).toEqual(['a', 'b', 'c', 'd']);
  enter('e', 1);
  leave.get('d')?.();
  await settle();
  expect(log.at(-1)).toBe('e');
});

it('admits those that wait behind a reduction that gives up', async () => {
  const memory = new ReductionMemory();
  memory.limitBytes = 10;
  const leave = await memory.enter(6, undefined);
  const controller = new AbortController();
  const large = memory.enter(9, controller.signal);
  const small = memory.enter(4, undefined);
  controller.abort();
  await expect(large).rejects.toMatchObject({ name: 'AbortError' });
  (await small)();
  leave();
  await expect(memory.enter(1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  (await memory.enter(10, undefined))();
});

it('admits those that fit a raised limit at once', async () => {
  const memory = new ReductionMemory();
  memory.limitBytes = 10;
  const leave = await memory.enter(6, undefined);
  const log: string[] = [];
  const waiting = memory.enter(9, undefined).then((end) => {
    log.push('admitted');
    end();
  });
  await settle();
  expect(log).toEqual([]);
  memory.limitBytes = 15;
  await waiting;
  expect(log).toEqual(['admitted']);
  leave();
});
