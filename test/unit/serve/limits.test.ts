/** Tests lib/serve/limits.ts, which divides the memory of replies between small and large ones. */
import { expect, test } from 'vitest';
import { Admission } from '../../../lib/serve/limits.js';

const mebibyte = 1 << 20;
const limits = {
  memoryBytes: 256 * mebibyte,
  maxResponseBytes: 1000,
  concurrentReads: 2,
  waitingReads: 4,
  requestTimeMs: 1000,
};
const never = new AbortController().signal;
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

test('admits small reads while large replies that are being sent use all of their memory', async () => {
  const admission = new Admission(limits);
  const large = await admission.begin(224 * mebibyte, never);
  large.keep(224 * mebibyte);
  const waiting = admission.begin(mebibyte, never);
  expect(await isSettled(waiting)).toBe(false);
  const small = await admission.begin(128 << 10, never);
  expect(admission.usage).toEqual({ bytes: 224 * mebibyte + (128 << 10), reads: 1, waiting: 1 });
  large.end();
  (await waiting).end();
  small.end();
  expect(admission.usage).toEqual({ bytes: 0, reads: 0, waiting: 0 });
});

test('admits small reads while as many large ones run as may', async () => {
  const admission = new Admission(limits);
  const running = [await admission.begin(mebibyte, never), await admission.begin(mebibyte, never)];
  expect(await isSettled(admission.begin(mebibyte, never))).toBe(false);
  const small = [await admission.begin(100, never), await admission.begin(100, never)];
  expect(await isSettled(admission.begin(100, never))).toBe(false);
  for (const hold of [...running, ...small]) hold.end();
});

test('chooses smaller parts if many replies share the memory', async () => {
  const admission = new Admission({ ...limits, concurrentReads: 1000 });
  expect(admission.partBytes).toBe(16 * mebibyte);
  for (let i = 0; i < 6; i++) await admission.begin(mebibyte, never);
  expect(admission.partBytes).toBe(4 * mebibyte);
  for (let i = 0; i < 100; i++) await admission.begin(mebibyte, never);
  expect(admission.partBytes).toBe(mebibyte);
});
