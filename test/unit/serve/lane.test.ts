/** Tests lib/serve/lane.ts, which admits reads within a limit on memory. */
import { describe, expect, test } from 'vitest';
import { Lane } from '../../../lib/serve/lane.js';

const limits = { memoryBytes: 100, concurrentReads: 3, waitingReads: 4 };
const never = new AbortController().signal;

/** A lane with a manual clock, and a log of the reads that it has admitted. */
function create() {
  const clock = { ms: 0 };
  const lane = new Lane(limits, () => clock.ms);
  const admitted: string[] = [];
  const begin = async (name: string, bytes: number, signal = never): Promise<() => void> => {
    const hold = await lane.begin(bytes, signal);
    admitted.push(name);
    return hold.end;
  };
  return { clock, lane, admitted, begin };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  test('keeps the memory and the number of reads below the limits', async () => {
    const { lane, admitted, begin } = create();
    const ends = await Promise.all(['a', 'b', 'c'].map((name) => begin(name, 30)));
    void begin('d', 1);
    await settle();
    expect(admitted).toEqual(['a', 'b', 'c']);
    expect(lane.usage).toEqual({ bytes: 90, reads: 3, waiting: 1 });
    for (const end of ends) end();
    await settle();
    expect(lane.usage).toEqual({ bytes: 1, reads: 1, waiting: 0 });
  });

  test('counts the memory of a read that has ended until it has been sent', async () => {
    const { lane, admitted, begin } = create();
    const first = await lane.begin(90, never);
    void begin('next', 30);
    first.keep(80);
    await settle();
    expect(lane.usage).toEqual({ bytes: 80, reads: 0, waiting: 1 });
    first.keep(70);
    await settle();
    expect(admitted).toEqual(['next']);
    expect(lane.usage).toEqual({ bytes: 100, reads: 1, waiting: 0 });
    first.end();
    first.end();
    first.keep(50);
    expect(lane.usage).toEqual({ bytes: 30, reads: 1, waiting: 0 });
  });

  test('does not admit a read that is larger than the memory while a reply is sent', async () => {
    const { lane, admitted, begin } = create();
    const first = await lane.begin(90, never);
    first.keep(1);
    void begin('huge', 500);
    await settle();
    expect(admitted).toEqual([]);
    first.end();
    await settle();
    expect(admitted).toEqual(['huge']);
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
