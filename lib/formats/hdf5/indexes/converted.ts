/**
 * Adapts chunk indexes to chains with a codec that converts elements.
 * @module
 */
import { checkpoint, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import type { Io } from '../../../io/io.js';
import type { ChunkBox, ChunkIndex, ChunkLocations } from '../../format.js';

/**
 * Returns an index whose filter masks fit a codec chain with one more codec at its start. Bit i of a mask refers to
 * codec i of the chain, so all bits move up by one.
 */
export function shiftMasks(index: ChunkIndex): ChunkIndex {
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const locations = yield* index.locate(box);
      if (locations.kind !== 'table' || locations.filterMasks === null) return locations;
      const filterMasks = new Uint32Array(locations.filterMasks.length);
      for (const [i, bits] of locations.filterMasks.entries()) {
        filterMasks[i] = bits << 1;
        if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      }
      return { ...locations, filterMasks };
    },
  };
}
