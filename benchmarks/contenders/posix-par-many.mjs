/** Reads all selections with one call of `readMany`. The memory of a result is released before the next round. */
import { Checksum } from '../runner/checksum.mjs';
import { configure, openArray } from './shared/library.mjs';
import { timed, toSelection } from './shared/timed.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const array = await openArray(config.path, config.options);
  const selections = config.selections.map(toSelection);

  return {
    async verify() {
      const sums = new Checksum();
      for (const { data } of await array.readMany(selections)) sums.add(data);
      return sums.text();
    },
    async measure() {
      let batch;
      const times = await timed(async () => {
        batch = await array.readMany(selections);
      });
      batch.release();
      const { planMs, decodeMs, chunks, chunksDecoded } = batch.stats;
      return { ...times, planMs, decodeMs, chunks, chunksDecoded };
    },
    close: () => array.close(),
  };
}
