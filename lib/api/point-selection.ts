/**
 * Selections of points: one index per dimension for each element, instead of one entry per dimension for a box.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { indexAt } from '../plan/compose.js';
import { type FirstCoordinate, toPositionsSliced } from '../plan/domain.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { checkPointLists, isMask, normalizePoints, type Points, pointsOfMask } from '../plan/points.js';
import type { Selection } from '../plan/selection.js';
import type { ReadOptions } from './options.js';

/** A list of integers. */
export type IndexList =
  | readonly number[]
  | readonly bigint[]
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * One list of indices per dimension, all of the same length: point i has the indices `points[0][i]`, `points[1][i]`, ….
 */
export type PointLists = readonly IndexList[];

/** A mask of the shape of an array. The result of reading a `bool` array is one. */
export interface BooleanMask {
  /** One element per element of the array, in C order: booleans, or 0 and 1. */
  readonly data: Uint8Array | Uint8ClampedArray | readonly boolean[];
  /** Shape of the array. */
  readonly shape: readonly number[];
}

/** Properties of an array that are needed to validate points. */
interface PointSource {
  readonly shape: readonly number[];
  readonly dimensionNames: readonly (string | null)[] | null;
  readonly domain?: readonly FirstCoordinate[] | null | undefined;
}

/** Points, as the internal calls of `read` pass them on in place of a selection. */
export class PointSelection {
  readonly given: unknown;
  readonly shape: readonly number[] | null;

  /**
   * @param given lists of indices, or a mask; not validated.
   * @param shape shape of the result, if it does not follow from `given`.
   */
  constructor(given: unknown, shape: readonly number[] | null = null) {
    this.given = given;
    this.shape = shape;
  }
}

/**
 * Validates a selection of points in time slices. The only option that matters is `coordinates`.
 * @throws {SelectionError}
 */
export function* normalizePointSelection(
  { given, shape: resultShape }: PointSelection,
  { shape, dimensionNames, domain }: PointSource,
  options: ReadOptions | undefined,
): Sliced<Points> {
  if (isMask(given)) return yield* pointsOfMask(given, shape);
  let lists = checkPointLists(given, shape, dimensionNames);
  if (options?.coordinates === 'domain') {
    const positions = yield* toPositionsSliced(lists as unknown as Selection, shape, domain ?? []);
    lists = positions as unknown as readonly ArrayLike<unknown>[];
  }
  const points = yield* normalizePoints(lists, shape, dimensionNames);
  return resultShape === null ? points : { ...points, shape: resultShape };
}

/**
 * Returns the points of an array that `points` selects from a view.
 * @param view the selection of the view.
 */
export function* composePoints(view: Hyperslab, { lists, count, shape }: Points): Sliced<PointSelection> {
  const composed: Float64Array[] = [];
  let next = 0;
  for (const axis of view) {
    const list = axis.dropped ? null : (lists[next++] ?? null);
    const indices = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      indices[i] = indexAt(axis, list === null ? 0 : (list[i] ?? 0));
    }
    composed.push(indices);
  }
  return new PointSelection(composed, shape);
}
