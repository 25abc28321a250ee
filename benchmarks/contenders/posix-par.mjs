/**
 * Reads with this library from an array that stays open. `config.options` are options of openArray (`engine`,
 * `queueDepth`, the `shape` of raw data, ...). `config.ioThreads` is the number of threads that may wait for the
 * storage.
 */
import { allocate, closeUnusedFiles, configure, openArray } from './shared/library.mjs';

const entryOf = (s) => (Array.isArray(s) ? { start: s[0], stop: s[1] } : (s?.list ?? s));

export async function open(config) {
  configure({ threads: config.threads, ...(config.ioThreads === undefined ? {} : { ioThreads: config.ioThreads }) });
  let array = await openArray(config.path, config.options);
  return {
    prepare: (selection) => selection.map(entryOf),
    read: async (selection, target) =>
      (await (target === null ? array.read(selection) : array.readInto(target, selection))).data,
    allocate: (length) => allocate('float32', length),
    readSync: (selection) => array.readSync(selection).data,
    async cool() {
      await array.close();
      await closeUnusedFiles();
      array = await openArray(config.path, config.options);
    },
    close: () => array.close(),
  };
}
