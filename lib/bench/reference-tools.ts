/**
 * Runs fio and dd for comparison, on the same file, with the same block size and parallelism.
 * @module
 */
import { spawn } from 'node:child_process';
import type { Bucket } from './rounds.js';

/** Result of a tool. */
export interface ToolRun {
  readonly elapsedNs: number;
  readonly bytes: number;
  readonly operations: number;
  /** Percentiles of fio as buckets with one value; empty for dd. */
  readonly latencies: readonly Bucket[];
  readonly latencySumNs: number;
  readonly latencyMaxNs: number;
  readonly cpuNs: number;
}

/** Parameters of a run. */
export interface ToolOptions {
  readonly path: string;
  readonly n: number;
  readonly blockBytes: number;
  readonly regionBytes: number;
  readonly direct: boolean;
  readonly random: boolean;
  readonly durationNs: number;
}

/** Runs a program. Returns its output. @throws {Error} with the first line of its messages if it fails. */
export function run(command: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${command} ended with ${code}: ${stderr.trim().split('\n')[0] ?? ''}`));
    });
  });
}

/** True if a program can be run. */
export async function isInstalled(command: string): Promise<boolean> {
  return await run(command, ['--version']).then(
    () => true,
    () => false,
  );
}

interface FioDirection {
  readonly total_ios: number;
  readonly io_bytes: number;
  readonly runtime: number;
  readonly bw_bytes: number;
  readonly clat_ns: {
    readonly mean: number;
    readonly max: number;
    readonly percentile?: Readonly<Record<string, number>>;
  };
}

interface FioJob {
  readonly read: FioDirection;
  readonly write: FioDirection;
  readonly job_runtime: number;
  readonly usr_cpu: number;
  readonly sys_cpu: number;
}

/** Converts fio's percentiles to buckets. Values between two percentiles count as the higher one. */
export function bucketsOfPercentiles(percentiles: Readonly<Record<string, number>>, operations: number): Bucket[] {
  const points = Object.entries(percentiles)
    .map(([p, ns]) => ({ p: Number(p) / 100, ns }))
    .sort((a, b) => a.p - b.p);
  const buckets = new Map<number, Bucket>();
  let seen = 0;
  for (const { p, ns } of points) {
    const count = Math.max(0, p * operations - seen);
    seen += count;
    buckets.set(ns, { low: ns, width: 1, count: count + (buckets.get(ns)?.count ?? 0) });
  }
  return [...buckets.values()].filter(({ count }) => count > 0);
}

/** Returns fio's arguments for `n` threads that each read their own part of the region. */
export function fioArguments(options: ToolOptions): string[] {
  const blocks = Math.floor(options.regionBytes / options.n / options.blockBytes);
  const part = blocks * options.blockBytes;
  if (part === 0) throw new Error('the region has fewer blocks than threads');
  const args = ['--name=read', `--filename=${options.path.replaceAll(':', '\\:')}`, '--ioengine=psync', '--thread'];
  args.push(`--rw=${options.random ? 'randread' : 'read'}`, `--bs=${options.blockBytes}`, `--numjobs=${options.n}`);
  args.push(`--size=${part}`, `--offset_increment=${part}`, '--time_based', `--direct=${options.direct ? 1 : 0}`);
  args.push(`--runtime=${Math.max(1, Math.round(options.durationNs / 1e6))}ms`, '--invalidate=0', '--readonly');
  // Avoids fio's default memory, which begins 16 bytes after the start of a page. Kernel copies of whole blocks to such
  // memory may take twice as long.
  args.push(
    '--mem=mmap',
    '--allow_file_create=0',
    '--group_reporting',
    '--output-format=json',
    '--percentile_list=10:25:50:75:90:95:99:99.9:100',
  );
  return args;
}

/** Parses the output of fio for `n` threads that all read or all write. @throws {Error} if nothing was measured. */
export function parseFio(stdout: string, direction: 'read' | 'write', n: number): ToolRun {
  const { jobs } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { jobs: readonly FioJob[] };
  const job = jobs[0];
  const numbers = job?.[direction];
  if (job === undefined || numbers === undefined || numbers.bw_bytes === 0) throw new Error('fio measured nothing');
  const elapsedNs = (numbers.io_bytes / numbers.bw_bytes) * 1e9;
  return {
    elapsedNs,
    bytes: numbers.io_bytes,
    operations: numbers.total_ios,
    latencies: bucketsOfPercentiles(numbers.clat_ns.percentile ?? {}, numbers.total_ios),
    latencySumNs: numbers.clat_ns.mean * numbers.total_ios,
    latencyMaxNs: numbers.clat_ns.max,
    cpuNs: ((job.usr_cpu + job.sys_cpu) / 100) * elapsedNs * n,
  };
}

/** Runs fio with {@link fioArguments}. */
export async function runFio(options: ToolOptions): Promise<ToolRun> {
  const { stdout } = await run('fio', fioArguments(options));
  return parseFio(stdout, 'read', options.n);
}

/**
 * Shell script that starts one dd process for each argument after the first four, with the argument as its `skip`.
 * Waits for all processes.
 */
const parallelDd =
  'path=$1 bs=$2 count=$3 flag=$4; shift 4; pids=; for skip do ' +
  'dd if="$path" of=/dev/null bs="$bs" count="$count" skip="$skip" status=none $flag & ' +
  'pids="$pids $!"; done; for pid in $pids; do wait "$pid" || exit 1; done';

/**
 * Runs `n` dd processes at the same time, each on its own part of the region. The time includes the start of the
 * processes, because this is part of using dd. So dd looks slow on small regions.
 */
export async function runDd(options: ToolOptions): Promise<ToolRun> {
  const count = Math.floor(options.regionBytes / options.n / options.blockBytes);
  if (count === 0) throw new Error('the region has fewer blocks than processes');
  const skips = Array.from({ length: options.n }, (_, i) => String(i * count));
  const flag = options.direct ? 'iflag=direct' : '';
  const start = process.hrtime.bigint();
  await run('sh', ['-c', parallelDd, 'sh', options.path, String(options.blockBytes), String(count), flag, ...skips]);
  return {
    elapsedNs: Number(process.hrtime.bigint() - start),
    bytes: count * options.n * options.blockBytes,
    operations: count * options.n,
    latencies: [],
    latencySumNs: 0,
    latencyMaxNs: 0,
    cpuNs: 0,
  };
}
