/**
 * Measures which share of the time of a read is planning (the TypeScript code that decides which bytes to read). Each
 * round opens a new handle and reads the whole array twice, because only the first read has to load the chunk index.
 * Planning time is the time of the read minus the time that native code reports. So it includes the calls into native
 * code.
 */

import { Checksum } from '../runner/checksum.mjs';
import { configure, openArray } from './shared/library.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const whole = config.shape.map(() => null);
  const target = new Float32Array(config.shape.reduce((a, b) => a * b, 1)).fill(1);

  async function read(array) {
    const start = performance.now();
    const { stats } = await array.readInto(target, whole);
    const ms = performance.now() - start;
    return { ms, share: (ms - stats.elapsedMs) / ms, planMs: stats.planMs };
  }

  return {
    async verify() {
      const array = await openArray(config.path);
      await array.readInto(target, whole);
      await array.close();
      const sums = new Checksum();
      sums.add(target);
      return sums.text();
    },
    async measure() {
      const usage = process.cpuUsage();
      const start = performance.now();
      const array = await openArray(config.path);
      const openMs = performance.now() - start;
      const first = await read(array);
      const { user, system } = process.cpuUsage(usage);
      const later = await read(array);
      await array.close();
      return {
        ms: [first.ms],
        cpuMs: (user + system) / 1000,
        openMs,
        planMs: first.planMs,
        planShare: first.share,
        laterMs: later.ms,
        laterPlanMs: later.planMs,
        laterPlanShare: later.share,
      };
    },
  };
}
