/**
 * Checks the machine, section by section.
 * @module
 */
import { availableParallelism, cpus, freemem, release, tmpdir, totalmem } from 'node:os';
import { describeStorage, memoryInfo } from '../../storage/index.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { type Addon, addonFindings, loadAddon, needsAddon } from './addon.js';
import { testEngines } from './engines.js';
import { type Finding, plain, systemText } from './finding.js';
import { kernelFindings } from './kernel.js';

/** Findings by section. */
export type Sections = Readonly<Record<string, readonly Finding[]>>;

function versions(addon: Addon): Finding[] {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const glibc = report?.header?.glibcVersionRuntime;
  return [
    plain('Node', `${process.versions.node}, Node-API ${process.versions['napi'] ?? '?'}, ${process.arch}`),
    plain('C library', glibc === undefined ? 'not glibc' : `glibc ${glibc}`),
    plain('kernel', `${process.platform} ${release()}`),
    ...addonFindings(addon),
  ];
}

async function processors(addon: Addon): Promise<Finding[]> {
  const usable = availableParallelism();
  const present = cpus().length;
  const found = [
    plain(
      'processors',
      `${usable} usable of ${present}`,
      usable < present ? 'this process is restricted to some of them (taskset, cpuset)' : null,
    ),
  ];
  if (addon.kind === 'loaded') {
    const { threads, ioThreads } = addon.diagnosis.native;
    found.push(plain('threads', `${String(threads)} for computing, ${String(ioThreads)} for I/O`));
  }
  const quota = (await systemText('/sys/fs/cgroup/cpu.max'))?.split(' ');
  if (quota?.[0] !== undefined && quota[0] !== 'max') {
    const cores = Number(quota[0]) / Number(quota[1] ?? 100_000);
    const few = cores < usable;
    found.push({
      ...plain(
        'CPU quota',
        `${cores.toFixed(2)} cores`,
        few ? `fewer than the processors: use --threads ${Math.max(1, Math.floor(cores))}` : null,
      ),
      judgement: few ? 'mixed' : 'good',
    });
  }
  return found;
}

async function memory(addon: Addon): Promise<Finding[]> {
  const found: Finding[] = [];
  if (addon.kind === 'loaded') {
    const info = await memoryInfo();
    const bytes = (value: number | null): string => (value === null ? 'unknown' : formatBytes(value));
    const { totalBytes, availableBytes, cachedBytes, cgroup } = info;
    const text = `${bytes(totalBytes)}, ${bytes(availableBytes)} available, ${bytes(cachedBytes)} page cache`;
    found.push(plain('memory', text));
    const limit = cgroup?.limitBytes ?? null;
    if (limit !== null) found.push(plain('memory limit', bytes(limit), 'of the cgroup; includes the page cache'));
  } else {
    found.push(plain('memory', `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`));
  }
  const huge = /\[(\w+)\]/.exec((await systemText('/sys/kernel/mm/transparent_hugepage/enabled')) ?? '')?.[1];
  const on = huge === 'always' || huge === 'madvise';
  found.push({
    ...plain('huge pages', huge ?? 'none', on ? null : 'allocating large results takes longer'),
    judgement: on ? 'good' : 'mixed',
  });
  return found;
}

async function limits(): Promise<Finding[]> {
  const text = (await systemText('/proc/self/limits')) ?? '';
  const soft = (name: string): number => {
    const value = new RegExp(`^${name} +(\\S+)`, 'm').exec(text)?.[1];
    return value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value ?? Number.NaN);
  };
  const files = soft('Max open files');
  const memoryBytes = soft('Max address space');
  const few = files < 4096;
  return [
    {
      ...plain(
        'open files',
        formatCount(files),
        few ? 'low for stores with many files: raise the limit with `ulimit -n`' : null,
      ),
      judgement: few ? 'mixed' : 'good',
    },
    Number.isFinite(memoryBytes)
      ? {
          ...plain('address space', formatBytes(memoryBytes), '`ulimit -v` is set: memory mappings may fail'),
          judgement: 'mixed',
        }
      : { ...plain('address space', 'unlimited'), judgement: 'good' },
  ];
}

async function storage(directory: string): Promise<Finding[]> {
  const { filesystem, devices, notes } = await describeStorage(directory);
  const behind = devices.map(({ name }) => name).join(', ');
  return [
    plain(
      directory,
      `${filesystem.type}${behind === '' ? '' : ` on ${behind}`}${filesystem.readOnly ? ', read-only' : ''}`,
    ),
    ...notes.map((note) => plain('', note)),
  ];
}

/**
 * Checks the machine. If the addon is missing, a check that needs it becomes a finding that says so.
 * @param directory for the temporary file on which the engines are tested; null for the temporary directory.
 * @throws {ReadError} if the directory does not exist. @throws the system's error if no file can be written there.
 */
export async function examine(directory: string | null, signal: AbortSignal): Promise<Sections> {
  const where = directory ?? tmpdir();
  const addon = loadAddon();
  const isLoaded = addon.kind === 'loaded';
  const disk = isLoaded ? await storage(where) : [needsAddon(where)];
  const engines = isLoaded ? await testEngines(where, addon.diagnosis.engines, signal) : [needsAddon('engines')];
  return {
    versions: versions(addon),
    processors: await processors(addon),
    memory: await memory(addon),
    limits: await limits(),
    kernel: await kernelFindings(),
    engines,
    storage: disk,
  };
}
