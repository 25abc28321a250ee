/**
 * Opens the array, reads all selections and closes it again, in each repetition.
 * - `savesIndex`: saves an index of the file first, which each opening finds.
 */
import { Checksum } from '../runner/checksum.mjs';
import { configure, openArray, saveIndex } from './shared/library.mjs';
import { timed, toSelection } from './shared/timed.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  if (config.savesIndex === true) await saveIndex(config.path);
  const options = config.savesIndex === true ? config.options : { savedIndex: 'none', ...config.options };
  const selections = config.selections.map(toSelection);

  async function readAll(each) {
    const array = await openArray(config.path, options);
    try {
      for (const selection of selections) {
        const { data } = await array.read(selection);
        each?.(data);
      }
    } finally {
      await array.close();
    }
  }

  return {
    async verify() {
      const sums = new Checksum();
      await readAll((data) => sums.add(data));
      return sums.text();
    },
    measure: () => timed(() => readAll()),
  };
}
