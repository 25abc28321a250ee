/**
 * Converts layers of a source dataset to layers of the virtual dataset that shows a part of the source.
 * @module
 */
import { dtypeInfo } from '../../../core/dtype.js';
import type { Io } from '../../../io/io.js';
import { intersect } from '../../../plan/interleaving.js';
import { byteStrides, bytesOfChunk, type Interleaving, type Spacing } from '../../../plan/layout.js';
import type { ChunkBox, ChunkIndex, ChunkLayout, ChunkLocations, Layer } from '../../format.js';
import type { IndexRun } from './runs.js';

/** The part of a source that a virtual dataset shows. */
export interface View {
  /**
   * One entry per dimension of the virtual dataset: the dimension of the source, and the indices in both. `source` is
   * -1 if the source lacks the dimension; the view then has one index along it.
   */
  readonly dimensions: readonly { readonly source: number; readonly run: IndexRun }[];
  /** Dimensions of the source that the virtual dataset lacks, and the index that the view shows of each. */
  readonly dropped: readonly { readonly source: number; readonly index: number }[];
  /** Number of dimensions of the source without those inside an element. */
  readonly sourceRank: number;
}

/** One dimension of the layer in the virtual dataset. `source` is the dimension of the source, or -1. */
interface ViewAxis {
  readonly source: number;
  readonly start: number;
  readonly stop: number;
  readonly origin: number;
  readonly chunk: number;
  readonly grid: number;
  readonly interleaving: Interleaving | null;
}

/** Returns the layer in the virtual dataset; null if the view does not show any element of it. */
export function viewLayer(layer: Layer, view: View): Layer | null {
  const axes: ViewAxis[] = [];
  for (const { source, run } of view.dimensions) {
    const axis = source < 0 ? absentAxis(run.virtual) : viewAxis(layer, source, run);
    if (axis === null) return null;
    axes.push(axis);
  }
  const fixed: FixedDimension[] = [];
  for (const { source, index } of view.dropped) {
    const position = positionIn(layer, source, index);
    if (position === null) return null;
    const chunk = layer.chunkShape[source] ?? 1;
    fixed.push({ source, chunk: Math.floor(position / chunk), offset: position % chunk });
  }
  for (let source = view.sourceRank; source < layer.chunkShape.length; source++) axes.push(innerAxis(layer, source));
  const isSame = fixed.length === 0 && axes.every(({ source }, d) => source === d);
  const { fillValue } = layer;
  return {
    start: axes.map(({ start }) => start),
    stop: axes.map(({ stop }) => stop),
    origin: axes.map(({ origin }) => origin),
    chunkShape: axes.map(({ chunk }) => chunk),
    gridShape: axes.map(({ grid }) => grid),
    ...(axes.some(({ interleaving }) => interleaving !== null)
      ? { interleaving: axes.map(({ interleaving }) => interleaving) }
      : {}),
    layout: isSame ? layer.layout : viewLayout(layer, axes, fixed),
    index: isSame ? layer.index : viewIndex(layer, axes, fixed),
    ...(fillValue === undefined ? {} : { fillValue }),
  };
}

/** Returns the position in the grid of `index` along a dimension; null if the layer does not supply it. */
function positionIn({ start, stop, origin, interleaving }: Layer, d: number, index: number): number | null {
  const low = start[d] ?? 0;
  if (index < low || index >= (stop[d] ?? 0)) return null;
  const spaced = interleaving?.[d] ?? null;
  if (spaced === null) return index - (origin[d] ?? 0);
  return (index - low) % spaced.step === 0 ? spaced.from + ((index - low) / spaced.step) * spaced.fromStep : null;
}

function absentAxis(index: number): ViewAxis {
  return { source: -1, start: index, stop: index + 1, origin: index, chunk: 1, grid: 1, interleaving: null };
}

function innerAxis({ start, stop, origin, chunkShape, gridShape }: Layer, source: number): ViewAxis {
  return {
    source,
    start: start[source] ?? 0,
    stop: stop[source] ?? 0,
    origin: origin[source] ?? 0,
    chunk: chunkShape[source] ?? 1,
    grid: gridShape[source] ?? 1,
    interleaving: null,
  };
}

function viewAxis(layer: Layer, source: number, run: IndexRun): ViewAxis | null {
  const [low, high] = [layer.start[source] ?? 0, layer.stop[source] ?? 0];
  const { step, from, fromStep } = layer.interleaving?.[source] ?? {
    step: 1,
    from: low - (layer.origin[source] ?? 0),
    fromStep: 1,
  };
  const common = intersect(
    { start: run.source, step: run.sourceStep, count: run.count },
    { start: low, step, count: Math.ceil((high - low) / step) },
  );
  if (common === null) return null;
  const { count } = common;
  const start = run.virtual + common.first * run.virtualStep;
  const position = from + common.within * fromStep;
  const arrayStep = count === 1 ? 1 : common.period * run.virtualStep;
  const gridStep = count === 1 ? 1 : common.withinStep * fromStep;
  const isAdjacent = arrayStep === 1 && gridStep === 1;
  return {
    source,
    start,
    stop: start + (count - 1) * arrayStep + 1,
    origin: start - (isAdjacent ? position : 0),
    chunk: layer.chunkShape[source] ?? 1,
    grid: layer.gridShape[source] ?? 1,
    interleaving: isAdjacent ? null : { step: arrayStep, from: position, fromStep: gridStep },
  };
}

/** A dimension of the source with one index: the coordinate of its chunk, and its offset in the chunk. */
interface FixedDimension {
  readonly source: number;
  readonly chunk: number;
  readonly offset: number;
}

/** Adds and removes dimensions of a chunk layout. The removed dimensions become space between elements. */
function viewLayout(layer: Layer, axes: readonly ViewAxis[], fixed: readonly FixedDimension[]): ChunkLayout {
  const { layout, gridShape } = layer;
  const { dtype, byteOrder, edge, codecs } = layout;
  const chunkShape = [...layer.chunkShape];
  for (const { source, chunk } of edge === 'clipped' ? fixed : []) {
    const size = chunkShape[source] ?? 1;
    chunkShape[source] = Math.min(size, (gridShape[source] ?? 1) - chunk * size);
  }
  const dimensionOf = new Map(axes.map(({ source }, d) => [source, d]));
  const added = axes.flatMap(({ source }, d) => (source < 0 ? [d] : []));
  const kept = layout.axisOrder.flatMap((source) => dimensionOf.get(source) ?? []);
  const base = { dtype, byteOrder, axisOrder: [...added, ...kept], edge, codecs };
  if (fixed.length === 0 && layout.spacing === undefined) return base;
  const strides = byteStrides(layout, chunkShape);
  const pitches = axes.map(({ source }) => (source < 0 ? 0 : (strides[source] ?? 0)));
  const offset = fixed.reduce((sum, one) => sum + one.offset * (strides[one.source] ?? 0), layout.spacing?.offset ?? 0);
  const reach = axes.reduce((sum, { chunk }, d) => sum + (chunk - 1) * (pitches[d] ?? 0), dtypeInfo(dtype).size);
  const spacing: Spacing = { pitches, offset, tail: bytesOfChunk(layout, chunkShape) - offset - reach };
  return { ...base, spacing };
}

/** Looks up chunks of the source by the coordinates of the virtual dataset's layer. */
function viewIndex(
  { index, chunkShape }: Layer,
  axes: readonly ViewAxis[],
  fixed: readonly FixedDimension[],
): ChunkIndex {
  const dimensionOf = new Map(axes.map(({ source }, d) => [source, d]));
  const chunkOf = new Map(fixed.map(({ source, chunk }) => [source, chunk]));
  return {
    *locate(box: ChunkBox): Io<ChunkLocations> {
      const ofSource = chunkShape.map((_, source) => {
        const dimension = dimensionOf.get(source);
        return dimension === undefined ? [chunkOf.get(source) ?? 0] : (box[dimension] ?? [0]);
      });
      return yield* index.locate(ofSource);
    },
  };
}
