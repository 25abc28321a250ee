/**
 * Keeps the locations of all chunks of a dataset in memory, so that reads of many chunks do not walk its index each
 * time.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import { isPosixParError } from '../../../core/errors.js';
import { product } from '../../../core/numbers.js';
import type { Io } from '../../../io/io.js';
import type { ChunkBox, TableLocations } from '../../../plan/locations.js';
import { chunkNumbers } from './chunk-numbers.js';

/** Maximum number of chunks of a dataset whose locations are kept. They take 16 to 20 bytes per chunk. */
const maxKeptChunks = 16384;
/** The locations of all chunks are looked up if a box contains at least this part of them. */
const minPart = 1 / 4;

/** Locations of all chunks of one dataset. They are looked up with the first box that contains many of them. */
export class KeptLocations {
  readonly #grid: readonly number[];
  readonly #walk: (box: ChunkBox) => Io<TableLocations>;
  #all: TableLocations | null = null;
  #mayKeep: boolean;

  /**
   * @param grid number of chunks per dimension.
   * @param walk looks up the locations of a box in the index.
   */
  constructor(grid: readonly number[], walk: (box: ChunkBox) => Io<TableLocations>) {
    this.#grid = grid;
    this.#walk = walk;
    this.#mayKeep = product(grid) <= maxKeptChunks;
  }

  /** Returns the locations of the chunks of a box; null if they are not kept. */
  *locate(box: ChunkBox): Io<TableLocations | null> {
    const count = box.reduce((chunks, list) => chunks * list.length, 1);
    if (this.#all === null && this.#mayKeep && count > 1 && count >= minPart * product(this.#grid)) {
      try {
        this.#all = yield* this.#walk(this.#grid.map((length) => Array.from({ length }, (_, i) => i)));
      } catch (error) {
        if (!isPosixParError(error, 'FormatError')) throw error;
        // A damaged part of the index must not prevent reads of other chunks.
        this.#mayKeep = false;
      }
    }
    if (this.#all === null) return null;
    return count === this.#all.offsets.length ? this.#all : yield* selectBox(this.#all, this.#grid, box);
  }
}

/** Returns the locations of the chunks of `box`. @param all locations of the chunks of the whole grid. */
function* selectBox(all: TableLocations, grid: readonly number[], box: ChunkBox): Sliced<TableLocations> {
  const numbers = yield* chunkNumbers(box, grid);
  const offsets = new Float64Array(numbers.length);
  const lengths = new Float64Array(numbers.length);
  const filterMasks = all.filterMasks === null ? null : new Uint32Array(numbers.length);
  for (const [i, number] of numbers.entries()) {
    offsets[i] = all.offsets[number] ?? -1;
    lengths[i] = all.lengths[number] ?? 0;
    if (filterMasks !== null) filterMasks[i] = all.filterMasks?.[number] ?? 0;
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
  }
  return { ...all, offsets, lengths, filterMasks };
}
