/** Copies an array to a new Zarr array with `convert` of this library. `config.write` are options of `convert`. */
import { configure, convert } from './shared/library.mjs';
import { writeContender } from './shared/written.mjs';

export function open({ path, shape, selections, threads, write: options }) {
  configure({ threads });
  const write = async (target) => {
    await convert(path, target, { ...options, threads });
  };
  return writeContender({ extension: '.zarr', selections, shape, write });
}
