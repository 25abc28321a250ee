/**
 * Writes a new array with this library: the selections, from memory, and then closes the array. `config.write` are
 * options of createArray. `config.inFlight` writes are in flight. With `config.isAllocated`, the elements are in memory
 * of `allocate`, which is aligned to pages.
 */
import { allocate, configure, createArray } from './shared/library.mjs';
import { elementsOfBox, loadNpy, writeContender } from './shared/written.mjs';

const extensions = { npy: '.npy', raw: '.raw', zarr: '.zarr' };

export function open({ path, shape, selections, threads, inFlight = 1, isAllocated = false, write: options }) {
  configure({ threads });
  const elements = loadNpy(path);
  const place = (data) => {
    if (!isAllocated) return data;
    const copy = allocate('float32', data.length);
    copy.set(data);
    return copy;
  };
  const writes = selections.map((box) => ({
    selection: box.map((range) => (range === null ? null : { start: range[0], stop: range[1] })),
    data: place(elementsOfBox(elements, shape, box)),
  }));
  const write = async (target) => {
    const out = await createArray(target, { shape, dtype: 'float32', ...options });
    let next = 0;
    let stats;
    const lane = async () => {
      while (next < writes.length) {
        const { selection, data } = writes[next++];
        stats = await out.write(selection, data);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    await out.close();
    return { engine: stats.engine, systemCalls: stats.systemCalls };
  };
  return writeContender({ extension: extensions[options.format], selections, shape, write });
}
