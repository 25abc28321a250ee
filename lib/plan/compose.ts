/**
 * Composes selections: a selection of a sub-array becomes a selection of the array.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { Axis, Hyperslab, ListAxis, RangeAxis } from './hyperslab.js';
import type { SelectionEntry } from './selection.js';

/**
 * Returns the hyperslab of the array that `inner` selects from the sub-array `outer`.
 * @param inner one axis for each dimension that `outer` does not drop.
 */
export function* composeSlabs(outer: Hyperslab, inner: Hyperslab): Sliced<Axis[]> {
  const axes: Axis[] = [];
  let next = 0;
  for (const axis of outer) {
    const within = axis.dropped ? undefined : inner[next++];
    axes.push(within === undefined ? axis : yield* composeAxes(axis, within));
  }
  return axes;
}

function* composeAxes(outer: Axis, inner: Axis): Sliced<Axis> {
  const { count } = inner;
  if (inner.kind === 'range') {
    const { start, step, dropped } = inner;
    if (outer.kind === 'range') {
      const distance = outer.step * step;
      return { kind: 'range', start: outer.start + start * outer.step, step: count < 2 ? 1 : distance, count, dropped };
    }
    if (dropped || count === 0) return { kind: 'range', start: outer.indices[start] ?? 0, step: 1, count, dropped };
  }
  const indices = new Float64Array(count);
  for (let i = 0; i < count; ) {
    const stop = Math.min(count, i + stepsPerCheckpoint);
    for (; i < stop; i++) indices[i] = indexAt(outer, indexAt(inner, i));
    if (i < count) yield checkpoint;
  }
  return yield* createList(indices);
}

/** Returns the index that axis `axis` selects at position `i`. */
export function indexAt(axis: Axis, i: number): number {
  return axis.kind === 'range' ? axis.start + i * axis.step : (axis.indices[i] ?? 0);
}

/** Creates a list axis, with the lowest and the highest of its indices. */
function* createList(indices: Float64Array): Sliced<ListAxis> {
  let low = indices[0] ?? 0;
  let high = low;
  for (let i = 1; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    if (index < low) low = index;
    if (index > high) high = index;
    if (i % stepsPerCheckpoint === 0) yield checkpoint;
  }
  return { kind: 'list', indices, count: indices.length, dropped: false, low, high };
}

/** Converts a hyperslab back to a selection, with one entry per dimension. */
export function toSelection(slab: Hyperslab): SelectionEntry[] {
  return slab.map((axis) => (axis.kind === 'list' ? axis.indices : toEntry(axis)));
}

function toEntry({ start, step, count, dropped }: RangeAxis): SelectionEntry {
  if (dropped) return start;
  if (count === 0) return { start: 0, stop: 0, step: 1 };
  const stop = start + count * step;
  // A range that ends at index 0 and runs backwards has a negative stop. As an entry, it would count from the end.
  return { start, stop: stop < 0 ? null : stop, step };
}

/** Returns the part of an axis that selects its positions [begin, stop). */
export function sliceAxis(axis: Axis, begin: number, stop: number): Axis {
  const count = stop - begin;
  if (axis.kind === 'range') {
    return { ...axis, start: axis.start + begin * axis.step, step: count < 2 ? 1 : axis.step, count };
  }
  // The bounds of the list also bound its parts.
  return { ...axis, indices: axis.indices.subarray(begin, stop), count };
}
