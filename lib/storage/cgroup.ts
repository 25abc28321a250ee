/**
 * Reads the memory limit of this process's cgroup (cgroups(7)). Pages of files that the process reads are charged to
 * its cgroup. So in a container or batch job, the page cache is limited by the cgroup, and not by the memory of the
 * machine.
 * @module
 */
import type { SystemFiles } from './system-files.js';
import { parseCount, parseNumbers } from './text.js';

/** Memory of a cgroup, in bytes. */
export interface CgroupMemory {
  /** Path of the cgroup, relative to the root of the cgroup hierarchy; `/` is the root. */
  readonly path: string;
  readonly version: 1 | 2;
  /** Lowest limit of the cgroup and its parents; null if there is none. */
  readonly limitBytes: number | null;
  readonly usedBytes: number | null;
  /** Page cache that is charged to the cgroup. */
  readonly fileBytes: number | null;
  readonly dirtyBytes: number | null;
}

/** Parses /proc/self/cgroup. Returns the path of the cgroup in the hierarchy with the memory controller. */
export function parseMemoryCgroup(text: string): { path: string; version: 1 | 2 } | null {
  let unified: string | null = null;
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (controllers === '') unified = path;
    else if (controllers?.split(',').includes('memory')) return { path, version: 1 };
  }
  return unified === null ? null : { path: unified, version: 2 };
}

/** Limits of this size or more mean no limit. cgroup v1 reports a number near 2^63 then. */
const noLimit = 2 ** 60;

/** Reads the cgroup of this process; returns null if it is not visible. */
export async function readCgroupMemory(files: SystemFiles): Promise<CgroupMemory | null> {
  const found = parseMemoryCgroup((await files.read('/proc/self/cgroup')) ?? '');
  if (found === null) return null;
  const { version } = found;
  const root = version === 2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  const names =
    version === 2
      ? { limit: 'memory.max', used: 'memory.current', file: 'file', dirty: 'file_dirty' }
      : { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', file: 'total_cache', dirty: 'total_dirty' };
  // In a container, the root of /sys/fs/cgroup may be the container's cgroup, while /proc/self/cgroup contains the path
  // on the host.
  let path = found.path === '/' ? '' : found.path;
  while (path !== '' && (await files.read(`${root}${path}/memory.stat`)) === null) {
    path = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  }
  const stat = await files.read(`${root}${path}/memory.stat`);
  if (stat === null) return null;
  const numbers = parseNumbers(stat);
  let limitBytes: number | null = null;
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    // `max`, and numbers that are too large to be exact, mean "no limit".
    const limit = parseCount(await files.read(`${root}${at}/${names.limit}`));
    if (limit !== null && limit < noLimit) limitBytes = Math.min(limit, limitBytes ?? Infinity);
    if (at === '') break;
  }
  return {
    path: path === '' ? '/' : path,
    version,
    limitBytes,
    usedBytes: parseCount(await files.read(`${root}${path}/${names.used}`)),
    fileBytes: numbers.get(names.file) ?? null,
    dirtyBytes: numbers.get(names.dirty) ?? null,
  };
}
