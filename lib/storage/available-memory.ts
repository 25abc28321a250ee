/**
 * How much memory this process can still have before the kernel kills something: by the machine, and by the cgroups that it is in.
 * @module
 */
import * as fs from 'node:fs';
import { memoryCgroup } from './cgroup.js';
import { parseCount, parseNumbers } from './text.js';

/** The texts of /proc and of cgroup file systems: memory of the kernel, so that reading them does not wait for a device. */
export interface KernelFiles {
  /** The text, or null if there is no such file. */
  read(path: string): string | null;
}

/** The running system. */
export const kernelFiles: KernelFiles = {
  read: (path) => {
    try {
      return fs.readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
};

/** Where a limit comes from: `system`, or the path of a cgroup. */
export interface MemoryLimit {
  readonly source: string;
  /** Bytes that can be had: free, reclaimable page cache, and swap. */
  readonly availableBytes: number;
  /** Bytes that the source allows in all. */
  readonly limitBytes: number;
}

/** The names of a controller's files, and of the numbers in memory.stat that say how much page cache can be reclaimed. */
interface Names {
  readonly limits: readonly string[];
  readonly used: string;
  readonly reclaimable: readonly string[];
  /** Limit and usage of swap; with v1 those of memory and swap together. */
  readonly swap: readonly [limit: string, used: string];
}

const hierarchies: Readonly<Record<1 | 2, Names>> = {
  // From memory.high on, processes are slowed down until they hardly run.
  2: {
    limits: ['memory.max', 'memory.high'],
    used: 'memory.current',
    reclaimable: ['inactive_file', 'active_file', 'slab_reclaimable'],
    swap: ['memory.swap.max', 'memory.swap.current'],
  },
  1: {
    limits: ['memory.limit_in_bytes'],
    used: 'memory.usage_in_bytes',
    reclaimable: ['total_inactive_file', 'total_active_file'],
    swap: ['memory.memsw.limit_in_bytes', 'memory.memsw.usage_in_bytes'],
  },
};

/** Larger numbers are no limits: v1 says so by one near 2^63. */
const noLimit = 2 ** 60;

function limitIn(text: string | null): number | null {
  const limit = parseCount(text);
  return limit === null || limit >= noLimit ? null : limit;
}

/** The machine's memory. Pure but for `files`. */
function systemLimit(files: KernelFiles): MemoryLimit | null {
  const numbers = parseNumbers(files.read('/proc/meminfo') ?? '');
  const available = numbers.get('MemAvailable');
  const total = numbers.get('MemTotal');
  if (available === undefined || total === undefined) return null;
  const swapFree = numbers.get('SwapFree') ?? 0;
  const swapTotal = numbers.get('SwapTotal') ?? 0;
  return { source: 'system', availableBytes: available + swapFree, limitBytes: total + swapTotal };
}

/** Swap that a cgroup may still use, at most as much as the machine has left. */
function swapLeft(files: KernelFiles, folder: string, version: 1 | 2, limit: number, used: number): number {
  const free = parseNumbers(files.read('/proc/meminfo') ?? '').get('SwapFree') ?? 0;
  if (free === 0) return 0;
  const [limitName, usedName] = hierarchies[version].swap;
  const swapLimit = limitIn(files.read(`${folder}/${limitName}`));
  const swapUsed = parseCount(files.read(`${folder}/${usedName}`)) ?? 0;
  if (swapLimit === null) return free;
  // With v1 memory and swap are counted together.
  const left = version === 2 ? swapLimit - swapUsed : swapLimit - limit - (swapUsed - used);
  return Math.min(free, Math.max(0, left));
}

/** The limit that the cgroup at `folder` sets itself; null if it sets none. */
function groupLimit(files: KernelFiles, folder: string, path: string, version: 1 | 2): MemoryLimit | null {
  const names = hierarchies[version];
  const limits = names.limits.flatMap((name) => limitIn(files.read(`${folder}/${name}`)) ?? []);
  if (limits.length === 0) return null;
  const used = parseCount(files.read(`${folder}/${names.used}`));
  if (used === null) return null;
  const limitBytes = Math.min(...limits);
  const stat = parseNumbers(files.read(`${folder}/memory.stat`) ?? '');
  const reclaimable = names.reclaimable.reduce((sum, name) => sum + (stat.get(name) ?? 0), 0);
  const swap = swapLeft(files, folder, version, limitBytes, used);
  // The counters are not read at the same moment.
  const availableBytes = Math.max(0, limitBytes - Math.max(0, used - reclaimable) + swap);
  return { source: path === '' ? '/' : path, availableBytes, limitBytes };
}

/**
 * The tightest limit on the memory of this process: that of the machine, or of its cgroup or one of the cgroups above it. Page cache
 * counts as available, since the kernel gives it up when programs need memory. Null if the system does not say.
 * @see Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst, proc_meminfo(5)
 */
export function availableMemory(files: KernelFiles = kernelFiles): MemoryLimit | null {
  let tightest = systemLimit(files);
  const found = memoryCgroup(files.read('/proc/self/cgroup') ?? '');
  if (found === null) return tightest;
  const root = found.version === 2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  // In a container /sys/fs/cgroup may show the own group as the root, and the path be that of the host: missing folders have no files.
  for (let path = found.path === '/' ? '' : found.path; ; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
    const limit = groupLimit(files, `${root}${path}`, path, found.version);
    if (limit !== null && (tightest === null || limit.availableBytes < tightest.availableBytes)) tightest = limit;
    if (path === '') return tightest;
  }
}
