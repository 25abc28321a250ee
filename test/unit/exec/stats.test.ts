import { expect, test } from 'vitest';
import { statWordCount, statWords } from '../../../lib/core/generated/stats.js';
import { mergeCounters, toReadStats } from '../../../lib/exec/stats.js';

const account = (words: Partial<Record<keyof typeof statWords, number>>): number[] => {
  const all = new Array<number>(statWordCount).fill(0);
  for (const [name, word] of Object.entries(words)) all[statWords[name as keyof typeof statWords]] = word;
  return all;
};

test('mergeCounters adds the cost of a second read, but keeps the results of the first', () => {
  const own = account({ bytesRead: 10, engines: 1, threads: 3, onCaller: 1, chunksDone: 4, chunksAbsent: 1 });
  const more = account({ bytesRead: 5, engines: 2, threads: 2, chunksDone: 9, chunksAbsent: 9, engineReason: 3 });
  const both = toReadStats(mergeCounters(own, more), 0, 4, 0);
  expect(both).toMatchObject({ bytesRead: 15, engine: 'pread+mmap', threads: 3, chunksAbsent: 1, engineReason: '' });
  expect(both.onCallingThread).toBe(false);
  expect(mergeCounters(own, own)[statWords.onCaller]).toBe(1);
  expect(mergeCounters(own, account({}))).toEqual(
    account({ ...{ bytesRead: 10, engines: 1, threads: 3 }, chunksDone: 4, chunksAbsent: 1 }),
  );
});

test('every counter has a merge rule', () => {
  const ones = new Array<number>(statWordCount).fill(1);
  expect(mergeCounters(ones, ones).every((word) => word === 1 || word === 2)).toBe(true);
  expect(mergeCounters(ones, ones)).toHaveLength(statWordCount);
});
