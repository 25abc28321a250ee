/**
 * Judges how much of the measured data came from the page cache.
 * @module
 */
import type { Access, Cell } from '../cell.js';
import { storageShare } from './cause.js';
import { best, digits, percent, rate, undecided, type Verdict } from './verdict.js';

const question = 'the page cache';

/** Determines how many bytes the cells of one access read from storage and how many from memory. */
export function judgeAccess(cells: readonly Cell[], access: Access): Verdict | null {
  const measured = cells.filter((cell) => cell.access === access && storageShare(cell) !== null);
  const bytes = measured.reduce((sum, cell) => sum + cell.bytes, 0);
  if (bytes === 0) return null;
  const fromStorage = measured.reduce((sum, cell) => sum + (storageShare(cell) ?? 0) * cell.bytes, 0);
  const share = fromStorage / bytes;
  const residency = measured.flatMap(({ residency: { before, of } }) =>
    before === null || of === 0 ? [] : [before / of],
  );
  const resident = residency.length === 0 ? Number.NaN : residency.reduce((a, b) => a + b, 0) / residency.length;
  const evidence = { bytes, shareFromStorage: share, residentBefore: resident };
  const numbers =
    `of ${digits(bytes / 1e9)} GB, ${percent(share)} came from storage; ` +
    `before the runs, ${percent(resident)} of the region was in the page cache`;
  const subject = `${access} cells`;
  const answer = share <= 0.02 ? 'memory' : share >= 0.9 ? 'storage' : 'both';
  const words = {
    memory: `The ${access} cells measured the page cache`,
    storage: `The ${access} cells measured storage`,
    both: `The ${access} cells measured a mix of memory and storage`,
  }[answer];
  const warning =
    access === 'direct' && answer !== 'storage'
      ? ' No block device served the direct reads: the file system has none, or hides it.'
      : '';
  return { question, subject, answer, text: `${words}: ${numbers}.${warning}`, evidence };
}

/** Compares cached with direct reads. The ratio is the error of a storage benchmark that reads from the page cache. */
export function judgePageCache(cells: readonly Cell[], isVirtual: boolean): Verdict {
  const subject = 'cached against direct';
  const [cached, direct] = (['cached', 'direct'] as const).map((access) =>
    best(cells.filter((cell) => cell.access === access && cell.way === 'pread')),
  ) as [number, number];
  const [memory, storage] = (['cached', 'direct'] as const).map((access) => judgeAccess(cells, access)?.answer);
  const evidence = { cachedBest: cached, directBest: direct, ratio: cached / direct };
  const below = isVirtual ? ' The machine is virtual, and no counter in it tells if the host caches its disk.' : '';
  if (memory === 'memory' && storage === 'storage' && direct > 0) {
    const text =
      `A benchmark that ignores the page cache would be wrong by a factor of ${digits(cached / direct)}: ` +
      `pread reaches ${rate(cached)} from memory and ${rate(direct)} from the device.${below}`;
    return { question, subject, answer: 'told apart', text, evidence };
  }
  const text =
    `Undecided: the cached cells read from ${memory ?? 'an unknown source'} and the direct cells from ` +
    `${storage ?? 'an unknown source'}, so they cannot be compared.${below}`;
  return { question, subject, answer: undecided, text, evidence };
}
