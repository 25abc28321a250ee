/**
 * Makes planes smaller, so that pictures of large arrays need not travel at full resolution.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, isComplex } from '../../core/dtype.js';
import { product } from '../../core/numbers.js';
import { slice } from '../../plan/selection.js';
import { HttpError } from '../http/problem.js';
import { partsOf } from './parts.js';

/** Planes with reduced numbers of elements. */
export interface Decimated {
  readonly data: Float64Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/** Number of dimensions that are made smaller: the last ones. */
const planeRank = 2;

/** Approximate number of elements that are reduced between two pauses. */
const elementsPerPause = 1 << 18;

/** Returns one step per dimension, so that each plane of `shape` is reduced to at most `maxPixels` elements. */
export function stepsFor(shape: readonly number[], maxPixels: number): readonly number[] {
  const first = Math.max(0, shape.length - planeRank);
  const pixels = (step: number): number =>
    shape.slice(first).reduce((product, size) => product * Math.ceil(size / step), 1);
  let step = Math.max(1, Math.floor(Math.sqrt(pixels(1) / maxPixels)));
  while (pixels(step) > maxPixels && step < Math.max(...shape)) step += 1;
  return shape.map((_, d) => (d < first ? 1 : step));
}

/** Divides an array into cells of `steps[d]` elements in dimension `d`. Selects the element in the middle of each. */
export function nearestSelection(shape: readonly number[], steps: readonly number[]): ReturnType<typeof slice>[] {
  return shape.map((size, d) => {
    const step = steps[d] ?? 1;
    // The last cell may be so short that it ends before the middle of a full cell.
    const start = Math.min(Math.floor((step - 1) / 2), Math.max(0, (size - 1) % step));
    return slice(start, null, step);
  });
}

/** Checks that elements of a type can be reduced. @throws {HttpError} 400 */
export function checkReal(dtype: DType): void {
  if (!isComplex(dtype)) return;
  throw new HttpError(400, 'InvalidParameter', 'Expected an array of real numbers, found complex ones');
}

/** Ways to make one number of the finite values of a cell. */
export const cellOperations = ['mean', 'min', 'max'] as const;
export type CellOperation = (typeof cellOperations)[number];

/** Value of a cell to which no element was added. */
const emptyCell: Readonly<Record<CellOperation, number>> = {
  mean: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

/**
 * Divides the array into cells of `steps[d]` elements in dimension `d`, and reduces each cell to one number. Ignores
 * values that are not finite; a cell without finite values is NaN.
 * @param budget maximum number of elements of `array` that are read at once.
 */
export async function reduceCells(
  array: ReadableArray,
  steps: readonly number[],
  operation: CellOperation,
  options: AsyncReadOptions,
  budget: number,
): Promise<Decimated> {
  const shape = array.shape.map((size, d) => Math.ceil(size / (steps[d] ?? 1)));
  const values = new Float64Array(product(shape)).fill(emptyCell[operation]);
  const counts = new Uint32Array(values.length);
  for (const selection of partsOf(array, budget)) {
    const origin = selection.map((entry) => startOf(entry));
    const { data, shape: partShape } = await array.read(selection, options);
    await addCells(values, counts, { data, partShape, origin, steps, shape, operation }, options.signal);
  }
  for (let i = 0; i < values.length; i++) {
    const count = counts[i] ?? 0;
    if (count === 0) values[i] = Number.NaN;
    else if (operation === 'mean') values[i] = (values[i] ?? 0) / count;
  }
  return { data: values, shape };
}

function startOf(entry: unknown): number {
  return typeof entry === 'object' && entry !== null && 'start' in entry ? Number(entry.start) : 0;
}

/** Elements of a part, its position, and the cells that they belong to. */
interface PartOfCells {
  readonly data: ArrayLike<number | bigint>;
  readonly partShape: readonly number[];
  readonly origin: readonly number[];
  readonly steps: readonly number[];
  readonly shape: readonly number[];
  readonly operation: CellOperation;
}

async function addCells(
  values: Float64Array,
  counts: Uint32Array,
  { data, partShape, origin, steps, shape, operation }: PartOfCells,
  signal: AbortSignal | undefined,
): Promise<void> {
  const rank = partShape.length;
  const run = partShape[rank - 1] ?? 1;
  const position = partShape.map(() => 0);
  const [first, step] = [origin[rank - 1] ?? 0, steps[rank - 1] ?? 1];
  let sincePause = 0;
  for (let at = 0; at < data.length; at += run) {
    let row = 0;
    for (let d = 0; d < rank - 1; d++) {
      const cell = Math.floor(((origin[d] ?? 0) + (position[d] ?? 0)) / (steps[d] ?? 1));
      row = row * (shape[d] ?? 1) + cell;
    }
    row *= shape[rank - 1] ?? 1;
    for (let i = 0; i < run; i++) {
      const value = Number(data[at + i]);
      if (!Number.isFinite(value)) continue;
      const cell = row + Math.floor((first + i) / step);
      const before = values[cell] ?? 0;
      if (operation === 'mean') values[cell] = before + value;
      else if (operation === 'max' ? value > before : value < before) values[cell] = value;
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    for (let d = rank - 2; d >= 0; d--) {
      position[d] = (position[d] ?? 0) + 1;
      if ((position[d] ?? 0) < (partShape[d] ?? 0)) break;
      position[d] = 0;
    }
    sincePause += run;
    if (sincePause < elementsPerPause) continue;
    sincePause = 0;
    await setImmediate();
    signal?.throwIfAborted();
  }
}
