/**
 * Measures one cell of a write benchmark once.
 * @module
 */
import type { NativeWriteProbeOptions } from '../../native/binding.js';
import type { Children } from '../children.js';
import { diffCounters, readCounters } from '../counters.js';
import type { Hdf5Library } from '../hdf5.js';
import type { ToolRun } from '../reference-tools.js';
import type { TimedRound } from '../rounds.js';
import type { WriteSpot } from './cell.js';
import type { RunFiles, WriteFiles } from './files.js';
import type { WriteBenchSettings } from './options.js';
import { probeWrites } from './probe.js';
import { runDdWrites, runFioWrites } from './tools.js';
import type { WaitCounts } from './waits.js';

/** State that all runs of a benchmark share. */
export interface WriteBench {
  readonly files: WriteFiles;
  readonly settings: WriteBenchSettings;
  readonly cellMs: number;
  readonly children: Children;
  /** Numbers (`major:minor`) of the block devices under the directory. */
  readonly devices: readonly string[];
  /** The HDF5 library, and its file. The dataset in the file has as many bytes as a run writes. */
  readonly hdf5: { readonly library: Hdf5Library; readonly path: string } | null;
}

/** Result of one run. */
export interface WriteRound extends TimedRound {
  /** Samples of the kernel functions in which threads waited. Null for fio, dd and the HDF5 library. */
  readonly waits: WaitCounts | null;
}

/**
 * Result of one run of a method. `foreignCpuNs` is the CPU time of the processes that the benchmark started for the
 * run; null if it is not known.
 */
interface Outcome {
  readonly run: Omit<WriteRound, 'device' | 'surroundings'>;
  readonly foreignCpuNs: number | null;
}

const withoutThreads = (run: ToolRun): Outcome => ({
  run: { ...run, threads: null, waits: null },
  foreignCpuNs: null,
});

async function runMethod(bench: WriteBench, spot: WriteSpot, { paths, blocks }: RunFiles): Promise<Outcome> {
  const { settings, cellMs, children, hdf5 } = bench;
  const { method, access, sync, n } = spot;
  const durationNs = cellMs * 1e6;
  const options: NativeWriteProbeOptions = {
    paths,
    access,
    sync,
    threads: n,
    block_bytes: settings.blockBytes,
    blocks,
    first_block: 0,
    block_stride: 1,
    duration_ns: durationNs,
    start_at_ns: 0,
  };
  if (method === 'threads' || method === 'file-each') {
    return { run: await probeWrites(options), foreignCpuNs: 0 };
  }
  if (method === 'processes') {
    const run = await children.probeWrites(options, n);
    return { run, foreignCpuNs: run.threads.cpuNs };
  }
  const regionBytes = blocks * settings.blockBytes;
  if (method === 'hdf5') {
    if (hdf5 === null) throw new Error('the HDF5 library is not available');
    const run = await hdf5.library.measure(hdf5.path, {
      bytes: regionBytes,
      block: settings.blockBytes,
      n,
      ns: durationNs,
      random: false,
      writes: true,
    });
    return {
      run: { ...run, bytes: run.operations * settings.blockBytes, waits: null },
      foreignCpuNs: run.threads.cpuNs,
    };
  }
  const path = paths[0] ?? '';
  const tool = { path, n, blockBytes: settings.blockBytes, regionBytes, access, sync, durationNs };
  return withoutThreads(await (method === 'fio' ? runFioWrites(tool) : runDdWrites(tool)));
}

function ownCpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

/** Measures a cell once, on files that are created or synchronized outside of the measured time. */
export async function measureWrites(bench: WriteBench, spot: WriteSpot): Promise<WriteRound> {
  const files = await bench.files.prepare(spot.method, spot.state);
  try {
    const before = readCounters(bench.devices);
    const cpuBefore = ownCpuNs();
    const { run, foreignCpuNs } = await runMethod(bench, spot, files);
    const after = readCounters(bench.devices);
    const own = ownCpuNs() - cpuBefore + (foreignCpuNs ?? 0);
    const { device, surroundings } = diffCounters(before, after, own, run.elapsedNs);
    return { ...run, device, surroundings: foreignCpuNs === null ? null : surroundings };
  } finally {
    await files.settle();
  }
}
