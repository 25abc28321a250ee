/**
 * Handles arrays in which parts of an element have different fill values. A plan cannot represent such a fill value, so
 * only chunks that are present can be read.
 * @module
 */
import { UnsupportedError } from '../core/errors.js';
import type { Io } from '../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLocations, TableLocations } from './format.js';

/**
 * Wraps `index` so that it throws if a wanted chunk is absent, or may be absent. If chunks are files with template
 * names, this is only known when a read opens them, so such an index always throws.
 * @param what description of the chunks for the error, such as `HDF5 chunks`.
 */
export function refuseAbsent(index: ChunkIndex, what: string, path: string): ChunkIndex {
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const locations = yield* index.locate(box);
      if (locations.kind === 'template') {
        throw new UnsupportedError(
          `${what} that may be absent, with a fill value that differs within an element`,
          path,
        );
      }
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
