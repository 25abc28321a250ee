/**
 * Reads the files with `fio` into a few reused blocks, without building a result. `config.fio` sets `engine` (psync or
 * io_uring), `block` in bytes, `pattern` (read or randread), `isDirect`, `depth` (reads in flight per job), `jobs`
 * (threads) and `bytes` (in total). By default, there is one job per thread, and each job reads its part of the file in
 * blocks of 1 MiB.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Returns the file at `path`, or the data files of the folder at `path`: `{folder, names}`. */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return { folder: dirname(path), names: [basename(path)] };
  return { folder: path, names: readdirSync(path).filter((name) => !name.endsWith('.json')) };
}

export function open(config) {
  const {
    engine = 'psync',
    block = 1 << 20,
    pattern = 'read',
    isDirect = false,
    depth = 1,
    ...rest
  } = config.fio ?? {};
  const { jobs = config.threads } = rest;
  const { folder, names } = filesOf(config.path);
  const size = names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const part = Math.floor((rest.bytes ?? size) / jobs / block) * block;
  // Passes names without their folder, because fio accepts at most 4096 characters.
  const args = ['--name=read', `--filename=${names.map((name) => name.replaceAll(':', '\\:')).join(':')}`];
  args.push(
    `--rw=${pattern}`,
    `--bs=${block}`,
    `--ioengine=${engine}`,
    `--direct=${isDirect ? 1 : 0}`,
    '--invalidate=0',
    // Page-aligned memory. Copies to an address 16 bytes after a page boundary may take twice as long.
    '--mem=mmap',
  );
  args.push(`--iodepth=${depth}`, `--numjobs=${jobs}`, '--thread', '--group_reporting', '--output-format=json');
  // Reads one file after the other instead of alternating between files.
  if (names.length > 1) args.push('--file_service_type=sequential');
  if (pattern === 'randread') args.push(`--io_size=${part}`);
  else if (names.length === 1) args.push(`--size=${part}`, `--offset_increment=${part}`);
  return {
    measure() {
      const { jobs: answers } = JSON.parse(execFileSync('fio', args, { cwd: folder, encoding: 'utf8' }));
      const [{ read, usr_cpu, sys_cpu }] = answers;
      const ms = (read.io_bytes / read.bw_bytes) * 1000;
      if (read.io_bytes < part * jobs)
        throw new Error(`Expected fio to read ${part * jobs} bytes, but it read ${read.io_bytes}`);
      // fio reports CPU time as a percentage of the jobs' run time.
      return { ms: [(ms * part * jobs) / read.io_bytes], cpuMs: ((usr_cpu + sys_cpu) / 100) * ms * jobs };
    },
  };
}
