/**
 * Arrays whose fill value no plan can express, since it is not one value in all parts of an element: what is there is read.
 * @module
 */
import { UnsupportedError } from '../core/errors.js';
import type { Io } from '../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLocations, TableLocations } from './format.js';

/**
 * `index`, failing where a chunk is absent.
 * @param what the chunks, for the error: `HDF5 chunks`.
 */
export function refuseAbsent(index: ChunkIndex, what: string, path: string): ChunkIndex {
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const locations = yield* index.locate(box);
      if (locations.kind === 'absent' || (locations.kind === 'table' && hasAbsent(locations))) {
        throw new UnsupportedError(`absent ${what} whose fill value differs within an element`, path);
      }
      return locations;
    },
  };
}

function hasAbsent({ offsets }: TableLocations): boolean {
  return offsets.some((offset) => offset < 0);
}
