/**
 * Benchmarks storage: measures parallel reads, judges the results, and returns both as data.
 * @module
 */

import { join } from 'node:path';
import { ReadError } from '../core/errors.js';
import { checkedPath } from '../io/paths.js';
import { errorMessage, measureAll } from './alternate.js';
import type { AccessMethod, Measurement, Skipped } from './cell.js';
import { Children } from './children.js';
import { diffCounters, readCounters } from './counters.js';
import { Hdf5Library } from './hdf5.js';
import { describeMachine } from './machine.js';
import { type BenchOptions, type BenchSettings, benchSettings } from './options.js';
import { packageVersion } from './own-files.js';
import { cellMsFor, planCells, type Spot, whyUnsupported } from './plan.js';
import { isInstalled } from './reference-tools.js';
import { createCell, type Round } from './rounds.js';
import { type Bench, measure, prepare } from './run.js';
import { prepareTarget, whyNoRoom } from './target.js';
import { judge } from './verdict/judge.js';
import type { Verdict } from './verdict/verdict.js';

/** Result of {@link benchStorage}: the measurement and the verdicts that follow from it. */
export interface BenchReport extends Measurement {
  readonly verdicts: readonly Verdict[];
}

const keyOf = ({ way, access, n }: Spot): string => `${way} ${access} ${n}`;

function ownCpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

async function measureOnce(bench: Bench, spot: Spot): Promise<Round> {
  await prepare(bench, spot);
  const before = readCounters(bench.devices);
  const cpuBefore = ownCpuNs();
  const { round, foreignCpuNs } = await measure(bench, spot);
  const after = readCounters(bench.devices);
  const own = ownCpuNs() - cpuBefore + (foreignCpuNs ?? 0);
  const { device, surroundings } = diffCounters(before, after, own, round.elapsedNs);
  return { ...round, device, surroundings: foreignCpuNs === null ? null : surroundings };
}

/** Creates the error for a file that no method could read. */
function nothingMeasuredError(cause: unknown, path: string): ReadError {
  const { code, errno } = cause instanceof ReadError ? cause : { code: 'EIO', errno: 5 };
  return new ReadError(`Nothing could be measured: ${errorMessage(cause)}`, { code, errno, path }, { cause });
}

/**
 * Lists the cells that were not measured. If the reason is the same at every parallelism, the cells of a method and an
 * access share one entry.
 */
function listSkipped(
  spots: readonly Spot[],
  rounds: ReadonlyMap<string, Round[]>,
  failed: ReadonlyMap<string, string>,
) {
  const skipped: Skipped[] = [];
  const groups = new Map<string, { spot: Spot; reason: string; ns: number[]; all: number }>();
  for (const spot of spots) {
    const reason = failed.get(keyOf(spot)) ?? (rounds.has(keyOf(spot)) ? null : 'the time limit was reached');
    if (reason === null) continue;
    const key = `${spot.way} ${spot.access} ${reason}`;
    const all = spots.filter(({ way, access }) => way === spot.way && access === spot.access).length;
    const group = groups.get(key) ?? { spot, reason, ns: [], all };
    group.ns.push(spot.n);
    groups.set(key, group);
  }
  for (const { spot, reason, ns, all } of groups.values()) {
    const { way, access } = spot;
    if (ns.length === all) skipped.push({ way, access, n: null, reason });
    else skipped.push(...ns.map((n): Skipped => ({ way, access, n, reason })));
  }
  return skipped;
}

/** Lists methods that are not available, or not for an access, with the reason. */
function unavailable(settings: BenchSettings, why: Partial<Record<AccessMethod, string>>): Skipped[] {
  const ways = new Set<AccessMethod>([...(Object.keys(why) as AccessMethod[]), 'dd', 'hdf5']);
  return [...ways].flatMap((way) =>
    settings.access.flatMap((access): Skipped[] => {
      const reason = why[way] ?? whyUnsupported(way, access, settings.order);
      return reason === null ? [] : [{ way, access, n: null, reason }];
    }),
  );
}

/**
 * Measures how fast threads, processes and libraries read a file in parallel, and determines what limits them: whether
 * one file can be read in parallel, at which parallelism throughput saturates and why, and how much of the data came
 * from the page cache.
 * @param path a file, which is only read; a directory, in which a temporary file is written; or, with `sizeBytes`, a
 *   path that does not exist, next to which a temporary file is written.
 * @param options see {@link BenchOptions}.
 * @returns measurements, verdicts, and what was skipped, as plain data; docs/bench.md describes the schema.
 * @throws {ReadError} if the path cannot be measured (`ENOENT` if it does not exist and there is no `sizeBytes`), if no
 *   read succeeds, or if the temporary file does not fit (`ENOSPC`).
 * @throws {AbortError} if `signal` is aborted; temporary files are removed. @throws {TypeError} naming an option, or
 *   for an empty path.
 * @example const { verdicts } = await benchStorage('/data', { timeLimitMs: 30_000 })
 */
export async function benchStorage(path: string | URL, options: BenchOptions = {}): Promise<BenchReport> {
  const given = checkedPath(path);
  const settings = benchSettings(options);
  const start = Date.now();
  const target = await prepareTarget(given, settings);
  const children = new Children();
  let library: Hdf5Library | null = null;
  try {
    const why: Partial<Record<AccessMethod, string>> = {};
    if (target.whyNoParts !== null) why['file-each'] = target.whyNoParts;
    const usesTools = settings.referenceTools !== 'none';
    const [fio, dd] = await Promise.all(['fio', 'dd'].map((tool) => (usesTools ? isInstalled(tool) : false)));
    if (fio !== true) why['fio'] = usesTools ? 'not installed' : 'disabled by an option';
    if (dd !== true) why['dd'] = usesTools ? 'not installed' : 'disabled by an option';
    library = settings.python === null ? null : await Hdf5Library.start(settings.python);
    let hdf5: Bench['hdf5'] = null;
    if (library === null) {
      why['hdf5'] = settings.python === null ? 'disabled by an option' : `no h5py in ${settings.python}`;
    } else if (target.whyNoCopies !== null) {
      why['hdf5'] = target.whyNoCopies;
    } else {
      const copy = join(target.folder, 'data.h5');
      try {
        const full = await whyNoRoom(target.folder, target.regionBytes);
        if (full !== null) throw new Error(full);
        await library.make(target.path, copy, target.regionBytes);
        hdf5 = { library, path: copy };
      } catch (error) {
        why['hdf5'] = errorMessage(error);
      }
    }
    const available = { parts: target.whyNoParts === null, hdf5: hdf5 !== null, fio: fio === true, dd: dd === true };
    const spots = planCells(settings, available);
    const cellMs = cellMsFor(spots, settings);
    const { machine, devices } = await describeMachine(target.path);
    const bench: Bench = { target, settings, cellMs, children, hdf5, devices };
    const { rounds, failed, firstError } = await measureAll(
      { spots, keyOf, measure: (spot) => measureOnce(bench, spot) },
      settings,
      start + settings.timeLimitMs,
    );
    if (rounds.size === 0 && failed.size > 0) throw nothingMeasuredError(firstError, target.path);
    const cells = spots.flatMap((spot) => {
      const list = rounds.get(keyOf(spot));
      return list === undefined ? [] : [createCell(spot.way, spot.access, spot.n, list)];
    });
    const measurement: Measurement = {
      schema: 'posix-par.bench/1',
      date: new Date().toISOString(),
      version: packageVersion(),
      path: target.fileIs === 'given' ? target.path : given,
      fileIs: target.fileIs,
      regionBytes: target.regionBytes,
      blockBytes: settings.blockBytes,
      order: settings.order,
      parallelism: settings.parallelism,
      cellMs,
      rounds: settings.rounds,
      elapsedMs: Date.now() - start,
      machine,
      cells,
      skipped: [...unavailable(settings, why), ...listSkipped(spots, rounds, failed)],
    };
    return { ...measurement, verdicts: judge(measurement) };
  } finally {
    await children.end();
    library?.end();
    target.remove();
  }
}
