/** Tests the sentences of `posix-par bench` about undecided verdicts and skipped measurements. */
import { expect, test } from 'vitest';
import type { Verdict } from '../../lib/bench/index.js';
import { groupUndecided, undecidedReason } from '../../lib/cli/bench/answers.js';
import { mergeSkipped, roundsText } from '../../lib/cli/bench/names.js';

const verdict = (subject: string, text: string): Verdict => ({
  question: 'the knee',
  subject,
  answer: 'undecided',
  text,
  evidence: {},
});

test('reasons are parts of sentences, and equal reasons are one group', () => {
  const groups = groupUndecided([
    verdict('pread, cached', 'Undecided: a single round does not show how much the numbers vary.'),
    verdict('one file, direct', 'Reads take 3 ms, but a single round does not show how much the numbers vary.'),
    verdict('fio, direct', 'Undecided: only 2 parallelisms were measured; finding a knee needs 3.'),
  ]);
  expect(groups.map(({ reason, verdicts }) => [reason, verdicts.length])).toEqual([
    ['a single round does not show how much the numbers vary', 2],
    ['only 2 parallelisms were measured; finding a knee needs 3', 1],
  ]);
  expect(undecidedReason('Undecided: I/O errors occurred.')).toBe('I/O errors occurred');
});

test('skipped measurements of one method are one line', () => {
  const late = 'the time limit was reached';
  expect(
    mergeSkipped([
      { way: 'pread', access: 'cached', n: 2, reason: late },
      { way: 'pread', access: 'cached', n: 4, reason: late },
      { way: 'pread', access: 'direct', n: null, reason: late },
      { way: 'pread', access: 'cached', n: 8, reason: 'it failed' },
    ]),
  ).toEqual([
    { name: 'pread, one descriptor, cached ×2, ×4', reason: late },
    { name: 'pread, one descriptor, direct', reason: late },
    { name: 'pread, one descriptor, cached ×8', reason: 'it failed' },
  ]);
  expect([roundsText(1), roundsText(3)]).toEqual(['1 round', '3 rounds']);
});
