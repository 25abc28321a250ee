/**
 * Defines the result of one run (a round), and combines several rounds into a cell.
 * @module
 */
import type { Access, AccessMethod, Cell, Coverage, DeviceUse, Latency, SystemLoad } from './cell.js';

/** Histogram bucket: the number of values in [low, low + width), in nanoseconds. */
export interface Bucket {
  readonly low: number;
  readonly width: number;
  readonly count: number;
}

/** Result of one run. Times are in nanoseconds. A time is NaN if the kernel does not report it. */
export interface TimedRound {
  readonly elapsedNs: number;
  readonly operations: number;
  readonly bytes: number;
  /** Latency histogram; empty if the method does not report latencies. */
  readonly latencies: readonly Bucket[];
  readonly latencyMaxNs: number;
  readonly latencySumNs: number;
  /** Times and counters, summed over the threads of the run; null if the method does not report them. */
  readonly threads: {
    readonly wallNs: number;
    readonly cpuNs: number;
    readonly runnableNs: number;
    readonly voluntary: number;
    readonly involuntary: number;
    readonly deviceBytes: number;
  } | null;
  readonly device: DeviceUse | null;
  readonly surroundings: SystemLoad | null;
}

/** Result of one run that reads. Adds how many bytes of the region were in the page cache before and after the run. */
export interface Round extends TimedRound {
  readonly residentBefore: number;
  readonly residentAfter: number;
  readonly regionBytes: number;
  readonly coverage: Coverage | null;
}

/**
 * Returns the `p`-quantile, below which the share `p` of all values lies, with the accuracy of a bucket. Returns NaN if
 * there are no values.
 */
export function percentile(buckets: readonly Bucket[], p: number): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { low, width, count } of buckets) {
    seen += count;
    if (seen >= p * total) return low + (width - 1) / 2;
  }
  return Number.NaN;
}

/** Adds histograms whose buckets have the same limits. */
export function mergeBuckets(lists: readonly (readonly Bucket[])[]): Bucket[] {
  const merged = new Map<number, Bucket>();
  for (const { low, width, count } of lists.flat()) {
    merged.set(low, { low, width, count: count + (merged.get(low)?.count ?? 0) });
  }
  return [...merged.values()].sort((a, b) => a.low - b.low);
}

/** Returns the median; NaN if there are no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
const range = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)];

/** Minimum number of calls for a meaningful 99th percentile. */
export const minCallsForP99 = 100;

function mergeLatency(rounds: readonly TimedRound[]): Latency | null {
  const buckets = mergeBuckets(rounds.map(({ latencies }) => latencies));
  if (buckets.length === 0) return null;
  const max = Math.max(...rounds.map(({ latencyMaxNs }) => latencyMaxNs));
  const count = sum(buckets.map((bucket) => bucket.count));
  // A percentile is the middle of a bucket, which may exceed the longest duration in the last bucket.
  const at = (p: number): number => Math.min(percentile(buckets, p), max) / 1e6;
  const mean = sum(rounds.map(({ latencySumNs }) => latencySumNs)) / count / 1e6;
  return { mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: max / 1e6 };
}

function computeP99Range(rounds: readonly TimedRound[]): readonly [number, number] | null {
  if (rounds.some(({ latencies, operations }) => latencies.length === 0 || operations < minCallsForP99)) return null;
  return range(rounds.map(({ latencies }) => percentile(latencies, 0.99) / 1e6));
}

function mergeCoverage(rounds: readonly Round[]): Coverage | null {
  const all = rounds.flatMap(({ coverage }) => (coverage === null ? [] : [coverage]));
  const last = all.at(-1);
  if (last === undefined) return null;
  const total = (key: 'delivered' | 'twice' | 'lost' | 'unknown'): number => sum(all.map((one) => one[key]));
  return {
    ...last,
    delivered: total('delivered'),
    twice: total('twice'),
    lost: total('lost'),
    unknown: total('unknown'),
  };
}

function mergeDeviceUse(rounds: readonly TimedRound[], elapsedNs: number): DeviceUse | null {
  const all = rounds.flatMap(({ device, elapsedNs: ns }) => (device === null ? [] : [{ device, ns }]));
  if (all.length !== rounds.length) return null;
  return {
    bytesRead: sum(all.map(({ device }) => device.bytesRead)),
    requests: sum(all.map(({ device }) => device.requests)),
    bytesWritten: sum(all.map(({ device }) => device.bytesWritten)),
    writeRequests: sum(all.map(({ device }) => device.writeRequests)),
    queueDepth: sum(all.map(({ device, ns }) => device.queueDepth * ns)) / elapsedNs,
    busy: sum(all.map(({ device, ns }) => device.busy * ns)) / elapsedNs,
  };
}

function mergeSystemLoad(rounds: readonly TimedRound[]): SystemLoad | null {
  const measured = rounds.flatMap(({ surroundings, elapsedNs }) =>
    surroundings === null ? [] : [{ surroundings, elapsedNs }],
  );
  if (measured.length === 0) return null;
  const mean = (pick: (s: SystemLoad) => number): number =>
    sum(measured.map(({ surroundings, elapsedNs }) => pick(surroundings) * elapsedNs)) /
    sum(measured.map(({ elapsedNs }) => elapsedNs));
  const hasPressure = measured.every(({ surroundings }) => surroundings.pressure !== null);
  const pressure = (key: 'io' | 'memory' | 'cpu'): number => mean((s) => s.pressure?.[key] ?? 0);
  return {
    othersCpu: mean((s) => s.othersCpu),
    steal: mean((s) => s.steal),
    pressure: hasPressure ? { io: pressure('io'), memory: pressure('memory'), cpu: pressure('cpu') } : null,
  };
}

/** Measurements that cells of reads and cells of writes have in common. */
export type CellMeasures = Pick<
  Cell,
  | 'rounds'
  | 'operations'
  | 'bytes'
  | 'elapsedMs'
  | 'throughput'
  | 'throughputRange'
  | 'latency'
  | 'time'
  | 'inFlight'
  | 'switches'
  | 'device'
  | 'surroundings'
>;

/** Combines the numbers of several rounds. There must be at least one round. */
export function combineRounds(rounds: readonly TimedRound[]): CellMeasures {
  const elapsedNs = sum(rounds.map((round) => round.elapsedNs));
  const operations = sum(rounds.map((round) => round.operations));
  const threads = threadsOf(rounds);
  const perCall = (pick: (thread: ThreadTimes) => number): number => sum((threads ?? []).map(pick)) / operations;
  const rates = rounds.map((round) => (round.bytes / round.elapsedNs) * 1e9);
  const runnable = perCall((t) => t.runnableNs) / 1e6;
  const onCpu = perCall((t) => t.cpuNs) / 1e6;
  const blocked = Math.max(0, perCall((t) => t.wallNs) / 1e6 - onCpu - runnable);
  const latency = mergeLatency(rounds);
  return {
    rounds: rounds.length,
    operations,
    bytes: sum(rounds.map((round) => round.bytes)),
    elapsedMs: elapsedNs / 1e6,
    throughput: median(rates),
    throughputRange: range(rates),
    latency,
    time: threads === null ? null : { onCpu, runnable: orNull(runnable), blocked: orNull(blocked) },
    inFlight: latency === null ? null : sum(rounds.map((round) => round.latencySumNs)) / elapsedNs,
    switches:
      threads === null ? null : { voluntary: perCall((t) => t.voluntary), involuntary: perCall((t) => t.involuntary) },
    device: mergeDeviceUse(rounds, elapsedNs),
    surroundings: mergeSystemLoad(rounds),
  };
}

type ThreadTimes = NonNullable<TimedRound['threads']>;

/** Returns the times of the threads of all rounds; null if a round has none. */
function threadsOf(rounds: readonly TimedRound[]): readonly ThreadTimes[] | null {
  const threads = rounds.flatMap((round) => (round.threads === null ? [] : [round.threads]));
  const hasCalls = rounds.some(({ operations }) => operations > 0);
  return threads.length === rounds.length && hasCalls ? threads : null;
}

/** Combines the rounds of one method of reading into a cell. There must be at least one round. */
export function createCell(way: AccessMethod, access: Access, n: number, rounds: readonly Round[]): Cell {
  const threads = threadsOf(rounds);
  return {
    way,
    access,
    n,
    ...combineRounds(rounds),
    p99Range: computeP99Range(rounds),
    deviceBytes: threads === null ? null : orNull(sum(threads.map((t) => t.deviceBytes))),
    residency: {
      before: orNull(Math.min(...rounds.map((round) => round.residentBefore))),
      after: orNull(rounds.at(-1)?.residentAfter ?? Number.NaN),
      of: rounds[0]?.regionBytes ?? 0,
    },
    coverage: mergeCoverage(rounds),
  };
}
