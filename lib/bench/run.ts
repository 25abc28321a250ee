/**
 * Prepares and measures one run of one cell.
 * @module
 */
import { engineNames } from '../core/generated/choices.js';
import type { NativeProbeOptions } from '../native/binding.js';
import { residency } from '../storage/residency.js';
import type { Children } from './children.js';
import type { Hdf5Library } from './hdf5.js';
import type { BenchSettings } from './options.js';
import type { Spot } from './plan.js';
import { type ProbeResult, probe, probeOptions } from './probe.js';
import { runDd, runFio, type ToolRun } from './reference-tools.js';
import type { Round } from './rounds.js';
import type { BenchTarget } from './target.js';

/** State that all runs of a benchmark share. */
export interface Bench {
  readonly target: BenchTarget;
  readonly settings: BenchSettings;
  readonly cellMs: number;
  readonly children: Children;
  /** Numbers (`major:minor`) of the block devices under the file. */
  readonly devices: readonly string[];
  /** The HDF5 library, and its file with a dataset of the same bytes. */
  readonly hdf5: { readonly library: Hdf5Library; readonly path: string } | null;
}

/** Result of a run without the load of the machine. */
export interface RunOutcome {
  readonly round: Omit<Round, 'device' | 'surroundings'>;
  /**
   * CPU time of the processes that the benchmark started for the run. Null if it is not known; the load of the machine
   * without the benchmark can then not be computed.
   */
  readonly foreignCpuNs: number | null;
}

const patterns = {
  read: 'read_shared',
  unlocked: 'unlocked_shared',
  pread: 'pread_shared',
  'pread-own': 'pread_own',
  'file-each': 'file_each',
  processes: 'pread_own',
} as const;

function isProbed(way: string): way is keyof typeof patterns {
  return Object.hasOwn(patterns, way);
}

/**
 * Returns the probe's options for a cell. If the threads share a file position, the probe first reads the start of each
 * block to identify it, which fills the page cache. So for `cold`, the probe itself evicts the region just before the
 * measurement.
 */
function cellOptions({ target, settings, cellMs }: Bench, { way, access, n }: Spot): NativeProbeOptions {
  const isFileEach = way === 'file-each';
  return probeOptions({
    paths: isFileEach ? target.parts : [target.path],
    pattern: isProbed(way) ? patterns[way] : 'pread_shared',
    order: way === 'read' || way === 'unlocked' ? 'sequential' : settings.order,
    access: access === 'direct' ? 'direct' : 'buffered',
    prepare: access === 'cold' ? 'drop' : 'keep',
    threads: n,
    block_bytes: settings.blockBytes,
    length: isFileEach ? target.partBytes : target.regionBytes,
    duration_ns: cellMs * 1e6,
  });
}

/**
 * Brings the page cache into the state that the access requires.
 *
 * For `direct`, a given file is not evicted: direct reads bypass the page cache, and other processes may need the
 * cached pages. For `cold`, the region is first read and then evicted, so that the memory for the page cache is already
 * allocated. Otherwise a virtual machine might first have to get memory back from its host, which takes longer than
 * reading from a fast disk.
 */
export async function prepare(bench: Bench, spot: Spot): Promise<void> {
  if (spot.way === 'hdf5') {
    await bench.hdf5?.library.prepare(bench.hdf5.path, false);
    if (spot.access === 'cold') await bench.hdf5?.library.prepare(bench.hdf5.path, true);
    return;
  }
  const base = {
    ...cellOptions(bench, spot),
    pattern: spot.way === 'file-each' ? 'file_each' : 'pread_shared',
    duration_ns: 0,
  } as const;
  const buffered = { ...base, access: 'buffered', threads: 1 } as const;
  if (spot.access !== 'cached') await bench.children.endLibrary();
  if (spot.access === 'direct') {
    if (bench.target.fileIs === 'written') await probe({ ...buffered, prepare: 'drop' });
  } else if (spot.access === 'cold') {
    await probe({ ...buffered, prepare: 'warm' });
    await probe({ ...buffered, prepare: 'drop' });
  } else {
    const { cached, of } = await resident(bench, spot);
    if (!(cached >= of)) await probe({ ...buffered, prepare: 'warm' });
  }
}

/**
 * Returns how many bytes of a cell are in the page cache, and how many bytes the cell reads. `cached` is NaN if the
 * kernel does not report it.
 */
async function resident({ target, hdf5 }: Bench, { way }: Spot): Promise<{ cached: number; of: number }> {
  const length = way === 'file-each' ? target.partBytes : target.regionBytes;
  const paths = way === 'file-each' ? target.parts : [way === 'hdf5' ? (hdf5?.path ?? target.path) : target.path];
  const reports = await Promise.all(paths.map((path) => residency(path, [{ offset: 0, length }], { buckets: 1 })));
  return {
    cached: reports.reduce((sum, { cachedBytes, bytes }) => sum + Math.min(cachedBytes ?? Number.NaN, bytes), 0),
    of: length * paths.length,
  };
}

/** A round without its page-cache residency, because the caller measures that before and after the round. */
type Run = Omit<RunOutcome['round'], 'residentBefore' | 'residentAfter' | 'regionBytes'>;

function toRun(result: ProbeResult): Run {
  const { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs, threads, coverage } = result;
  if (operations === 0) throw new Error('no call completed within the duration of a run');
  return { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs, threads, coverage };
}

function runOfTool(run: ToolRun): Run {
  const { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs } = run;
  return { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs, threads: null, coverage: null };
}

interface MethodRun {
  readonly run: Run;
  readonly foreignCpuNs: number | null;
}

async function runMethod(bench: Bench, spot: Spot): Promise<MethodRun> {
  const { target, settings, cellMs, children } = bench;
  const { way, access, n } = spot;
  if (way === 'processes') {
    const result = await children.probe({ ...cellOptions(bench, spot), prepare: 'keep' }, n);
    return { run: toRun(result), foreignCpuNs: result.threads.cpuNs };
  }
  if (isProbed(way)) return { run: toRun(await probe(cellOptions(bench, spot))), foreignCpuNs: 0 };
  if (way === 'hdf5') {
    if (bench.hdf5 === null) throw new Error('the HDF5 library is not available');
    const run = await bench.hdf5.library.measure(bench.hdf5.path, {
      bytes: target.regionBytes,
      block: settings.blockBytes,
      n,
      ns: cellMs * 1e6,
      random: settings.order === 'random',
      writes: false,
    });
    const bytes = run.operations * settings.blockBytes;
    return { run: { ...run, bytes, coverage: null }, foreignCpuNs: run.threads.cpuNs };
  }
  if (way === 'fio' || way === 'dd') {
    const options = {
      path: target.path,
      n,
      blockBytes: settings.blockBytes,
      regionBytes: target.regionBytes,
      direct: access === 'direct',
      random: settings.order === 'random',
      durationNs: cellMs * 1e6,
    };
    return { run: runOfTool(await (way === 'fio' ? runFio(options) : runDd(options))), foreignCpuNs: null };
  }
  const engine = engineNames.find((name) => way === `posix-par:${name}`);
  if (engine === undefined) throw new Error(`unknown method ${way}`);
  const result = await children.library({
    path: target.path,
    engine,
    inFlight: n,
    blockBytes: settings.blockBytes,
    regionBytes: target.regionBytes,
    order: settings.order,
    durationNs: cellMs * 1e6,
  });
  return { run: toRun(result), foreignCpuNs: result.threads.cpuNs };
}

/** Measures a cell once. Call {@link prepare} first. */
export async function measure(bench: Bench, spot: Spot): Promise<RunOutcome> {
  const before = await resident(bench, spot);
  const { run, foreignCpuNs } = await runMethod(bench, spot);
  const after = await resident(bench, spot);
  const round = { ...run, residentBefore: before.cached, residentAfter: after.cached, regionBytes: before.of };
  return { round, foreignCpuNs };
}
