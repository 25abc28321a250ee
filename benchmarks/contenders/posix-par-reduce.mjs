/** Computes the mean of a whole array with `reduce`. */
import { Checksum } from '../runner/checksum.mjs';
import { configure, openArray } from './shared/library.mjs';
import { timed } from './shared/timed.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const array = await openArray(config.path, config.options);
  return {
    async verify() {
      const sums = new Checksum();
      sums.add(Float32Array.from((await array.reduce('mean')).data));
      return sums.text();
    },
    measure: () => timed(() => array.reduce('mean')),
    close: () => array.close(),
  };
}
