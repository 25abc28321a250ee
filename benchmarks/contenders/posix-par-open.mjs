/** Opens the file, reads one selection and closes, in each round. */
import { configure, openArray } from './shared/library.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  return {
    prepare: (selection) => selection.map((s) => (Array.isArray(s) ? { start: s[0], stop: s[1] } : s)),
    read: async (selection) => {
      const array = await openArray(config.path);
      const { data } = await array.read(selection);
      await array.close();
      return data;
    },
  };
}
