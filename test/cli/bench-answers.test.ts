/** Tests the sentences about undecided verdicts of `posix-par bench`. */
import { expect, test } from 'vitest';
import type { Verdict } from '../../lib/bench/index.js';
import { groupUndecided, undecidedReason } from '../../lib/cli/bench/answers.js';

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
