/**
 * Determines how much memory this process can allocate before the kernel runs out of memory and kills a process. The
 * limit may come from the machine or from a cgroup of the process.
 * @module
 */
import * as fs from 'node:fs';
import { parseMemoryCgroup } from './cgroup.js';
import { parseCount, parseNumbers } from './text.js';

/**
 * Reads files of /proc and of cgroup file systems. The kernel generates them, so reading does not wait for a device.
 */
export interface KernelFiles {
  /** Returns the text of a file; null if it cannot be read. */
  read(path: string): string | null;
}

/** Files of the running system. */
export const kernelFiles: KernelFiles = {
  read: (path) => {
    try {
      return fs.readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
};

/** A memory limit and its origin: `system`, or the path of a cgroup. */
export interface MemoryLimit {
  readonly source: string;
  /** Available bytes: free memory, memory that the kernel can reclaim (such as page cache), and free swap. */
  readonly availableBytes: number;
  /** Total bytes that the limit allows. */
  readonly limitBytes: number;
}

/**
 * Names that differ between cgroup v1 and v2: names of the files of the memory controller, and of the entries in
 * memory.stat that count memory that the kernel can reclaim (page cache; in v2 also slabs).
 */
interface Names {
  readonly limits: readonly string[];
  readonly used: string;
  readonly reclaimable: readonly string[];
  /** Names of the files with limit and usage of swap. In v1 they count memory and swap together. */
  readonly swap: readonly [limit: string, used: string];
}

const hierarchies: Readonly<Record<1 | 2, Names>> = {
  // Above memory.high, the kernel slows processes down until they make almost no progress, so this module treats it as
  // a limit.
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

/** Limits of this size or more mean "no limit". cgroup v1 reports a number near 2^63 then. */
const noLimit = 2 ** 60;

function parseLimit(text: string | null): number | null {
  const limit = parseCount(text);
  return limit === null || limit >= noLimit ? null : limit;
}

/** Returns the limit of the machine. */
function systemLimit(files: KernelFiles): MemoryLimit | null {
  const numbers = parseNumbers(files.read('/proc/meminfo') ?? '');
  const available = numbers.get('MemAvailable');
  const total = numbers.get('MemTotal');
  if (available === undefined || total === undefined) return null;
  const swapFree = numbers.get('SwapFree') ?? 0;
  const swapTotal = numbers.get('SwapTotal') ?? 0;
  return { source: 'system', availableBytes: available + swapFree, limitBytes: total + swapTotal };
}

/** Returns the swap in bytes that a cgroup may still use. It is at most the free swap of the machine. */
function swapLeft(files: KernelFiles, folder: string, version: 1 | 2, limit: number, used: number): number {
  const free = parseNumbers(files.read('/proc/meminfo') ?? '').get('SwapFree') ?? 0;
  if (free === 0) return 0;
  const [limitName, usedName] = hierarchies[version].swap;
  const swapLimit = parseLimit(files.read(`${folder}/${limitName}`));
  const swapUsed = parseCount(files.read(`${folder}/${usedName}`)) ?? 0;
  if (swapLimit === null) return free;
  // v1 counts memory and swap together.
  const left = version === 2 ? swapLimit - swapUsed : swapLimit - limit - (swapUsed - used);
  return Math.min(free, Math.max(0, left));
}

/** Returns the limit of the cgroup at `folder` without its parents; null if it has none. */
function cgroupLimit(files: KernelFiles, folder: string, path: string, version: 1 | 2): MemoryLimit | null {
  const names = hierarchies[version];
  const limits = names.limits.flatMap((name) => parseLimit(files.read(`${folder}/${name}`)) ?? []);
  if (limits.length === 0) return null;
  const used = parseCount(files.read(`${folder}/${names.used}`));
  if (used === null) return null;
  const limitBytes = Math.min(...limits);
  const stat = parseNumbers(files.read(`${folder}/memory.stat`) ?? '');
  const reclaimable = names.reclaimable.reduce((sum, name) => sum + (stat.get(name) ?? 0), 0);
  const swap = swapLeft(files, folder, version, limitBytes, used);
  // The counters were not read at the same instant, so the difference may be negative.
  const availableBytes = Math.max(0, limitBytes - Math.max(0, used - reclaimable) + swap);
  return { source: path === '' ? '/' : path, availableBytes, limitBytes };
}

/**
 * Returns the limit of the machine, of this process's cgroup or of a parent cgroup, whichever leaves the least memory.
 * Page cache counts as available, because the kernel reclaims it if programs need memory. Returns null if the system
 * does not report limits.
 * @see Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst, proc_meminfo(5)
 */
export function availableMemory(files: KernelFiles = kernelFiles): MemoryLimit | null {
  let tightest = systemLimit(files);
  const found = parseMemoryCgroup(files.read('/proc/self/cgroup') ?? '');
  if (found === null) return tightest;
  const root = found.version === 2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  // In a container, the root of /sys/fs/cgroup may be the container's cgroup, while /proc/self/cgroup contains the path
  // on the host. Directories that do not exist have no files and are skipped.
  for (let path = found.path === '/' ? '' : found.path; ; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
    const limit = cgroupLimit(files, `${root}${path}`, path, found.version);
    if (limit !== null && (tightest === null || limit.availableBytes < tightest.availableBytes)) tightest = limit;
    if (path === '') return tightest;
  }
}
