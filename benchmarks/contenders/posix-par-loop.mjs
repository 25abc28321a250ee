/**
 * Reads the selections one after the other, each awaited.
 * - `memory`: `using` releases each result before the next read, `fresh` keeps nothing, and `into` reads into memory
 *   that is reused.
 * - `cacheBytes`: size of a cache of decoded chunks. It is empty before each round unless `keepsCache` is set.
 * - `streams`: reads with one call of `stream` instead.
 * - `repeats`: number of times that a round reads all selections.
 */
import { Checksum } from '../runner/checksum.mjs';
import { elementsOf } from '../runner/selection.mjs';
import { allocate, configure, createChunkCache, openArray } from './shared/library.mjs';
import { timed, toSelection } from './shared/timed.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const chunkCache = config.cacheBytes === undefined ? undefined : createChunkCache({ bytes: config.cacheBytes });
  const array = await openArray(config.path, {
    ...config.options,
    ...(chunkCache === undefined ? {} : { chunkCache }),
  });
  const selections = config.selections.map(toSelection);
  const lengths = config.selections.map((selection) => elementsOf(selection, config.shape));
  const reused = config.memory === 'into' ? allocate('float32', Math.max(...lengths)) : null;

  async function readOne(i, each) {
    const selection = selections[i];
    if (reused !== null) {
      const { data } = await array.readInto(reused.subarray(0, lengths[i]), selection);
      each?.(data);
      return;
    }
    const result = await array.read(selection);
    each?.(result.data);
    if (config.memory === 'using') result.release();
  }

  async function streamAll(each) {
    for await (const { index, result } of array.stream(selections)) {
      each?.(result.data, index);
      result.release();
    }
  }

  async function readAll(each) {
    for (let i = 0; i < selections.length; i++) await readOne(i, each);
  }

  const run = config.streams === true ? streamAll : readAll;
  return {
    async verify() {
      const sums = new Checksum();
      if (config.streams === true) {
        const copies = [];
        await run((data, index) => {
          copies[index] = data.slice();
        });
        for (const data of copies) sums.add(data);
      } else {
        await run((data) => sums.add(data));
      }
      return sums.text();
    },
    measure: () =>
      timed(
        async () => {
          for (let i = 0; i < (config.repeats ?? 1); i++) await run();
        },
        () => {
          if (config.keepsCache !== true) chunkCache?.clear();
        },
        config.repeats ?? 1,
      ),
    async close() {
      await array.close();
      chunkCache?.close();
    },
  };
}
