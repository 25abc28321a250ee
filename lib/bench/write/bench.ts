/**
 * Benchmarks parallel writes: measures them, judges the results, and returns both as data.
 * @module
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WriteError } from '../../core/errors.js';
import { checkedPath } from '../../io/paths.js';
import { errorMessage, measureAll } from '../alternate.js';
import { Children } from '../children.js';
import { Hdf5Library } from '../hdf5.js';
import { describeMachine } from '../machine.js';
import { packageVersion } from '../own-files.js';
import { isInstalled } from '../reference-tools.js';
import { combineRounds } from '../rounds.js';
import { freeBytes, makeFolder, maxShareOfFreeSpace } from '../target.js';
import type { SkippedWrite, WriteCell, WriteMeasurement, WriteSpot } from './cell.js';
import { WriteFiles } from './files.js';
import { type WriteBenchOptions, type WriteBenchSettings, writeBenchSettings } from './options.js';
import { planWrites, writeCellMs } from './plan.js';
import { measureWrites, type WriteBench, type WriteRound } from './run.js';
import { judgeWrites, type WriteVerdict } from './verdict.js';
import { addWaits, summarizeWaits } from './waits.js';

/** Result of {@link benchWrites}: the measurement and the verdicts that follow from it. */
export interface WriteBenchReport extends WriteMeasurement {
  readonly verdicts: readonly WriteVerdict[];
}

/**
 * Number of regions that may exist at the same time: the overwritten file, the overwritten files of `file-each`, the
 * file of the HDF5 library, and the files of the current run.
 */
const maxRegions = 4;

/** Converts an error of `node:fs` about a directory. */
function directoryError(error: unknown, path: string): WriteError {
  const { code = 'EIO', errno = 5 }: NodeJS.ErrnoException = error as NodeJS.ErrnoException;
  const message = `Cannot create files in ${path}: ${errorMessage(error)}`;
  return new WriteError(message, { code, errno: Math.abs(errno), path }, { cause: error });
}

const keyOf = ({ method, state, access, sync, n }: WriteSpot): string => `${method} ${state} ${access} ${sync} ${n}`;

/** Combines the rounds of a cell. There must be at least one round. */
export function createWriteCell(spot: WriteSpot, rounds: readonly WriteRound[]): WriteCell {
  const waits = rounds.flatMap((round) => (round.waits === null ? [] : [round.waits]));
  return {
    ...spot,
    ...combineRounds(rounds),
    waits: waits.length === 0 ? null : summarizeWaits(addWaits(waits)),
  };
}

/** Checks that `path` is a directory with enough free space. @throws {WriteError} */
async function checkDirectory(path: string, bytes: number): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw directoryError(error, path);
  });
  if (!found.isDirectory()) {
    const message = `${path} is not a directory. A benchmark of writes creates its files in a directory`;
    throw new WriteError(message, { code: 'ENOTDIR', errno: 20, path });
  }
  const free = await freeBytes(path);
  if (bytes > maxShareOfFreeSpace * free) {
    const message = `The benchmark needs up to ${bytes} bytes in ${path}, but only ${free} bytes are free`;
    throw new WriteError(message, { code: 'ENOSPC', errno: 28, path });
  }
}

/** Creates the file of the HDF5 library. Returns the reason as text if that is not possible. */
async function startHdf5(settings: WriteBenchSettings, files: WriteFiles, folder: string) {
  if (settings.python === null) return 'disabled by an option';
  const library = await Hdf5Library.start(settings.python);
  if (library === null) return `no h5py in ${settings.python}`;
  try {
    const { paths, settle } = await files.prepare('hdf5', 'written');
    await settle();
    const path = join(folder, 'data.h5');
    await library.make(paths[0] ?? '', path, files.blocks * settings.blockBytes);
    return { library, path };
  } catch (error) {
    library.end();
    return errorMessage(error);
  }
}

/**
 * Lists the cells that were not measured. Cells that differ only in parallelism share one entry if all are missing for
 * the same reason.
 */
function listSkipped(
  spots: readonly WriteSpot[],
  rounds: ReadonlyMap<string, unknown>,
  failed: ReadonlyMap<string, string>,
): SkippedWrite[] {
  const groups = new Map<string, { spots: WriteSpot[]; reason: string; all: number }>();
  for (const spot of spots) {
    const reason = failed.get(keyOf(spot)) ?? (rounds.has(keyOf(spot)) ? null : 'the time limit was reached');
    if (reason === null) continue;
    const { method, state, access, sync } = spot;
    const same = spots.filter((one) => keyOf({ ...one, n: 0 }) === keyOf({ ...spot, n: 0 }));
    const key = [method, state, access, sync, reason].join(' ');
    const group = groups.get(key) ?? { spots: [], reason, all: same.length };
    group.spots.push(spot);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ spots: missing, reason, all }): SkippedWrite[] => {
    const [first] = missing;
    if (first !== undefined && missing.length === all) return [{ ...first, n: null, reason }];
    return missing.map((spot) => ({ ...spot, reason }));
  });
}

/** Lists programs that are not available, with the reason. */
function listUnavailable(why: Partial<Record<'hdf5' | 'fio' | 'dd', string>>): SkippedWrite[] {
  return Object.entries(why).map(([method, reason = '']) => ({
    method: method as 'hdf5' | 'fio' | 'dd',
    state: 'written',
    access: 'buffered',
    sync: 'none',
    n: null,
    reason,
  }));
}

/**
 * Measures how fast threads and processes write files in parallel, and determines if writes to one file exclude each
 * other. It writes only files that it creates in a new directory inside `directory`, and removes them at the end, also
 * after an error and if `signal` is aborted.
 * @param directory an existing directory on the storage to measure.
 * @param options see {@link WriteBenchOptions}.
 * @returns measurements, verdicts, and what was skipped, as plain data; docs/bench.md describes the schema.
 * @throws {WriteError} `ENOENT`, `ENOTDIR`, `ENOSPC` if the files might use more than 80 % of the free space, or if no
 *   write succeeds.
 * @throws {AbortError} if `signal` is aborted. @throws {TypeError} naming an option, or for an empty path.
 * @example const { verdicts } = await benchWrites('/data', { timeLimitMs: 60_000 })
 */
export async function benchWrites(directory: string | URL, options: WriteBenchOptions = {}): Promise<WriteBenchReport> {
  const path = resolve(checkedPath(directory));
  const settings = writeBenchSettings(options);
  const start = Date.now();
  const regionBytes = settings.parts * settings.blocksPerPart * settings.blockBytes;
  await checkDirectory(path, maxRegions * regionBytes);
  const { folder, remove } = await makeFolder(join(path, 'write'), false).catch((error: unknown) => {
    throw directoryError(error, path);
  });
  const children = new Children();
  let library: Hdf5Library | null = null;
  try {
    const files = new WriteFiles(folder, settings);
    const usesTools = settings.referenceTools !== 'none';
    const [fio, dd] = await Promise.all(['fio', 'dd'].map((tool) => (usesTools ? isInstalled(tool) : false)));
    const hdf5 = await startHdf5(settings, files, folder);
    if (typeof hdf5 !== 'string') library = hdf5.library;
    const missing = usesTools ? 'not installed' : 'disabled by an option';
    const why = {
      ...(fio === true ? {} : { fio: missing }),
      ...(dd === true ? {} : { dd: missing }),
      ...(typeof hdf5 === 'string' ? { hdf5 } : {}),
    };
    const spots = planWrites(settings, { fio: fio === true, dd: dd === true, hdf5: library !== null });
    const cellMs = writeCellMs(spots, settings);
    const { machine, devices } = await describeMachine(folder);
    const bench: WriteBench = {
      files,
      settings,
      cellMs,
      children,
      devices,
      hdf5: typeof hdf5 === 'string' ? null : hdf5,
    };
    const { rounds, failed } = await measureAll(
      { spots, keyOf, measure: (spot) => measureWrites(bench, spot) },
      settings,
      start + settings.timeLimitMs,
    );
    const [firstFailure] = failed.values();
    if (rounds.size === 0 && firstFailure !== undefined) {
      throw new WriteError(`Nothing could be measured: ${firstFailure}`, { code: 'EIO', errno: 5, path });
    }
    const measurement: WriteMeasurement = {
      schema: 'posix-par.bench-write/1',
      date: new Date().toISOString(),
      version: packageVersion(),
      path,
      regionBytes,
      blockBytes: settings.blockBytes,
      parallelism: settings.parallelism,
      cellMs,
      rounds: settings.rounds,
      elapsedMs: Date.now() - start,
      machine,
      cells: spots.flatMap((spot) => {
        const list = rounds.get(keyOf(spot));
        return list === undefined ? [] : [createWriteCell(spot, list)];
      }),
      skipped: [...listUnavailable(why), ...listSkipped(spots, rounds, failed)],
    };
    return { ...measurement, verdicts: judgeWrites(measurement) };
  } finally {
    await children.end();
    library?.end();
    remove();
  }
}
