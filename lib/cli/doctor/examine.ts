/**
 * The examination of a machine, section by section.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { describeStorage, diagnose, memoryInfo } from '../../index.js';
import { formatBytes, formatCount } from '../output/numbers.js';
import { tryEngines } from './engines.js';
import { kernelFindings } from './kernel.js';

/** One thing that was found. */
export interface Finding {
  readonly name: string;
  readonly value: string;
  readonly judgement: 'good' | 'bad' | 'mixed' | 'plain';
  /** What it means, or what to do; null where there is nothing to say. */
  readonly advice: string | null;
}

/** A finding without a judgement. */
export const plain = (name: string, value: string, advice: string | null = null): Finding => ({
  name,
  value,
  judgement: 'plain',
  advice,
});

/** The findings by section. */
export type Sections = Readonly<Record<string, readonly Finding[]>>;

/** The text of a file of the system; null where there is none. */
export const systemText = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );

function versions(): Finding[] {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const glibc = report?.header?.glibcVersionRuntime;
  const { native, formats } = diagnose();
  return [
    plain('Node', `${process.versions.node}, Node-API ${process.versions['napi'] ?? '?'}, ${process.arch}`),
    plain('C library', glibc === undefined ? 'not glibc' : `glibc ${glibc}`),
    plain('kernel', `${process.platform} ${release()}`),
    { ...plain('addon', `loaded, protocol ${String(native['wireVersion'])}`), judgement: 'good' },
    plain('formats', formats.join(', ')),
  ];
}

async function processors(): Promise<Finding[]> {
  const { native } = diagnose();
  const usable = availableParallelism();
  const present = cpus().length;
  const found = [
    plain(
      'processors',
      `${usable} usable of ${present}`,
      usable < present ? 'this process is bound to some (taskset, cpuset)' : null,
    ),
    plain('threads', `${String(native['threads'])} compute, ${String(native['ioThreads'])} wait for storage`),
  ];
  const quota = (await systemText('/sys/fs/cgroup/cpu.max'))?.split(' ');
  if (quota?.[0] !== undefined && quota[0] !== 'max') {
    const cores = Number(quota[0]) / Number(quota[1] ?? 100_000);
    const few = cores < usable;
    found.push({
      ...plain(
        'CPU quota',
        `${cores.toFixed(2)} cores`,
        few ? `fewer than processors: use --threads ${Math.max(1, Math.floor(cores))}` : null,
      ),
      judgement: few ? 'mixed' : 'good',
    });
  }
  return found;
}

async function memory(): Promise<Finding[]> {
  const info = await memoryInfo();
  const bytes = (value: number | null): string => (value === null ? 'unknown' : formatBytes(value));
  const found = [
    plain(
      'memory',
      `${bytes(info.totalBytes)}, ${bytes(info.availableBytes)} available, ${bytes(info.cachedBytes)} page cache`,
    ),
  ];
  const limit = info.cgroup?.limitBytes ?? null;
  if (limit !== null)
    found.push(plain('memory limit', bytes(limit), 'of the control group; the page cache counts too'));
  const huge = /\[(\w+)\]/.exec((await systemText('/sys/kernel/mm/transparent_hugepage/enabled')) ?? '')?.[1];
  const on = huge === 'always' || huge === 'madvise';
  found.push({
    ...plain('huge pages', huge ?? 'none', on ? null : 'large results take longer to get their memory'),
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
        few ? 'few for stores of many files: raise it with `ulimit -n`' : null,
      ),
      judgement: few ? 'mixed' : 'good',
    },
    Number.isFinite(memoryBytes)
      ? {
          ...plain('address space', formatBytes(memoryBytes), '`ulimit -v` is set: mappings may fail'),
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
 * Examines the machine.
 * @param directory where the file for the engines is made; null: the folder for temporary files.
 * @throws {ReadError} when the directory does not exist. @throws the system's errors when nothing can be written there.
 */
export async function examine(directory: string | null, signal: AbortSignal): Promise<Sections> {
  const where = directory ?? tmpdir();
  const disk = await storage(where);
  const engines = await tryEngines(where, diagnose().engines, signal);
  return {
    versions: versions(),
    processors: await processors(),
    memory: await memory(),
    limits: await limits(),
    kernel: await kernelFindings(),
    engines,
    storage: disk,
  };
}
