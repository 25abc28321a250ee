/** Tests the conversion of kernel counters to the cell of a report: parsers, percentiles, sums and options. */
import { describe, expect, test } from 'vitest';
import { diffCounters, parseDiskstats, parsePressure, parseStat } from '../../../lib/bench/counters.js';
import { Durations } from '../../../lib/bench/durations.js';
import { parseKernelThread } from '../../../lib/bench/kernel-threads.js';
import { benchSettings } from '../../../lib/bench/options.js';
import { cellMsFor, enginesFor, planCells } from '../../../lib/bench/plan.js';
import { bucketsOfPercentiles, fioArguments } from '../../../lib/bench/reference-tools.js';
import { createCell, median, mergeBuckets, percentile, type Round } from '../../../lib/bench/rounds.js';

const round = (changes: Partial<Round> = {}): Round => ({
  elapsedNs: 1e9,
  operations: 200,
  bytes: 2e9,
  latencies: [
    { low: 1_000_000, width: 8192, count: 198 },
    { low: 40_000_000, width: 262_144, count: 2 },
  ],
  latencyMaxNs: 40_100_000,
  latencySumNs: 280e6,
  threads: { wallNs: 2e9, cpuNs: 0.5e9, runnableNs: 0.3e9, voluntary: 100, involuntary: 20, deviceBytes: 1e9 },
  residentBefore: 10,
  residentAfter: 20,
  regionBytes: 100,
  coverage: null,
  device: { bytesRead: 1e9, requests: 10, bytesWritten: 3e9, writeRequests: 30, queueDepth: 2, busy: 0.5 },
  surroundings: { othersCpu: 0.1, steal: 0, pressure: null },
  ...changes,
});

describe('counters', () => {
  const diskstats = ` 254       0 vda 100 9136 2048 400 17974 145324 17922464 54937 3 12752 95644 5616 58 738528 560 1398 55
 253       1 vda1 1 2 3 4 5 6 7 8 9 10 11`;

  test('sums the lines of the devices in diskstats, in bytes', () => {
    const vda = {
      reads: 100,
      bytesRead: 2048 * 512,
      writes: 17974,
      bytesWritten: 17922464 * 512,
      busyMs: 12752,
      weightedMs: 95644,
    };
    expect(parseDiskstats(diskstats, ['254:0'])).toEqual(vda);
    expect(parseDiskstats(diskstats, ['253:1'])?.weightedMs).toBe(11);
    expect(parseDiskstats(diskstats, ['253:1', '254:0'])).toEqual({
      reads: 101,
      bytesRead: 2051 * 512,
      writes: 17979,
      bytesWritten: 17922471 * 512,
      busyMs: 12752,
      weightedMs: 95655,
    });
    expect(parseDiskstats(diskstats, ['254:0', '0:42'])).toBeNull();
    expect(parseDiskstats(diskstats, [])).toBeNull();
    expect(parseDiskstats('254 0 vda 1 2', ['254:0'])).toBeNull();
  });

  test('parses stat and pressure', () => {
    expect(parseStat('cpu  10 1 5 100 20 2 3 7 0 0\ncpu0 1 1\n')).toEqual({ busy: 21, steal: 7, all: 148 });
    expect(parseStat('intr 1')).toBeNull();
    expect(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.07 total=5497426\nfull total=1')).toBe(5497426);
    expect(parsePressure('')).toBeNull();
  });

  test('finds the CPU time of kernel threads', () => {
    const fields = '0 0 0 -1 2129984 0 0 0 0 3 4 0 0 20 0 1';
    expect(parseKernelThread(`15 (rcu_preempt) I 2 ${fields}`)).toBe(7);
    expect(parseKernelThread(`16 (kworker/u4:1 (x) y) I 2 ${fields}`)).toBe(7);
    expect(parseKernelThread(`17 (node) R 1 ${fields.replace('2129984', '4194304')}`)).toBe(0);
    expect(parseKernelThread('')).toBe(0);
  });

  test("does not count the benchmark's own CPU time as that of others", () => {
    const disk = { reads: 0, bytesRead: 0, writes: 7, bytesWritten: 512, busyMs: 0, weightedMs: 0 };
    const cpu = { busy: 0, steal: 0, all: 0 };
    const before = { atNs: 0n, disk, cpu, kernelThreads: 1000, pressureUs: { io: 0, memory: 0, cpu: 0 } };
    const after = {
      atNs: 1_000_000_000n,
      disk: { reads: 5, bytesRead: 4096, writes: 9, bytesWritten: 1536, busyMs: 900, weightedMs: 4000 },
      cpu: { busy: 150, steal: 10, all: 200 },
      kernelThreads: 1000,
      pressureUs: { io: 500_000, memory: 0, cpu: 100_000 },
    };
    const { device, surroundings } = diffCounters(before, after, 1e9, 1e9);
    expect(device).toEqual({
      bytesRead: 4096,
      requests: 5,
      bytesWritten: 1024,
      writeRequests: 2,
      queueDepth: 4,
      busy: 0.9,
    });
    expect(surroundings).toEqual({ othersCpu: 0.25, steal: 0.05, pressure: { io: 0.5, memory: 0, cpu: 0.1 } });
    expect(diffCounters(before, after, 9e9, 1e9).surroundings.othersCpu).toBe(0);
    expect(diffCounters(before, { ...after, kernelThreads: 1020 }, 1e9, 1e9).surroundings.othersCpu).toBe(0.15);
    expect(diffCounters({ ...before, disk: null }, after, 0, 1e9).device).toBeNull();
    expect(diffCounters({ ...before, pressureUs: null }, after, 0, 1e9).surroundings.pressure).toBeNull();
  });
});

describe('rounds', () => {
  test('computes percentiles and medians, and merges buckets', () => {
    const { latencies } = round();
    expect(percentile(latencies, 0.5)).toBeCloseTo(1_004_095, -1);
    expect(percentile(latencies, 0.995)).toBeGreaterThan(40e6);
    expect(percentile([], 0.5)).toBeNaN();
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(mergeBuckets([latencies, latencies])[1]).toEqual({ low: 40_000_000, width: 262_144, count: 4 });
  });

  test('sums the rounds of a cell, and splits the time of a call', () => {
    const cell = createCell('pread', 'direct', 2, [round(), round({ bytes: 4e9, operations: 400, elapsedNs: 1e9 })]);
    expect(cell).toMatchObject({ operations: 600, bytes: 6e9, throughput: 3e9, throughputRange: [2e9, 4e9] });
    expect(cell.time?.onCpu).toBeCloseTo(1000 / 600, 6);
    expect(cell.time?.runnable).toBeCloseTo(600 / 600, 6);
    expect(cell.time?.blocked).toBeCloseTo(2400 / 600, 6);
    expect(cell.device).toMatchObject({ bytesRead: 2e9, queueDepth: 2, busy: 0.5 });
    expect(cell.residency).toEqual({ before: 10, after: 20, of: 100 });
    expect(cell.latency?.max).toBe(40.1);
    expect(cell.latency?.p99).toBeLessThanOrEqual(40.1);
    expect(cell.p99Range?.[0]).toBeGreaterThan(0);
  });

  test('keeps unknown values unknown', () => {
    const nan = { wallNs: 1, cpuNs: 1, runnableNs: Number.NaN, voluntary: 0, involuntary: 0, deviceBytes: Number.NaN };
    const blind = { threads: nan, residentBefore: Number.NaN, device: null, surroundings: null } as const;
    const cell = createCell('pread', 'direct', 1, [round(blind)]);
    expect(cell.time).toMatchObject({ runnable: null, blocked: null });
    expect([cell.deviceBytes, cell.device, cell.residency.before, cell.surroundings]).toEqual([null, null, null, null]);
    const dd = createCell('dd', 'direct', 1, [round({ threads: null, latencies: [] })]);
    expect([dd.latency, dd.time, dd.inFlight, dd.p99Range]).toEqual([null, null, null, null]);
    expect(createCell('pread', 'direct', 1, [round({ operations: 50 })]).p99Range).toBeNull();
  });
});

describe('reference tools', () => {
  test("converts fio's percentiles to buckets", () => {
    const buckets = bucketsOfPercentiles({ '50.000000': 10, '99.000000': 20, '100.000000': 30 }, 100);
    expect(buckets.map(({ low, count }) => [low, Math.round(count)])).toEqual([
      [10, 50],
      [20, 49],
      [30, 1],
    ]);
    expect(percentile(buckets, 0.95)).toBe(20);
  });

  test('runs fio with the same reads, cache state and page-aligned memory as the other methods', () => {
    const common = { path: '/a:b', n: 4, blockBytes: 1 << 20, regionBytes: 9 << 20, random: false, durationNs: 25e7 };
    const args = fioArguments({ ...common, direct: false });
    for (const part of [
      '--filename=/a\\:b',
      '--numjobs=4',
      `--size=${2 << 20}`,
      '--direct=0',
      '--invalidate=0',
      '--mem=mmap',
    ])
      expect(args).toContain(part);
    expect(() => fioArguments({ ...common, n: 10, direct: true })).toThrow('fewer blocks than threads');
  });
});

describe('plan and options', () => {
  const means = { parts: true, hdf5: true, fio: true, dd: true };

  test('plans every method at every parallelism, but no control with one thread', () => {
    const spots = planCells(benchSettings({ parallelism: [2, 1] }), means);
    expect(spots.filter(({ access }) => access === 'cached' && access).length).toBeGreaterThan(14);
    expect(spots.some(({ way, n }) => way === 'unlocked' && n === 1)).toBe(false);
    expect(spots.some(({ way, access }) => way === 'hdf5' && access === 'direct')).toBe(false);
    const few = planCells(benchSettings(), { parts: false, hdf5: false, fio: false, dd: false });
    expect(new Set(few.map(({ way }) => way)).has('file-each')).toBe(false);
    expect(enginesFor('direct')).toEqual(['direct', 'uring-direct']);
    expect(enginesFor('cached')).toEqual(['auto', 'pread', 'mmap', 'uring']);
    expect(enginesFor('cold')).toEqual(['auto', 'pread', 'mmap', 'uring']);
  });

  test('divides the time limit', () => {
    const spots = planCells(benchSettings(), means);
    expect(cellMsFor(spots, benchSettings({ timeLimitMs: 600_000 }))).toBe(250);
    expect(cellMsFor(spots, benchSettings({ timeLimitMs: 1000 }))).toBe(10);
    expect(cellMsFor(spots, benchSettings({ cellMs: 77 }))).toBe(77);
  });

  test.each([
    [{ parallelism: [] }, /parallelism/],
    [{ parallelism: [0] }, /parallelism/],
    [{ parallelism: [1.5] }, /parallelism/],
    [{ parallelism: [100_000] }, /parallelism/],
    [{ access: ['warm'] }, /access/],
    [{ blockBytes: 100 }, /blockBytes/],
    [{ blockBytes: 1000 }, /blockBytes/],
    [{ blockBytes: 2 ** 31 }, /blockBytes/],
    [{ sizeBytes: 1 }, /sizeBytes/],
    [{ rounds: 0 }, /rounds/],
    [{ order: 'backwards' }, /order/],
    [{ python: 3 }, /python/],
    [{ threads: 3 }, /threads/],
  ])('rejects %j', (options, message) => {
    expect(() => benchSettings(options as never)).toThrow(message);
    expect(() => benchSettings(options as never)).toThrow(TypeError);
  });
});

test('counts the durations of very many calls without storing a list', () => {
  const durations = new Durations();
  expect([durations.count, durations.maxNs, durations.buckets()]).toEqual([0, 0, []]);
  // Adds more values than a function call can have arguments.
  for (let i = 0; i < 300_000; i++) durations.add(i % 2 === 0 ? 200 : 1001);
  durations.add(70_000);
  expect([durations.count, durations.sumNs, durations.maxNs]).toEqual([300_001, 180_220_000, 70_000]);
  expect(durations.buckets()).toEqual([
    { low: 200, width: 1, count: 150_000 },
    { low: 1000, width: 4, count: 150_000 },
    { low: 69_632, width: 512, count: 1 },
  ]);
});
