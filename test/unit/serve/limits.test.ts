/** Tests lib/serve/limits.ts, which admits the reads of the server. */
import { describe, expect, test } from 'vitest';
import { Admission } from '../../../lib/serve/limits.js';

const limits = { memoryBytes: 100, maxResponseBytes: 1000, concurrentReads: 3, waitingReads: 4, requestTimeMs: 1000 };
const never = new AbortController().signal;

/** An admission with a manual clock, and a log of the reads that it has admitted. */
function create() {
  const clock = { ms: 0 };
  const admission = new Admission(limits, () => clock.ms);
  const admitted: string[] = [];
  const begin = async (name: string, bytes: number, signal = never): Promise<() => void> => {
    const end = await admission.begin(bytes, signal);
    admitted.push(name);
    return end;
  };
  return { clock, admission, admitted, begin };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the admission of reads', () => {
  test('keeps the memory and the number of reads below the limits', async () => {
    const { admission, admitted, begin } = create();
    const ends = await Promise.all(['a', 'b', 'c'].map((name) => begin(name, 30)));
    void begin('d', 1);
    await settle();
    expect(admitted).toEqual(['a', 'b', 'c']);
    expect(admission.usage).toEqual({ bytes: 90, reads: 3, waiting: 1 });
    for (const end of ends) end();
    await settle();
    expect(admission.usage).toEqual({ bytes: 1, reads: 1, waiting: 0 });
  });

  test('lets small reads overtake a large one, but not for ever', async () => {
    const { clock, admitted, begin } = create();
    const endA = await begin('a', 60);
    const large = begin('large', 90);
    const endB = await begin('b', 10);
    expect(admitted).toEqual(['a', 'b']);
    clock.ms += 2000;
    const late = begin('late', 10);
    endB();
    await settle();
    expect(admitted).toEqual(['a', 'b']);
    endA();
    await settle();
    expect(admitted).toEqual(['a', 'b', 'large', 'late']);
    for (const end of [await large, await late]) end();
  });

  test('admits a read that is larger than the memory if no other read is in flight', async () => {
    const { admitted, begin } = create();
    const end = await begin('a', 10);
    const huge = begin('huge', 500);
    await settle();
    expect(admitted).toEqual(['a']);
    end();
    (await huge)();
    expect(admitted).toEqual(['a', 'huge']);
  });

  test('admits the reads that waited behind an aborted one, and refuses too many', async () => {
    const { clock, admitted, begin } = create();
    const end = await begin('a', 60);
    const controller = new AbortController();
    const aborted = begin('aborted', 90, controller.signal);
    clock.ms += 2000;
    const b = begin('b', 10);
    await settle();
    expect(admitted).toEqual(['a']);
    controller.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    (await b)();
    const waiting = Array.from({ length: limits.waitingReads }, () => begin('w', 90));
    await expect(begin('refused', 90)).rejects.toThrow('requests are waiting');
    end();
    for (const one of waiting) (await one)();
    expect(admitted.filter((name) => name === 'w')).toHaveLength(limits.waitingReads);
  });
});
