/**
 * One run of one cell: what is prepared, and what is measured.
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
import type { Target } from './target.js';

/** All that runs need. */
export interface Bench {
  readonly target: Target;
  readonly settings: BenchSettings;
  readonly cellMs: number;
  readonly children: Children;
  /** Numbers (`major:minor`) of the block devices under the file. */
  readonly devices: readonly string[];
  /** The HDF5 library and its file of the same bytes. */
  readonly hdf5: { readonly library: Hdf5Library; readonly path: string } | null;
}

/** What a run gave, without what the machine did meanwhile. */
export interface RunOutcome {
  readonly round: Omit<Round, 'device' | 'surroundings'>;
  /** Processor time that other processes of the benchmark used; null: not known, so that nothing is said of others. */
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

/** The probe's options for a cell. What is prepared for `cold` has to follow what the probe itself reads first. */
function optionsOf({ target, settings, cellMs }: Bench, { way, access, n }: Spot): NativeProbeOptions {
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
 * Brings the page cache into the state that the access asks for. A given file is not dropped for direct reads: they pass
 * the page cache by, and what others had cached is theirs. What is to be cold is read first, and then dropped: so the
 * memory that the page cache will take is there. A virtual machine may have given free memory back to its host, and
 * getting it again takes longer than reading a fast disk.
 */
export async function prepare(bench: Bench, spot: Spot): Promise<void> {
  if (spot.way === 'hdf5') {
    await bench.hdf5?.library.prepare(bench.hdf5.path, false);
    if (spot.access === 'cold') await bench.hdf5?.library.prepare(bench.hdf5.path, true);
    return;
  }
  const look = {
    ...optionsOf(bench, spot),
    pattern: spot.way === 'file-each' ? 'file_each' : 'pread_shared',
    duration_ns: 0,
  } as const;
  const sight = { ...look, access: 'buffered', threads: 1 } as const;
  if (spot.access !== 'cached') await bench.children.endLibrary();
  if (spot.access === 'direct') {
    if (bench.target.fileIs === 'written') await probe({ ...sight, prepare: 'drop' });
  } else if (spot.access === 'cold') {
    await probe({ ...sight, prepare: 'warm' });
    await probe({ ...sight, prepare: 'drop' });
  } else {
    const { cached, of } = await resident(bench, spot);
    if (!(cached >= of)) await probe({ ...sight, prepare: 'warm' });
  }
}

/** Bytes of the page cache that a cell reads from, and of how many; NaN where the kernel does not tell. */
async function resident({ target, hdf5 }: Bench, { way }: Spot): Promise<{ cached: number; of: number }> {
  const length = way === 'file-each' ? target.partBytes : target.regionBytes;
  const paths = way === 'file-each' ? target.parts : [way === 'hdf5' ? (hdf5?.path ?? target.path) : target.path];
  const looks = await Promise.all(paths.map((path) => residency(path, [{ offset: 0, length }], { buckets: 1 })));
  return {
    cached: looks.reduce((sum, { cachedBytes, bytes }) => sum + Math.min(cachedBytes ?? Number.NaN, bytes), 0),
    of: length * paths.length,
  };
}

/** A round without what is in the page cache, which is looked at around it. */
type Run = Omit<RunOutcome['round'], 'residentBefore' | 'residentAfter' | 'regionBytes'>;

function runOf(result: ProbeResult): Run {
  const { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs, threads, coverage } = result;
  if (operations === 0) throw new Error('no call ended within the time of a run');
  return { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs, threads, coverage };
}

function runOfTool(run: ToolRun): Run {
  const { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs } = run;
  return { elapsedNs, operations, bytes, latencies, latencyMaxNs, latencySumNs, threads: null, coverage: null };
}

interface Ran {
  readonly run: Run;
  readonly foreignCpuNs: number | null;
}

async function runWay(bench: Bench, spot: Spot): Promise<Ran> {
  const { target, settings, cellMs, children } = bench;
  const { way, access, n } = spot;
  if (way === 'processes') {
    const result = await children.probe({ ...optionsOf(bench, spot), prepare: 'keep' }, n);
    return { run: runOf(result), foreignCpuNs: result.threads.cpuNs };
  }
  if (isProbed(way)) return { run: runOf(await probe(optionsOf(bench, spot))), foreignCpuNs: 0 };
  if (way === 'hdf5') {
    if (bench.hdf5 === null) throw new Error('there is no HDF5 library');
    const run = await bench.hdf5.library.measure(bench.hdf5.path, {
      bytes: target.regionBytes,
      block: settings.blockBytes,
      n,
      ns: cellMs * 1e6,
      random: settings.order === 'random',
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
  if (engine === undefined) throw new Error(`nothing measures ${way}`);
  const result = await children.library({
    path: target.path,
    engine,
    inFlight: n,
    blockBytes: settings.blockBytes,
    regionBytes: target.regionBytes,
    order: settings.order,
    durationNs: cellMs * 1e6,
  });
  return { run: runOf(result), foreignCpuNs: result.threads.cpuNs };
}

/** Measures a cell once; {@link prepare} goes before. */
export async function measure(bench: Bench, spot: Spot): Promise<RunOutcome> {
  const before = await resident(bench, spot);
  const { run, foreignCpuNs } = await runWay(bench, spot);
  const after = await resident(bench, spot);
  const round = { ...run, residentBefore: before.cached, residentAfter: after.cached, regionBytes: before.of };
  return { round, foreignCpuNs };
}
