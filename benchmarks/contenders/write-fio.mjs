/**
 * Writes a new preallocated file with `fio`, in blocks of 1 MiB from a few reused blocks, and synchronizes it.
 * `config.write`: `isDirect`, and `jobs` (threads that each write one part of the file).
 */
import { execFileSync } from 'node:child_process';
import { removeTarget, targetPath } from './shared/written.mjs';

export function open({ shape, write: { isDirect, jobs } }) {
  const target = targetPath('.fio');
  const part = (4 * shape.reduce((product, n) => product * n, 1)) / jobs;
  const args = ['--name=write', `--filename=${target}`, '--rw=write', '--bs=1M', '--ioengine=psync', '--mem=mmap'];
  args.push(`--direct=${isDirect ? 1 : 0}`, '--fallocate=native', '--end_fsync=1', '--fsync_on_close=0');
  args.push(`--numjobs=${jobs}`, '--thread', '--group_reporting', '--output-format=json');
  args.push(`--size=${part}`, `--offset_increment=${part}`);
  return {
    measure() {
      removeTarget(target);
      const { jobs: answers } = JSON.parse(execFileSync('fio', args, { encoding: 'utf8' }));
      const [{ write, usr_cpu, sys_cpu, job_runtime }] = answers;
      if (write.io_bytes !== part * jobs) throw new Error(`Expected ${part * jobs} bytes, fio wrote ${write.io_bytes}`);
      // The runtime of a job includes its last fsync.
      const ms = job_runtime / jobs;
      return { ms: [ms], cpuMs: ((usr_cpu + sys_cpu) / 100) * job_runtime };
    },
    close: () => removeTarget(target),
  };
}
