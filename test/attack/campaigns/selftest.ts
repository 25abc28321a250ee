/**
 * Cases that fail on purpose, so that tests can check that each kind of failure is counted. Not part of an attack.
 * @module
 */
import type { Campaign } from '../campaign.js';

/** Outcomes of the cases. They repeat in this order: case `i` has outcome `i` modulo the number of outcomes. */
export const selftestKinds = [
  'read',
  'refused',
  'foreign',
  'wrong',
  'crashed',
  'hung',
  'memory',
  'slow',
  'stray',
] as const;

const kept: unknown[] = [];

export const selftestCampaign: Campaign = {
  name: 'selftest',
  what: 'cases that misbehave on purpose',
  weight: 1,
  quickCases: selftestKinds.length,
  batchCases: 1000,
  caseCpuMs: 500,
  missing: () => null,
  async prepare() {
    return async ({ index, report }) => {
      switch (selftestKinds[index % selftestKinds.length]) {
        case 'refused':
          report.refused();
          break;
        case 'foreign':
          throw new RangeError('not one of the library');
        case 'wrong':
          report.wrong('on purpose');
          break;
        case 'crashed':
          process.kill(process.pid, 'SIGSEGV');
          await new Promise(() => setTimeout(() => {}, 1e6));
          break;
        case 'hung':
          for (;;);
        case 'memory':
          for (;;) {
            kept.push(Buffer.alloc(1 << 24, 1));
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        case 'slow': {
          const before = process.cpuUsage();
          while (process.cpuUsage(before).user < 800_000);
          break;
        }
        case 'stray':
          setTimeout(() => {
            throw new Error('from a timer');
          });
          await new Promise(() => setTimeout(() => {}, 1e6));
          break;
        default:
          report.read();
      }
    };
  },
};
