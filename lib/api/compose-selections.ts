/**
 * Composes selections of a view with the selection that the view makes.
 * @module
 */
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import { composeSlabs, toSelection } from '../plan/compose.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import type { SelectionEntry } from '../plan/selection.js';
import type { AnySelection } from './named-selection.js';
import type { ReadOptions } from './options.js';
import { composePoints, normalizePointSelection, PointSelection } from './point-selection.js';
import { normalizeAll, normalizeOne, type Selectable } from './request.js';

/** Number of boxes between two checkpoints, at which other work may run. */
const boxesPerCheckpoint = 256;

/**
 * Returns the elements of the array that `selection` selects from a view.
 * @param slab the elements of the array that the view selects.
 * @throws {SelectionError} if the selection does not fit the view.
 */
export function* composeSlab(
  slab: Hyperslab,
  view: Selectable,
  selection: AnySelection | undefined,
  options: ReadOptions | undefined,
): Sliced<Hyperslab> {
  return yield* composeSlabs(slab, yield* normalizeOne(view, selection, options));
}

/** Composes a selection, or points, and returns a selection of the array. */
export function* composeOne(
  slab: Hyperslab,
  view: Selectable,
  selection: AnySelection | undefined,
  options: ReadOptions | undefined,
): Sliced<AnySelection> {
  if (selection instanceof PointSelection) {
    const points = yield* normalizePointSelection(selection, view, undefined);
    return (yield* composePoints(slab, points)) as unknown as AnySelection;
  }
  return toSelection(yield* composeSlab(slab, view, selection, options));
}

/** Composes several selections like {@link composeOne}. */
export function* composeMany(
  slab: Hyperslab,
  view: Selectable,
  selections: readonly AnySelection[],
  options: ReadOptions | undefined,
): Sliced<SelectionEntry[][]> {
  const composed: SelectionEntry[][] = [];
  for (const box of yield* normalizeAll(view, selections, options)) {
    composed.push(toSelection(yield* composeSlabs(slab, box)));
    if (composed.length % boxesPerCheckpoint === 0) yield checkpoint;
  }
  return composed;
}
