/**
 * The memory limit of this process's cgroup (cgroups(7)): pages of files that it reads are charged to it, so in a container
 * or a batch job the page cache ends here and not at the machine's memory.
 * @module
 */
import type { SystemFiles } from './system-files.js';
import { parseCount, parseNumbers } from './text.js';

/** Memory of a cgroup, in bytes. */
export interface CgroupMemory {
  /** Its path below the hierarchy. */
  readonly path: string;
  readonly version: 1 | 2;
  /** The smallest limit on the way to the root; null for none. */
  readonly limitBytes: number | null;
  readonly usedBytes: number | null;
  /** The page cache in it. */
  readonly fileBytes: number | null;
  readonly dirtyBytes: number | null;
}

/** Where this process is: the path in the hierarchy that has the memory controller. Pure. */
export function memoryCgroup(text: string): { path: string; version: 1 | 2 } | null {
  let unified: string | null = null;
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (controllers === '') unified = path;
    else if (controllers?.split(',').includes('memory')) return { path, version: 1 };
  }
  return unified === null ? null : { path: unified, version: 2 };
}

/** v1 says "no limit" with a number near 2^63. */
const noLimit = 2 ** 60;

/** The cgroup of this process; null where there is none to be seen. */
export async function cgroupMemory(files: SystemFiles): Promise<CgroupMemory | null> {
  const found = memoryCgroup((await files.read('/proc/self/cgroup')) ?? '');
  if (found === null) return null;
  const { version } = found;
  const root = version === 2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  const names =
    version === 2
      ? { limit: 'memory.max', used: 'memory.current', file: 'file', dirty: 'file_dirty' }
      : { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', file: 'total_cache', dirty: 'total_dirty' };
  // In a container /sys/fs/cgroup may show the own group as the root, and the path be that of the host.
  let path = found.path === '/' ? '' : found.path;
  while (path !== '' && (await files.read(`${root}${path}/memory.stat`)) === null) {
    path = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  }
  const stat = await files.read(`${root}${path}/memory.stat`);
  if (stat === null) return null;
  const numbers = parseNumbers(stat);
  let limitBytes: number | null = null;
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    // `max`, and numbers that are too large to be exact, are no limits.
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
