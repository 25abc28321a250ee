/** Reads all selections with one call of `readMany`, into new memory. */
import { Checksum } from '../runner/checksum.mjs';
import { configure, openArray } from './shared/library.mjs';

const entryOf = ([start, stop]) => ({ start, stop });

export async function open(config) {
  configure({ threads: config.threads });
  const array = await openArray(config.path, config.options);
  const selections = config.selections.map((selection) => selection.map(entryOf));

  return {
    async verify() {
      const sums = new Checksum();
      for (const { data } of await array.readMany(selections)) sums.add(data);
      return sums.text();
    },
    async measure() {
      globalThis.gc();
      const usage = process.cpuUsage();
      const start = performance.now();
      const { stats } = await array.readMany(selections);
      const ms = performance.now() - start;
      const { user, system } = process.cpuUsage(usage);
      const { planMs, decodeMs, chunks, chunksDecoded } = stats;
      return { ms: [ms], cpuMs: (user + system) / 1000, planMs, decodeMs, chunks, chunksDecoded };
    },
    close: () => array.close(),
  };
}
