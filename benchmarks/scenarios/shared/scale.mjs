/** Shared by the scenarios of reading at scale: many boxes, caches, reductions and blocks. */
import { chunkFloor } from './chunk-table.mjs';
import { shape } from './field.mjs';

/** Size of a cache that holds all decoded chunks of the field, in bytes. */
export const wholeCache = 5 * 2 ** 28;

/** Returns the baseline that decodes the chunks that boxes of the same size need, each once, and copies the boxes. */
export function boxFloor(data, codec, selections, more = {}) {
  const from = selections.flatMap((selection) => selection.map(([start]) => start));
  const count = selections[0].map(([start, stop]) => stop - start);
  return chunkFloor(data, { codec, from, count, memory: 'reused', ...more });
}

/** Returns the baseline that decodes all chunks and does not copy the elements. */
export const decodeFloor = (data, codec) => ({
  ...chunkFloor(data, { codec, copy: 0, memory: 'reused' }),
  unchecked: true,
});

/** TensorStore with all reads in flight at once, with and without a cache that holds all chunks. */
export const tensorstoreMany = {
  tensorstore: { use: 'tensorstore-zarr3', concurrent: true },
  'tensorstore-cache': { use: 'tensorstore-zarr3', concurrent: true, cacheBytes: wholeCache },
};

/** The contender that awaits one read after the other. */
export const ours = (more) => ({ use: 'posix-par-loop', kind: 'ours', memory: 'using', ...more });

/**
 * Properties of scenarios that read the field. Some read only a part of the chunks, and the kernel may evict the others
 * in the meantime.
 */
export const ofField = { group: 'scale', reference: 'f4.npy', shape, leastWarm: 0.8 };
