/**
 * Opens the file, lists the locations of all chunks (`explain` of the whole array), reads one selection and closes, in
 * each round.
 */
import { configure, openArray } from './shared/library.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  return {
    prepare: (selection) => selection.map((s) => (Array.isArray(s) ? { start: s[0], stop: s[1] } : s)),
    read: async (selection) => {
      const array = await openArray(config.path, { savedIndex: 'none' });
      const { chunks, chunksAbsent } = array.explain();
      if (chunks !== 1_000_000 || chunksAbsent !== 0)
        throw new Error(`Expected 1,000,000 chunks, found ${chunks - chunksAbsent}`);
      const { data } = await array.read(selection);
      await array.close();
      return data;
    },
  };
}
