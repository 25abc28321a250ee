/**
 * Numbers the chunks of a dataset.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import type { ChunkBox } from '../../../plan/locations.js';

/** Returns the row-major numbers of the chunks of a box, in ascending order. */
export function* chunkNumbers(box: ChunkBox, grid: readonly number[]): Sliced<Float64Array> {
  let numbers = Float64Array.of(0);
  for (const [d, extent] of grid.entries()) {
    const list = box[d] ?? [];
    const next = new Float64Array(numbers.length * list.length);
    let i = 0;
    for (const number of numbers) {
      for (const coordinate of list) {
        next[i++] = number * extent + coordinate;
        if (i % stepsPerCheckpoint === 0) yield checkpoint;
      }
    }
    numbers = next;
  }
  return numbers;
}
