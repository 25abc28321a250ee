/**
 * Decides which writes are measured, in which order, and how long each may take.
 * @module
 */
import type { WriteMethod, WriteSpot } from './cell.js';
import type { WriteBenchSettings } from './options.js';

/** Programs that are available. */
export type AvailableTools = Readonly<Record<'hdf5' | 'fio' | 'dd', boolean>>;

/**
 * Returns all cells. Cells that verdicts compare are adjacent. Processes are measured only without synchronization, and
 * other programs only if they overwrite a file.
 */
export function planWrites(settings: WriteBenchSettings, available: AvailableTools): WriteSpot[] {
  const spots: WriteSpot[] = [];
  for (const access of settings.access) {
    for (const state of settings.states) {
      for (const sync of settings.syncs) {
        const methods: WriteMethod[] = ['threads', 'file-each'];
        if (sync === 'none') methods.push('processes');
        if (state === 'written') {
          // fio does not report the time of its last fsync, so it is measured only without one, or with one per write.
          if (available.fio && sync !== 'end') methods.push('fio');
          if (available.dd && sync !== 'each') methods.push('dd');
          if (available.hdf5 && access === 'buffered' && sync === 'none') methods.push('hdf5');
        }
        for (const n of settings.parallelism) {
          for (const method of methods) spots.push({ method, state, access, sync, n });
        }
      }
    }
  }
  return spots;
}

/** Approximate time in milliseconds that a run takes in addition to the writes. Used only to divide the time limit. */
const overheadMs: Readonly<Record<WriteMethod, number>> = {
  threads: 120,
  'file-each': 120,
  processes: 160,
  hdf5: 150,
  fio: 450,
  dd: 150,
};

/**
 * Returns the maximum duration of a run in milliseconds. This is the option `cellMs` if it is given. Otherwise all runs
 * share the time limit equally, but a run may take 20 ms (even if the limit is then exceeded) and at most 150 ms.
 */
export function writeCellMs(spots: readonly WriteSpot[], settings: WriteBenchSettings): number {
  if (settings.cellMs !== null) return settings.cellMs;
  const overhead = spots.reduce((sum, { method }) => sum + overheadMs[method], 0);
  const left = settings.timeLimitMs / settings.rounds - overhead;
  return Math.round(Math.min(150, Math.max(20, left / Math.max(1, spots.length))));
}
