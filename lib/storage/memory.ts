/**
 * Reads the machine's memory statistics, as shown by `free` and `vmstat`.
 * @module
 */
import { binding } from '../native/binding.js';
import { type CgroupMemory, readCgroupMemory } from './cgroup.js';
import { type SystemFiles, systemFiles } from './system-files.js';
import { parseNumbers, parsePressure, type ResourcePressure } from './text.js';

/** Memory statistics in bytes. Values are null if the kernel does not report them. */
export interface MemoryInfo {
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  /** Memory that programs can allocate without swapping: free memory and most of the page cache. */
  readonly availableBytes: number | null;
  /** Page cache: `buff/cache` of `free` (Buffers + Cached + SReclaimable). */
  readonly cacheBytes: number | null;
  readonly buffersBytes: number | null;
  /** Pages of files, including shared memory and tmpfs. */
  readonly cachedBytes: number | null;
  readonly sharedBytes: number | null;
  readonly reclaimableSlabBytes: number | null;
  readonly usedBytes: number | null;
  /** Dirty pages: written by programs, but not yet to the storage. */
  readonly dirtyBytes: number | null;
  /** Bytes that are being written to the storage. */
  readonly writebackBytes: number | null;
  /** Number of dirty bytes at which the kernel starts to write in the background. */
  readonly dirtyBackgroundBytes: number | null;
  /** Number of dirty bytes at which the kernel makes writing programs wait. */
  readonly dirtyLimitBytes: number | null;
  readonly swapTotalBytes: number | null;
  readonly swapFreeBytes: number | null;
  readonly hugePageBytes: number | null;
  /** Counters since the machine started. `vmstat` shows their differences. */
  readonly counters: {
    /** Bytes read from block devices (pgpgin). */
    readonly readBytes: number | null;
    /** Bytes written to block devices (pgpgout). */
    readonly writtenBytes: number | null;
    readonly swappedInBytes: number | null;
    readonly swappedOutBytes: number | null;
    readonly majorFaults: number | null;
    /**
     * Bytes of file pages that were read again soon after their eviction. A high number means that the cache is too
     * small.
     */
    readonly refaultedFileBytes: number | null;
    /** Bytes of pages that the kernel evicted to free memory. */
    readonly reclaimedBytes: number | null;
  };
  /** Time spent waiting for CPU, memory and I/O (PSI); null if the kernel does not report it. */
  readonly pressure: {
    readonly cpu: ResourcePressure | null;
    readonly memory: ResourcePressure | null;
    readonly io: ResourcePressure | null;
  };
  /**
   * Memory limit of this process's cgroup, which also limits the page cache that the process fills. Null if the cgroup
   * is not visible.
   */
  readonly cgroup: CgroupMemory | null;
}

/**
 * Parses files of /proc.
 * @param pageBytes page size in bytes, which is the unit of several counters in vmstat.
 */
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
    // Computed like `free` of procps 4.
    usedBytes: total === null || available === null ? null : total - available,
    dirtyBytes: memory('Dirty'),
    writebackBytes: memory('Writeback'),
    dirtyBackgroundBytes: scaled(pageBytes, 'nr_dirty_background_threshold'),
    dirtyLimitBytes: scaled(pageBytes, 'nr_dirty_threshold'),
    swapTotalBytes: memory('SwapTotal'),
    swapFreeBytes: memory('SwapFree'),
    hugePageBytes: memory('Hugepagesize'),
    counters: {
      // These counters are in KiB, regardless of the page size (Documentation/filesystems/proc.rst).
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

/** Reads memory statistics like {@link memoryInfo}, from the machine of `files`. */
export async function readMemory(files: SystemFiles, pageBytes: number): Promise<MemoryInfo> {
  const [meminfo, vmstat] = await Promise.all([files.read('/proc/meminfo'), files.read('/proc/vmstat')]);
  const pressure = async (name: string): Promise<ResourcePressure | null> => {
    const text = await files.read(`/proc/pressure/${name}`);
    return text === null || text === '' ? null : parsePressure(text);
  };
  const [cpu, memory, io] = await Promise.all([pressure('cpu'), pressure('memory'), pressure('io')]);
  return {
    ...parseMemory(meminfo ?? '', vmstat ?? '', pageBytes),
    pressure: { cpu, memory, io },
    cgroup: await readCgroupMemory(files),
  };
}

/**
 * Reads the machine's memory, page cache, dirty pages, swap and pressure, and the limit of this process's cgroup. Never
 * throws: a value that cannot be read is null.
 * @example const { cacheBytes, dirtyBytes, pressure } = await memoryInfo()
 * @see proc_meminfo(5), proc_vmstat(5), Documentation/accounting/psi.rst
 */
export async function memoryInfo(): Promise<MemoryInfo> {
  return await readMemory(systemFiles, Number(binding().info()['pageBytes']));
}
