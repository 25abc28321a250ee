/** This library, one open handle. `engine` and `coalesce` of the config are passed on. */
import { allocate, configure, openArray } from './shared/library.mjs';

export async function open(config) {
  configure({ threads: config.threads });
  const array = await openArray(config.path, config.engine === undefined ? {} : { engine: config.engine });
  return {
    prepare: (selection) => selection.map((s) => (Array.isArray(s) ? { start: s[0], stop: s[1] } : s)),
    read: async (selection, target) =>
      (await (target === null ? array.read(selection) : array.readInto(target, selection))).data,
    allocate: (length) => allocate('float32', length),
    readSync: (selection) => array.readSync(selection).data,
    close: () => array.close(),
  };
}
