/**
 * Question 3: how much of what was measured was the page cache.
 * @module
 */
import type { Access, Cell } from '../cell.js';
import { storageShare } from './cause.js';
import { best, digits, percent, rate, undecided, type Verdict } from './verdict.js';

const question = 'the page cache';

/** What the cells of one access read from storage and what from memory. */
export function judgeAccess(cells: readonly Cell[], access: Access): Verdict | null {
  const told = cells.filter((cell) => cell.access === access && storageShare(cell) !== null);
  const bytes = told.reduce((sum, cell) => sum + cell.bytes, 0);
  if (bytes === 0) return null;
  const fromStorage = told.reduce((sum, cell) => sum + (storageShare(cell) ?? 0) * cell.bytes, 0);
  const share = fromStorage / bytes;
  const residency = told.flatMap(({ residency: { before, of } }) => (before === null || of === 0 ? [] : [before / of]));
  const resident = residency.length === 0 ? Number.NaN : residency.reduce((a, b) => a + b, 0) / residency.length;
  const evidence = { bytes, shareFromStorage: share, residentBefore: resident };
  const numbers = `of ${digits(bytes / 1e9)} GB, ${percent(share)} came from storage; before its clock started ${percent(resident)} of the region lay in the page cache`;
  const subject = `${access} cells`;
  const answer = share <= 0.02 ? 'memory' : share >= 0.9 ? 'storage' : 'both';
  const words = {
    memory: `What ${access} cells measured is the page cache`,
    storage: `What ${access} cells measured is storage`,
    both: `What ${access} cells measured is part memory, part storage, and neither alone`,
  }[answer];
  const warning =
    access === 'direct' && answer !== 'storage'
      ? ' Direct reads that no device served: this file system has none, or shows none.'
      : '';
  return { question, subject, answer, text: `${words}: ${numbers}.${warning}`, evidence };
}

/** By how much the page cache flatters a measurement that does not look at it. */
export function judgePageCache(cells: readonly Cell[], isVirtual: boolean): Verdict {
  const subject = 'cached against direct';
  const [cached, direct] = (['cached', 'direct'] as const).map((access) =>
    best(cells.filter((cell) => cell.access === access && cell.way === 'pread')),
  ) as [number, number];
  const [memory, storage] = (['cached', 'direct'] as const).map((access) => judgeAccess(cells, access)?.answer);
  const evidence = { cachedBest: cached, directBest: direct, ratio: cached / direct };
  const below = isVirtual
    ? ' The machine is virtual: whether its disk is in turn cached by the host, no counter in here tells.'
    : '';
  if (memory === 'memory' && storage === 'storage' && direct > 0) {
    const text =
      `A benchmark that does not look at the page cache is off by a factor of ${digits(cached / direct)} here: pread reaches ` +
      `${rate(cached)} from memory and ${rate(direct)} from the device.${below}`;
    return { question, subject, answer: 'told apart', text, evidence };
  }
  const text = `Undecided: cached cells read from ${memory ?? 'nowhere known'}, direct cells from ${storage ?? 'nowhere known'}; they can not be set against each other.${below}`;
  return { question, subject, answer: undecided, text, evidence };
}
