/**
 * Pairs each dimension of a virtual dataset with the dimension of a source that supplies its indices.
 * @module
 */
import type { Io, Pace } from '../../../io/io.js';
import { type IndexRun, pairIndices } from './runs.js';
import { countIndices, type DimensionSelection } from './selection.js';
import type { View } from './view.js';

/** Dimensions of a virtual dataset and the dimensions of a source that supply their indices. */
interface Pairing {
  /**
   * For each dimension of the virtual dataset, the dimension of the source; -1 if there is none, for a single index.
   */
  readonly sources: readonly number[];
  /** Dimensions of the source to which no dimension of the virtual dataset belongs. One index of each is selected. */
  readonly dropped: readonly number[];
}

/**
 * Pairs dimensions with the same number of indices, in order. Dimensions with one index need no partner. Returns null
 * if the source has another shape, so that the elements would be rearranged.
 */
export function pairDimensions(
  virtual: readonly DimensionSelection[],
  source: readonly DimensionSelection[],
): Pairing | null {
  const counts = virtual.map(countIndices);
  const sourceCounts = source.map(countIndices);
  if (counts.length === sourceCounts.length && counts.every((count, d) => count === sourceCounts[d])) {
    return { sources: counts.map((_, d) => d), dropped: [] };
  }
  const long = sourceCounts.flatMap((count, d) => (count === 1 ? [] : [d]));
  let next = 0;
  const sources = counts.map((count) => (count === 1 ? -1 : (long[next++] ?? -2)));
  const isEqual = sources.every((d, v) => d === -1 || sourceCounts[d] === counts[v]);
  if (!isEqual || next !== long.length) return null;
  return { sources, dropped: sourceCounts.flatMap((count, d) => (count === 1 ? [d] : [])) };
}

/** Maximum number of views of one mapping in a read. */
export const maxViews = 262_144;

/**
 * Returns the parts of a mapping that supply elements of the box [start, stop), with regularly spaced indices in each
 * dimension. Returns `rearranged` if the shapes differ, and `too many` if there are more than {@link maxViews}.
 */
export function* viewsOf(
  virtual: readonly DimensionSelection[],
  source: readonly DimensionSelection[],
  start: readonly number[],
  stop: readonly number[],
  pace: Pace,
): Io<readonly View[] | 'rearranged' | 'too many'> {
  const pairing = pairDimensions(virtual, source);
  if (pairing === null) return 'rearranged';
  const { sources, dropped } = pairing;
  const runs: (readonly IndexRun[])[] = [];
  let total = 1;
  for (const [d, selection] of virtual.entries()) {
    const partner = source[sources[d] ?? -1] ?? [{ start: 0, stride: 1, count: 1, block: 1 }];
    const paired = yield* pairIndices(selection, partner, start[d] ?? 0, stop[d] ?? 0, pace);
    if (paired === null) return 'too many';
    total *= paired.length;
    runs.push(paired);
  }
  if (total > maxViews) return 'too many';
  const fixed = dropped.map((d) => ({ source: d, index: source[d]?.[0]?.start ?? 0 }));
  let combinations: View['dimensions'][] = [[]];
  for (const [d, ofDimension] of runs.entries()) {
    const longer: View['dimensions'][] = [];
    for (const combination of combinations) {
      for (const run of ofDimension) {
        if (pace.isDue()) yield* pace.pause();
        longer.push([...combination, { source: sources[d] ?? -1, run }]);
      }
    }
    combinations = longer;
  }
  return combinations.map((dimensions) => ({ dimensions, dropped: fixed, sourceRank: source.length }));
}
