/**
 * The machine's memory, as `free` and `vmstat` show it.
 * @module
 */
import { binding } from '../native/binding.js';
import { type CgroupMemory, cgroupMemory } from './cgroup.js';
import { type SystemFiles, systemFiles } from './system-files.js';
import { parseNumbers, parsePressure, type ResourcePressure } from './text.js';

/** Memory, in bytes. Null where the kernel does not say. */
export interface MemoryInfo {
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  /** What programs can have without swapping: free memory and most of the page cache. */
  readonly availableBytes: number | null;
  /** The page cache: `buff/cache` of `free` (Buffers + Cached + SReclaimable), and its parts. */
  readonly cacheBytes: number | null;
  readonly buffersBytes: number | null;
  /** Pages of files; shared memory and tmpfs are in it. */
  readonly cachedBytes: number | null;
  readonly sharedBytes: number | null;
  readonly reclaimableSlabBytes: number | null;
  readonly usedBytes: number | null;
  /** Written by programs and not yet to the storage; on its way there. */
  readonly dirtyBytes: number | null;
  readonly writebackBytes: number | null;
  /** From so many dirty bytes on the kernel writes in the background, and makes writers wait. */
  readonly dirtyBackgroundBytes: number | null;
  readonly dirtyLimitBytes: number | null;
  readonly swapTotalBytes: number | null;
  readonly swapFreeBytes: number | null;
  readonly hugePageBytes: number | null;
  /** Counters since the machine started; their differences are what `vmstat` shows. */
  readonly counters: {
    /** Bytes read from and written to block devices (pgpgin, pgpgout). */
    readonly readBytes: number | null;
    readonly writtenBytes: number | null;
    readonly swappedInBytes: number | null;
    readonly swappedOutBytes: number | null;
    readonly majorFaults: number | null;
    /** Pages of files that were read again soon after they had been pushed out: the cache is too small. */
    readonly refaultedFileBytes: number | null;
    /** Pages that were pushed out to make room. */
    readonly reclaimedBytes: number | null;
  };
  /** Time spent waiting for CPU, memory and I/O (PSI); null where the kernel keeps none. */
  readonly pressure: {
    readonly cpu: ResourcePressure | null;
    readonly memory: ResourcePressure | null;
    readonly io: ResourcePressure | null;
  };
  /** The limit of this process's cgroup: the page cache that it fills counts. Null outside of any. */
  readonly cgroup: CgroupMemory | null;
}

/** From the texts of /proc. Pure. @param pageBytes the unit of vmstat. */
export function parseMemory(
  meminfoText: string,
  vmstatText: string,
  pageBytes: number,
): Omit<MemoryInfo, 'pressure' | 'cgroup'> {
  const meminfo = parseNumbers(meminfoText);
  const vmstat = parseNumbers(vmstatText);
  const memory = (name: string): number | null => meminfo.get(name) ?? null;
  const sum = (names: readonly string[]): number | null => {
    const found = names.map((name) => vmstat.get(name)).filter((value) => value !== undefined);
    return found.length === 0 ? null : found.reduce((total, value) => total + value, 0);
  };
  const scaled = (unit: number, ...names: string[]): number | null => {
    const value = sum(names);
    return value === null ? null : value * unit;
  };
  const [total, available] = [memory('MemTotal'), memory('MemAvailable')];
  const cacheParts = ['Buffers', 'Cached', 'SReclaimable'].map(memory);
  return {
    totalBytes: total,
    freeBytes: memory('MemFree'),
    availableBytes: available,
    cacheBytes: cacheParts.includes(null) ? null : cacheParts.reduce<number>((all, part) => all + (part ?? 0), 0),
    buffersBytes: memory('Buffers'),
    cachedBytes: memory('Cached'),
    sharedBytes: memory('Shmem'),
    reclaimableSlabBytes: memory('SReclaimable'),
    // As `free` of procps 4 counts it.
    usedBytes: total === null || available === null ? null : total - available,
    dirtyBytes: memory('Dirty'),
    writebackBytes: memory('Writeback'),
    dirtyBackgroundBytes: scaled(pageBytes, 'nr_dirty_background_threshold'),
    dirtyLimitBytes: scaled(pageBytes, 'nr_dirty_threshold'),
    swapTotalBytes: memory('SwapTotal'),
    swapFreeBytes: memory('SwapFree'),
    hugePageBytes: memory('Hugepagesize'),
    counters: {
      // Kept in KiB, whatever a page is (Documentation/filesystems/proc.rst).
      readBytes: scaled(1024, 'pgpgin'),
      writtenBytes: scaled(1024, 'pgpgout'),
      swappedInBytes: scaled(pageBytes, 'pswpin'),
      swappedOutBytes: scaled(pageBytes, 'pswpout'),
      majorFaults: sum(['pgmajfault']),
      refaultedFileBytes: scaled(pageBytes, 'workingset_refault_file'),
      reclaimedBytes: scaled(pageBytes, 'pgsteal_kswapd', 'pgsteal_direct'),
    },
  };
}

/** {@link memoryInfo} of any machine. */
export async function memoryOn(files: SystemFiles, pageBytes: number): Promise<MemoryInfo> {
  const [meminfo, vmstat] = await Promise.all([files.read('/proc/meminfo'), files.read('/proc/vmstat')]);
  const pressure = async (name: string): Promise<ResourcePressure | null> => {
    const text = await files.read(`/proc/pressure/${name}`);
    return text === null || text === '' ? null : parsePressure(text);
  };
  const [cpu, memory, io] = await Promise.all([pressure('cpu'), pressure('memory'), pressure('io')]);
  return {
    ...parseMemory(meminfo ?? '', vmstat ?? '', pageBytes),
    pressure: { cpu, memory, io },
    cgroup: await cgroupMemory(files),
  };
}

/**
 * The machine's memory and page cache, what waits to be written, swap, pressure, and the limit of this process's cgroup.
 * Never throws: what can't be read is null.
 * @example const { cacheBytes, dirtyBytes, pressure } = await memoryInfo()
 * @see proc_meminfo(5), proc_vmstat(5), Documentation/accounting/psi.rst
 */
export async function memoryInfo(): Promise<MemoryInfo> {
  return await memoryOn(systemFiles, Number(binding().info()['pageBytes']));
}
