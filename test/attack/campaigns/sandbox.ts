/**
 * Runs processes in which a seccomp filter rejects system calls, as containers do. Each read must return the right data
 * or fail with an error of this library.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineNames } from '../../../lib/core/generated/choices.js';
import { sandboxScript } from '../../support/sandbox.js';
import type { Campaign } from '../campaign.js';
import { writeSamples } from '../sample.js';
import { runProcess } from '../spawn.js';
import type { VictimOrder } from '../victim.js';

const victim = fileURLToPath(new URL('victim.js', import.meta.url));

/** System calls without which the library must still work. Not all calls can be rejected: Node itself needs madvise. */
const optional = [
  'cachestat',
  'fadvise64',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'mincore',
  'openat2',
  'preadv2',
  'readahead',
  'sched_getaffinity',
  'sched_setaffinity',
  'statfs',
] as const;
const errors = ['EPERM', 'ENOSYS', 'EACCES', 'EINVAL', 'ENOMEM', 'EOPNOTSUPP'] as const;

let problem: string | null | undefined;

/** Returns the reason why no seccomp filter can be installed; null if one can be installed. */
function missing(): string | null {
  if (problem === undefined) {
    const tried = spawnSync('python3', [sandboxScript, 'cachestat=ENOSYS', 'true'], { encoding: 'utf8' });
    problem = tried.status === 0 ? null : `no seccomp filter can be installed: ${tried.stderr ?? tried.error}`;
  }
  return problem;
}

export const sandboxCampaign: Campaign = {
  name: 'sandbox',
  what: 'processes in which a seccomp filter refuses system calls',
  weight: 1,
  quickCases: 25,
  batchCases: 200,
  caseCpuMs: 5000,
  onDisk: true,
  missing,
  async prepare({ folder }) {
    const samples = writeSamples(folder);
    return async ({ random, report, note }) => {
      const sample = random.pick(samples);
      const calls = new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(optional)));
      const refused = [...calls].map((call) => `${call}=${random.pick(errors)}`);
      // Node works without statx only if the error is ENOSYS.
      if (random.below(4) === 0) refused.push('statx=ENOSYS');
      const rules = refused.join(',');
      const order: VictimOrder = {
        path: sample.path,
        options: sample.options,
        engine: random.pick(engineNames),
        rounds: 2,
        workers: [],
        slowMs: 0,
        end: 'natural',
        endMs: 0,
        mayFail: true,
      };
      note(`${rules} ${JSON.stringify(order)}`);
      const end = await runProcess(['python3', sandboxScript, rules, process.execPath, victim, JSON.stringify(order)], {
        cwd: join(folder),
      });
      if (end.hung) report.wrong(`the process does not end: ${end.output}`);
      else if (end.code !== 0 || !end.output.endsWith('ok\n'))
        report.wrong(`code ${end.code}, signal ${end.signal}\n${end.output}`);
      else if (/Error/.test(end.output)) report.refused();
      else report.read();
    };
  },
};
