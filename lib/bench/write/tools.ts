/**
 * Runs fio and dd for comparison: they overwrite the same file with the same block size and parallelism.
 * @module
 */
import { parseFio, run, type ToolRun } from '../reference-tools.js';
import type { WriteAccess, WriteSync } from './cell.js';

/** Parameters of a run. */
export interface WriteToolOptions {
  readonly path: string;
  readonly n: number;
  readonly blockBytes: number;
  readonly regionBytes: number;
  readonly access: WriteAccess;
  readonly sync: WriteSync;
  readonly durationNs: number;
}

/** Returns the number of blocks that each of `n` threads or processes writes. @throws {Error} if there are too few. */
function blocksOfPart({ regionBytes, n, blockBytes }: WriteToolOptions): number {
  const blocks = Math.floor(regionBytes / n / blockBytes);
  if (blocks === 0) throw new Error('the region has fewer blocks than threads');
  return blocks;
}

/** Returns fio's arguments for `n` threads that each overwrite their own part of the region once. */
export function fioWriteArguments(options: WriteToolOptions): string[] {
  const part = blocksOfPart(options) * options.blockBytes;
  return [
    '--name=write',
    `--filename=${options.path.replaceAll(':', '\\:')}`,
    '--ioengine=psync',
    '--thread',
    '--rw=write',
    `--bs=${options.blockBytes}`,
    `--numjobs=${options.n}`,
    `--size=${part}`,
    `--offset_increment=${part}`,
    `--direct=${options.access === 'direct' ? 1 : 0}`,
    `--runtime=${Math.max(1, Math.round(options.durationNs / 1e6))}ms`,
    `--fdatasync=${options.sync === 'each' ? 1 : 0}`,
    '--invalidate=0',
    '--fallocate=none',
    // Avoids fio's default memory, which begins 16 bytes after the start of a page.
    '--mem=mmap',
    '--allow_file_create=0',
    '--overwrite=1',
    '--group_reporting',
    '--output-format=json',
    '--percentile_list=10:25:50:75:90:95:99:99.9:100',
  ];
}

/** Runs fio with {@link fioWriteArguments}. */
export async function runFioWrites(options: WriteToolOptions): Promise<ToolRun> {
  const { stdout } = await run('fio', fioWriteArguments(options));
  return parseFio(stdout, 'write', options.n);
}

/**
 * Shell script that starts one dd process for each argument after the first five, with the argument as its `seek`.
 * Waits for all processes.
 */
const parallelDd =
  'path=$1 bs=$2 count=$3 conv=$4 flag=$5; shift 5; pids=; for seek do ' +
  'dd if=/dev/zero of="$path" bs="$bs" count="$count" seek="$seek" conv="$conv" status=none $flag & ' +
  'pids="$pids $!"; done; for pid in $pids; do wait "$pid" || exit 1; done';

/**
 * Runs `n` dd processes at the same time, each on its own part of the region. The time includes the start of the
 * processes, so dd looks slow on small regions.
 */
export async function runDdWrites(options: WriteToolOptions): Promise<ToolRun> {
  const count = blocksOfPart(options);
  const seeks = Array.from({ length: options.n }, (_, i) => String(i * count));
  const flag = options.access === 'direct' ? 'oflag=direct' : '';
  const conv = options.sync === 'end' ? 'notrunc,fdatasync' : 'notrunc';
  const words = [options.path, String(options.blockBytes), String(count), conv, flag, ...seeks];
  const start = process.hrtime.bigint();
  await run('sh', ['-c', parallelDd, 'sh', ...words]);
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
