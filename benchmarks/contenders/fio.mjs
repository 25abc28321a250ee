/** `fio`, as many jobs as threads, blocks of 1 MiB, buffered: each job reads its part of the file into one reused block. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

export function open(config) {
  const part = Math.floor(statSync(config.path).size / config.threads / 2 ** 20) * 2 ** 20;
  const args = [
    '--name=read',
    `--filename=${config.path}`,
    '--rw=read',
    '--bs=1m',
    '--ioengine=psync',
    '--invalidate=0',
  ];
  args.push(`--numjobs=${config.threads}`, `--size=${part}`, `--offset_increment=${part}`, '--thread');
  args.push('--group_reporting', '--output-format=json');
  return {
    measure() {
      const { jobs } = JSON.parse(execFileSync('fio', args, { encoding: 'utf8' }));
      const [{ read, usr_cpu, sys_cpu }] = jobs;
      const ms = (part * config.threads) / read.bw_bytes / 1e-3;
      // fio gives processor time as a share of the jobs' time.
      return { ms: [ms], cpuMs: ((usr_cpu + sys_cpu) / 100) * ms * config.threads };
    },
  };
}
