/**
 * `fio` over the same files: it reads into a few reused blocks and puts nothing into place. `fio` of the config says how:
 * `engine` psync or io_uring, `block` in bytes, `pattern` read or randread, `isDirect`, `depth` reads in flight a job, `jobs`
 * threads, `bytes` in all. By default as many jobs as threads, each of which reads its part of the file in blocks of 1 MiB.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The files at `path`, those of a folder that hold data: `{folder, names}`. */
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
  // Names without their folder: fio takes at most 4096 characters.
  const args = ['--name=read', `--filename=${names.map((name) => name.replaceAll(':', '\\:')).join(':')}`];
  args.push(
    `--rw=${pattern}`,
    `--bs=${block}`,
    `--ioengine=${engine}`,
    `--direct=${isDirect ? 1 : 0}`,
    '--invalidate=0',
    // Memory that begins at a page: the kernel's copies to 16 bytes after one may take twice as long.
    '--mem=mmap',
  );
  args.push(`--iodepth=${depth}`, `--numjobs=${jobs}`, '--thread', '--group_reporting', '--output-format=json');
  // Files are read one after the other, not block by block in turns.
  if (names.length > 1) args.push('--file_service_type=sequential');
  if (pattern === 'randread') args.push(`--io_size=${part}`);
  else if (names.length === 1) args.push(`--size=${part}`, `--offset_increment=${part}`);
  return {
    measure() {
      const { jobs: answers } = JSON.parse(execFileSync('fio', args, { cwd: folder, encoding: 'utf8' }));
      const [{ read, usr_cpu, sys_cpu }] = answers;
      const ms = (read.io_bytes / read.bw_bytes) * 1000;
      if (read.io_bytes < part * jobs)
        throw new Error(`Expected fio to read ${part * jobs} bytes, it read ${read.io_bytes}`);
      // fio gives processor time as a share of the jobs' time.
      return { ms: [(ms * part * jobs) / read.io_bytes], cpuMs: ((usr_cpu + sys_cpu) / 100) * ms * jobs };
    },
  };
}
