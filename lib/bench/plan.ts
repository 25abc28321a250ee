/**
 * Decides which cells are measured, in which order, and how long each may take.
 * @module
 */
import { type Engine, engineNames, engineTraits } from '../core/generated/choices.js';
import type { Access, AccessMethod } from './cell.js';
import type { BenchSettings } from './options.js';

/** A cell to measure. */
export interface Spot {
  readonly way: AccessMethod;
  readonly access: Access;
  readonly n: number;
}

/** Optional methods that are available. `parts` is the method `file-each`. */
export interface AvailableMethods {
  readonly parts: boolean;
  readonly hdf5: boolean;
  readonly fio: boolean;
  readonly dd: boolean;
}

/**
 * Returns the engines for an access. For `direct`, these are the engines that bypass the page cache. For other
 * accesses, these are the engines that use it.
 */
export function enginesFor(access: Access): Engine[] {
  return engineNames.filter((engine) => engineTraits[engine].direct === (access === 'direct'));
}

/** Returns the reason why a method cannot perform an access in an order; null if it can. */
export function whyUnsupported(way: AccessMethod, access: Access, order: BenchSettings['order']): string | null {
  if (way === 'dd' && access === 'cold')
    return 'dd always reads the whole region, which takes long if it is not cached';
  if (way === 'dd' && order !== 'sequential') return 'dd reads blocks only in sequential order';
  if (way === 'hdf5' && access === 'direct') return 'h5py does not use O_DIRECT';
  return null;
}

/** Returns all cells. Cells that verdicts compare are adjacent. */
export function planCells(settings: BenchSettings, available: AvailableMethods): Spot[] {
  const spots: Spot[] = [];
  for (const access of settings.access) {
    const ways: AccessMethod[] = ['pread', 'pread-own'];
    if (available.parts) ways.push('file-each');
    ways.push('read', 'unlocked', 'processes');
    if (available.fio) ways.push('fio');
    if (available.dd) ways.push('dd');
    ways.push(...enginesFor(access).map((engine): AccessMethod => `posix-par:${engine}`));
    if (available.hdf5) ways.push('hdf5');
    const supported = ways.filter((way) => whyUnsupported(way, access, settings.order) === null);
    for (const n of settings.parallelism) {
      for (const way of supported) if (way !== 'unlocked' || n > 1) spots.push({ way, access, n });
    }
  }
  return spots;
}

/**
 * Approximate time in milliseconds that a run of a method takes in addition to the reads themselves. Used only to
 * divide the time limit.
 */
const overheadMs: Readonly<Record<string, number>> = { fio: 350, dd: 60, processes: 60, hdf5: 60 };

/**
 * Returns the duration of a run in milliseconds. This is the option `cellMs` if it is given. Otherwise all runs share
 * the time limit equally, but a run takes at least 10 ms (even if the limit is then exceeded) and at most 250 ms.
 */
export function cellMsFor(spots: readonly Spot[], settings: BenchSettings): number {
  if (settings.cellMs !== null) return settings.cellMs;
  const overhead = spots.reduce((sum, { way }) => sum + (overheadMs[way] ?? 15), 0);
  const left = settings.timeLimitMs / settings.rounds - overhead;
  return Math.round(Math.min(250, Math.max(10, left / Math.max(1, spots.length))));
}
