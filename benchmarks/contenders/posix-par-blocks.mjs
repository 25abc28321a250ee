/** Reads a whole array with `blocks` within `budgetBytes`. Releases each block before the next. */
import { Checksum } from '../runner/checksum.mjs';
import { configure, openArray } from './shared/library.mjs';
import { timed } from './shared/timed.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const array = await openArray(config.path, config.options);
  const { budgetBytes } = config;

  /** Copies a block to its place in the whole array. */
  function place(whole, { start, shape, result }) {
    const [, rows, columns] = config.shape;
    for (let z = 0, at = 0; z < shape[0]; z++) {
      for (let y = 0; y < shape[1]; y++, at += shape[2]) {
        const to = ((start[0] + z) * rows + start[1] + y) * columns + start[2];
        whole.set(result.data.subarray(at, at + shape[2]), to);
      }
    }
  }

  return {
    async verify() {
      const whole = new Float32Array(array.size);
      for await (const block of array.blocks({ budgetBytes })) {
        place(whole, block);
        block.result.release();
      }
      const sums = new Checksum();
      sums.add(whole);
      return sums.text();
    },
    measure: () =>
      timed(async () => {
        for await (const { result } of array.blocks({ budgetBytes })) result.release();
      }),
    close: () => array.close(),
  };
}
