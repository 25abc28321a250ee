/**
 * Reads machine-wide kernel counters before and after a run: block devices, CPUs, pressure. Parsers are functions of
 * text only, so that they can be tested. Counters that are not available are null; shares of CPU time are then 0.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { DeviceUse, SystemLoad } from './cell.js';
import { readKernelThreads } from './kernel-threads.js';

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Counters of block devices (Documentation/admin-guide/iostats.rst). */
export interface DiskCounters {
  readonly reads: number;
  readonly bytesRead: number;
  readonly writes: number;
  readonly bytesWritten: number;
  readonly busyMs: number;
  /** Total time that requests have spent in the queue, in milliseconds. */
  readonly weightedMs: number;
}

/**
 * Combines the counters of block devices (`major:minor`) in the text of /proc/diskstats: sums, and the longest busy
 * time. Returns null if one of them is missing, or if `devices` is empty (network and memory file systems).
 */
export function parseDiskstats(text: string, devices: readonly string[]): DiskCounters | null {
  const found: DiskCounters[] = [];
  for (const line of text.split('\n')) {
    const [major, minor, name, ...fields] = line.trim().split(/\s+/);
    if (!devices.includes(`${major}:${minor}`) || name === undefined || fields.length < 11) continue;
    const numbers = fields.map(Number);
    const [reads = 0, , sectors = 0, , writes = 0, , written = 0, , , busyMs = 0, weightedMs = 0] = numbers;
    // Sectors of these statistics have 512 bytes, regardless of the device.
    found.push({ reads, bytesRead: 512 * sectors, writes, bytesWritten: 512 * written, busyMs, weightedMs });
  }
  if (found.length === 0 || found.length < devices.length) return null;
  return found.reduce((sum, one) => ({
    reads: sum.reads + one.reads,
    bytesRead: sum.bytesRead + one.bytesRead,
    writes: sum.writes + one.writes,
    bytesWritten: sum.bytesWritten + one.bytesWritten,
    busyMs: Math.max(sum.busyMs, one.busyMs),
    weightedMs: sum.weightedMs + one.weightedMs,
  }));
}

/** CPU time of the machine in clock ticks, summed over its CPUs (proc(5), /proc/stat). */
export interface CpuCounters {
  readonly busy: number;
  readonly steal: number;
  readonly all: number;
}

export function parseStat(text: string): CpuCounters | null {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(' ')
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  return { busy, steal, all: busy + idle + iowait + steal };
}

/** Parses a file of /proc/pressure. Returns the microseconds in which at least one task was stalled. */
export function parsePressure(text: string): number | null {
  const total = /^some .*total=(\d+)/m.exec(text)?.[1];
  return total === undefined ? null : Number(total);
}

/** All counters at one point in time. */
export interface Counters {
  readonly atNs: bigint;
  readonly disk: DiskCounters | null;
  readonly cpu: CpuCounters | null;
  /** CPU time of kernel threads in clock ticks. */
  readonly kernelThreads: number;
  readonly pressureUs: { readonly io: number; readonly memory: number; readonly cpu: number } | null;
}

/** Reads the counters. `devices` are the numbers (`major:minor`) of the block devices to observe. */
export function readCounters(devices: readonly string[]): Counters {
  const kernelThreads = readKernelThreads();
  const diskstats = readText('/proc/diskstats');
  const stat = readText('/proc/stat');
  const [io, memory, cpu] = ['io', 'memory', 'cpu'].map((name) => {
    const text = readText(`/proc/pressure/${name}`);
    return text === null ? null : parsePressure(text);
  });
  return {
    atNs: process.hrtime.bigint(),
    disk: diskstats === null ? null : parseDiskstats(diskstats, devices),
    cpu: stat === null ? null : parseStat(stat),
    kernelThreads,
    pressureUs: io == null || memory == null || cpu == null ? null : { io, memory, cpu },
  };
}

/**
 * Computes the activity between two readings of the counters.
 * @param ownCpuNs CPU time that the benchmark used in this period.
 * @param elapsedNs duration of the reads or writes of the benchmark, which is shorter than the time between the two
 * readings.
 * @param ticksPerSecond unit of /proc/stat: 100 on every Linux that Node supports.
 */
export function diffCounters(
  before: Counters,
  after: Counters,
  ownCpuNs: number,
  elapsedNs: number,
  ticksPerSecond = 100,
): { readonly device: DeviceUse | null; readonly surroundings: SystemLoad } {
  const ns = Number(after.atNs - before.atNs);
  const [disk0, disk1] = [before.disk, after.disk];
  const device =
    disk0 === null || disk1 === null
      ? null
      : {
          bytesRead: disk1.bytesRead - disk0.bytesRead,
          requests: disk1.reads - disk0.reads,
          bytesWritten: disk1.bytesWritten - disk0.bytesWritten,
          writeRequests: disk1.writes - disk0.writes,
          queueDepth: ((disk1.weightedMs - disk0.weightedMs) * 1e6) / elapsedNs,
          busy: Math.min(1, ((disk1.busyMs - disk0.busyMs) * 1e6) / elapsedNs),
        };
  const [cpu0, cpu1] = [before.cpu, after.cpu];
  const all = cpu0 === null || cpu1 === null ? 0 : cpu1.all - cpu0.all;
  const share = (ticks: number): number => (all <= 0 ? 0 : Math.min(1, Math.max(0, ticks / all)));
  const busy = cpu0 === null || cpu1 === null ? 0 : cpu1.busy - cpu0.busy;
  const kernel = after.kernelThreads - before.kernelThreads;
  const steal = cpu0 === null || cpu1 === null ? 0 : cpu1.steal - cpu0.steal;
  const [p0, p1] = [before.pressureUs, after.pressureUs];
  const pressed = (key: 'io' | 'memory' | 'cpu'): number =>
    p0 === null || p1 === null ? 0 : Math.min(1, ((p1[key] - p0[key]) * 1e3) / ns);
  return {
    device,
    surroundings: {
      othersCpu: share(busy - kernel - (ownCpuNs / 1e9) * ticksPerSecond),
      steal: share(steal),
      pressure:
        p0 === null || p1 === null ? null : { io: pressed('io'), memory: pressed('memory'), cpu: pressed('cpu') },
    },
  };
}
