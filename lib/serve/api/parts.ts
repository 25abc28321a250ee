/**
 * Splits an array into parts that fit into memory, in C order.
 * @module
 */
import type { ReadableArray } from '../../api/readable-array.js';
import { product } from '../../core/numbers.js';
import { type SelectionEntry, slice } from '../../plan/selection.js';

/**
 * Yields selections that cover an array, in C order. Each has at most `budget` elements. If the budget permits, the
 * array is cut at chunk boundaries.
 */
export function* partsOf(
  { shape, chunkShape }: Pick<ReadableArray, 'shape' | 'chunkShape'>,
  budget: number,
): Generator<SelectionEntry[]> {
  yield* within(shape, chunkShape, budget, []);
}

function* within(
  shape: readonly number[],
  chunkShape: readonly number[],
  budget: number,
  before: readonly SelectionEntry[],
): Generator<SelectionEntry[]> {
  const [length, ...rest] = shape;
  const rowElements = product(rest);
  if (length === undefined || length * rowElements <= budget) {
    yield [...before, ...shape.map(() => null)];
    return;
  }
  if (rowElements > budget) {
    for (let i = 0; i < length; i++) yield* within(rest, chunkShape.slice(1), budget, [...before, slice(i, i + 1)]);
    return;
  }
  const rows = Math.max(1, Math.floor(budget / rowElements));
  const chunk = chunkShape[0] ?? 1;
  const size = rows > chunk ? rows - (rows % chunk) : rows;
  for (let i = 0; i < length; i += size) {
    yield [...before, slice(i, Math.min(length, i + size)), ...rest.map(() => null)];
  }
}
