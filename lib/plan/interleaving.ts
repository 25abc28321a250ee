/**
 * Intersects regularly spaced indices: those that a selection contains, and those that a chunk grid supplies. Needed
 * for grids whose elements are not adjacent in the array.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { Interleaving } from './layout.js';
import type { GridAxis } from './segments.js';

/** The indices `start + i * step` for i < count. */
export interface Progression {
  readonly start: number;
  /** Distance between neighbours; not 0, negative if the indices descend. */
  readonly step: number;
  readonly count: number;
}

/**
 * Indices that two progressions have in common: the elements `first + m * period` of the first progression are the
 * elements `within + m * withinStep` of the second one, for m < count.
 */
export interface Intersection {
  readonly first: number;
  readonly period: number;
  readonly within: number;
  /** Distance in the second progression. Negative if the progressions have opposite directions. */
  readonly withinStep: number;
  readonly count: number;
}

/**
 * Returns the indices that two progressions have in common, in the order of the first one; null if there are none.
 * @param b has a positive step.
 */
export function intersect(a: Progression, b: Progression): Intersection | null {
  if (a.count === 0 || b.count === 0) return null;
  const low = b.start;
  const high = b.start + (b.count - 1) * b.step;
  const begin = a.step > 0 ? Math.max(0, Math.ceil((low - a.start) / a.step)) : Math.ceil((a.start - high) / -a.step);
  const end = a.step > 0 ? Math.floor((high - a.start) / a.step) : Math.floor((a.start - low) / -a.step);
  const [from, to] = [Math.max(0, begin), Math.min(a.count - 1, end)];
  if (from > to) return null;
  const offset = b.step === 1 ? { residue: 0, period: 1 } : solveCongruence(a.step, b.start - a.start, b.step);
  if (offset === null) return null;
  const { residue, period } = offset;
  const first = from + ((((residue - from) % period) + period) % period);
  if (first > to) return null;
  return {
    first,
    period,
    within: (a.start + first * a.step - b.start) / b.step,
    withinStep: (period * a.step) / b.step,
    count: Math.floor((to - first) / period) + 1,
  };
}

/**
 * Finds all integers i for which `factor * i` equals `value` modulo `modulus`. They are `residue + k * period` for all
 * integers k. Returns null if there are none.
 */
function solveCongruence(
  factor: number,
  value: number,
  modulus: number,
): { readonly residue: number; readonly period: number } | null {
  const reduced = ((factor % modulus) + modulus) % modulus;
  const { divisor, inverse } = extendedEuclid(reduced, modulus);
  if (value % divisor !== 0) return null;
  const period = modulus / divisor;
  const wanted = (((value / divisor) % period) + period) % period;
  // Uses bigints, because the product may exceed 2^53.
  const residue = Number((BigInt(wanted) * BigInt(inverse)) % BigInt(period));
  return { residue: (residue + period) % period, period };
}

/**
 * Returns the greatest common divisor of `a` and `b`, and an `inverse` so that `a * inverse` equals the divisor modulo
 * `b`.
 */
function extendedEuclid(a: number, b: number): { readonly divisor: number; readonly inverse: number } {
  let [r, next] = [a, b];
  let [x, nextX] = [1, 0];
  while (next !== 0) {
    const quotient = Math.floor(r / next);
    [r, next] = [next, r - quotient * next];
    [x, nextX] = [nextX, x - quotient * nextX];
  }
  return { divisor: r, inverse: x };
}

/** Returns the axis for positions of the grid, which are adjacent, instead of array indices. */
export function adjacentGrid({ chunkSize }: GridAxis): GridAxis {
  return { start: 0, stop: Number.POSITIVE_INFINITY, origin: 0, chunkSize };
}

/** Maps array indices to positions of a grid. Indices that the grid does not supply become -1. */
export function* listInGrid(
  indices: Float64Array,
  { start, stop }: Pick<GridAxis, 'start' | 'stop'>,
  { step, from, fromStep }: Interleaving,
): Sliced<Float64Array> {
  const positions = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; ) {
    const end = Math.min(indices.length, i + stepsPerCheckpoint);
    for (; i < end; i++) {
      const index = indices[i] ?? 0;
      const isSupplied = index >= start && index < stop && (index - start) % step === 0;
      positions[i] = isSupplied ? from + ((index - start) / step) * fromStep : -1;
    }
    if (i < indices.length) yield checkpoint;
  }
  return positions;
}
