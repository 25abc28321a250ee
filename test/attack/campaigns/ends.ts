/**
 * Ends workers and processes suddenly: workers are terminated while they load and read; processes exit, throw, abort or
 * are killed at random moments. Each process must end with the expected exit code or signal, nothing may hang or crash,
 * and no file may stay open.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { engineNames } from '../../../lib/core/generated/choices.js';
import type { Campaign } from '../campaign.js';
import { writeSamples } from '../sample.js';
import { type Blow, runProcess } from '../spawn.js';
import type { VictimOrder } from '../victim.js';

/**
 * Latest time at which a process is ended, in milliseconds. Unless the machine is busy, the process has read data by
 * then.
 */
const latestMs = 400;
const victim = fileURLToPath(new URL('victim.js', import.meta.url));

export const endsCampaign: Campaign = {
  name: 'ends',
  what: 'workers terminated, processes that exit, throw, abort or are killed while loading and reading',
  weight: 2,
  quickCases: 40,
  batchCases: 200,
  caseCpuMs: 5000,
  missing: () => null,
  async prepare({ folder }) {
    const samples = writeSamples(folder);
    return async ({ random, report, note }) => {
      const sample = random.pick(samples);
      const end = random.pick(['natural', 'exit', 'throw', 'abort', 'signal'] as const);
      const signal = random.pick(['SIGKILL', 'SIGTERM', 'SIGINT'] as const);
      const order: VictimOrder = {
        path: sample.path,
        options: sample.options,
        engine: random.pick(engineNames),
        rounds: 1 + random.below(5),
        workers: Array.from({ length: random.below(4) }, () => random.below(latestMs)),
        slowMs: random.pick([0, 0, 1, 5]),
        end: end === 'signal' ? 'natural' : end,
        endMs: random.below(latestMs),
        mayFail: false,
      };
      const blow: Blow | undefined =
        end === 'signal' ? { signal, afterMs: random.below(3) === 0 ? null : random.below(latestMs) } : undefined;
      note(`${JSON.stringify(order)} ${JSON.stringify(blow)}`);
      const ended = await runProcess(
        [process.execPath, victim, JSON.stringify(order)],
        blow === undefined ? {} : { blow },
      );
      const how = `code ${ended.code}, signal ${ended.signal}\n${ended.output}`;
      const isNatural = ended.code === 0 && ended.output.endsWith('ok\n');
      const isAsAsked =
        (end === 'exit' && ended.code === 7) ||
        (end === 'throw' && ended.code === 1 && ended.output.includes('thrown on purpose')) ||
        (end === 'signal' && ended.signal === signal);
      if (ended.hung) report.wrong(`the process does not end: ${how}`);
      else if (isNatural) report.read();
      else if (isAsAsked) report.refused();
      else report.wrong(`${end}: ${how}`);
    };
  },
};
