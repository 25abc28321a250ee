/**
 * Locates chunks of datasets without an index: datasets with one chunk, and datasets whose chunks are contiguous.
 * Source: HDF5 File Format Specification 3.0, sections VII.A and VII.B.
 * @module
 */
import { checkpoint, stepsPerCheckpoint } from '../../../core/checkpoint.js';
import type { Io } from '../../../io/io.js';
import { undefinedAddress } from '../cursor.js';
import type { BoxTable } from './box-table.js';
import { numberChunks } from './element-pages.js';
import { greatestGrid } from './grids.js';

/** Puts the location of the dataset's only chunk into `table`. */
export function locateSingle(
  table: BoxTable,
  address: number,
  filtered: { readonly length: number; readonly mask: number } | null,
): void {
  const slot = table.slot(new Array<number>(table.box.length).fill(0));
  if (slot < 0 || address === undefinedAddress) return;
  table.put(slot, address, filtered?.length ?? table.dataset.chunkBytes, filtered?.mask ?? 0);
}

/**
 * Puts the locations of the chunks of a dataset into `table`. The chunks are contiguous and start at `address`, in
 * row-major order over the grid of the maximum shape.
 */
export function* locateImplicit(table: BoxTable, address: number): Io<void> {
  if (address === undefinedAddress) return;
  const grid = greatestGrid(table.dataset);
  const { chunkBytes } = table.dataset;
  const order = grid.map((_, d) => d);
  const { elements, slots } = yield* numberChunks(table, order, grid);
  for (let i = 0; i < elements.length; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    table.put(slots[i] ?? 0, address + (elements[i] ?? 0) * chunkBytes, chunkBytes, 0);
  }
}
