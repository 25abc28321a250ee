/**
 * Limits views to boxes. A view is the part of a source that a virtual dataset shows. If views of several mappings
 * overlap, decides which of them supplies an element.
 * @module
 */
import { UnsupportedError } from '../../../core/errors.js';
import { type Io, Pace } from '../../../io/io.js';
import { intersect } from '../../../plan/interleaving.js';
import { type Box, maxPieces, overlay } from '../../overlay.js';
import type { IndexRun } from './runs.js';
import type { View } from './view.js';

/** Returns the part of a view in the box [start, stop) of the virtual dataset; null if there is none. */
export function clipView(view: View, { start, stop }: Box): View | null {
  const dimensions: View['dimensions'][number][] = [];
  for (const [d, { source, run }] of view.dimensions.entries()) {
    const clipped = clipRun(run, start[d] ?? 0, stop[d] ?? 0);
    if (clipped === null) return null;
    dimensions.push({ source, run: clipped });
  }
  return { ...view, dimensions };
}

function clipRun(
  { virtual, virtualStep, source, sourceStep, count }: IndexRun,
  low: number,
  high: number,
): IndexRun | null {
  const first = Math.max(0, Math.ceil((low - virtual) / virtualStep));
  const end = Math.min(count, Math.ceil((high - virtual) / virtualStep));
  if (first >= end) return null;
  const isSingle = end - first === 1;
  return {
    virtual: virtual + first * virtualStep,
    virtualStep: isSingle ? 1 : virtualStep,
    source: source + first * sourceStep,
    sourceStep: isSingle ? 1 : sourceStep,
    count: end - first,
  };
}

/** Returns the smallest box of the virtual dataset that contains a view. */
function boundsOf({ dimensions }: View): Box {
  return {
    start: dimensions.map(({ run }) => run.virtual),
    stop: dimensions.map(({ run }) => run.virtual + (run.count - 1) * run.virtualStep + 1),
  };
}

/** Maximum number of views that a read may need if one of the views skips indices. Each pair of them is compared. */
const maxSpacedViews = 1024;

/** A view, and its source. */
export interface SourceView<S> {
  readonly view: View;
  readonly source: S;
}

/**
 * Returns parts of the views that do not overlap. If views overlap, the last one supplies the elements, as in the HDF5
 * library, which copies the elements of one mapping after the other.
 * @throws {UnsupportedError} if there are too many parts, or if two views overlap and at least one view skips indices.
 */
export function* separateViews<S>(box: Box, views: readonly SourceView<S>[], path: string): Io<SourceView<S>[]> {
  const pace = new Pace(path);
  const bounds: Box[] = [];
  let isSpaced = false;
  for (const { view } of views) {
    if (pace.isDue()) yield* pace.pause();
    bounds.push(boundsOf(view));
    isSpaced ||= view.dimensions.some(({ run }) => run.virtualStep !== 1);
  }
  if (isSpaced) {
    yield* checkDisjoint(views, pace, path);
    return [...views];
  }
  const grid = { phase: box.start.map(() => 0), extent: box.start.map(() => 1) };
  const newestFirst = bounds.toReversed();
  const pieces = yield* overlay(box, newestFirst, grid, pace);
  if (pieces === null) {
    throw new UnsupportedError(`an HDF5 virtual dataset in more than ${maxPieces} parts`, path, 'Read smaller boxes');
  }
  const separate: SourceView<S>[] = [];
  for (const piece of pieces) {
    if (pace.isDue()) yield* pace.pause();
    const found = views[views.length - 1 - piece.fragment];
    const view = found === undefined ? null : clipView(found.view, piece);
    if (found !== undefined && view !== null) separate.push({ view, source: found.source });
  }
  return separate;
}

function* checkDisjoint(views: readonly SourceView<unknown>[], pace: Pace, path: string): Io<void> {
  if (views.length > maxSpacedViews) {
    const what = `an HDF5 virtual dataset with more than ${maxSpacedViews} interleaved mappings`;
    throw new UnsupportedError(what, path, 'Read smaller boxes');
  }
  for (const [i, { view }] of views.entries()) {
    for (let other = 0; other < i; other++) {
      if (pace.isDue()) yield* pace.pause();
      const before = views[other]?.view.dimensions;
      const isApart = view.dimensions.some(({ run }, d) => !meet(run, before?.[d]?.run));
      if (!isApart) throw new UnsupportedError('an HDF5 virtual dataset with interleaved mappings that overlap', path);
    }
  }
}

function meet(a: IndexRun, b: IndexRun | undefined): boolean {
  if (b === undefined) return false;
  const progression = ({ virtual, virtualStep, count }: IndexRun): Parameters<typeof intersect>[0] => {
    return { start: virtual, step: virtualStep, count };
  };
  return intersect(progression(a), progression(b)) !== null;
}
