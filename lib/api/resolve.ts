/**
 * From a hyperslab to a plan and the places of its chunks. A parser: it asks for metadata and reads no data.
 * @module
 */
import { checkChunkCount } from '../core/limits.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { Io } from '../io/io.js';
import type { Axis, Hyperslab } from '../plan/hyperslab.js';
import type { ChunkLocations } from '../plan/locations.js';
import { chunkBox, planRead, type ReadPlan } from '../plan/read-plan.js';
import type { Coalescing } from '../plan/spans.js';

/** A plan with the places of its layers' chunks. */
export interface ResolvedPlan {
  readonly plan: ReadPlan<Layer>;
  readonly locations: readonly ChunkLocations[];
}

function low(axis: Axis): number {
  if (axis.kind === 'range') return axis.step < 0 ? axis.start + (axis.count - 1) * axis.step : axis.start;
  return axis.indices.reduce((least, index) => Math.min(least, index), Number.POSITIVE_INFINITY);
}

function high(axis: Axis): number {
  if (axis.kind === 'range') return axis.step < 0 ? axis.start : axis.start + (axis.count - 1) * axis.step;
  return axis.indices.reduce((most, index) => Math.max(most, index), 0);
}

/** Chunks of `layer` that `slab`, which lies in the box [start, stop), touches, or more where it selects by lists. */
function mostChunks(slab: Hyperslab, start: readonly number[], stop: readonly number[], layer: Layer): number {
  const { origin, chunkShape } = layer;
  let chunks = 1;
  for (let d = 0; d < slab.length; d++) {
    const first = Math.max(start[d] ?? 0, layer.start[d] ?? 0) - (origin[d] ?? 0);
    const last = Math.min(stop[d] ?? 0, layer.stop[d] ?? 0) - 1 - (origin[d] ?? 0);
    const extent = chunkShape[d] ?? 1;
    const touched = Math.floor(last / extent) - Math.floor(first / extent) + 1;
    chunks *= Math.max(0, Math.min(slab[d]?.count ?? 1, touched));
  }
  return chunks;
}

function isPlain(grid: Layer): boolean {
  return grid.layout.codecs.length === 0;
}

/** The plan of an array whose layers and places are known beforehand; null for others. */
export function resolveFixed(array: ArrayDescriptor, slab: Hyperslab, coalescing: Coalescing): ResolvedPlan | null {
  if (array.fixedLayers === undefined) return null;
  const plan = planRead(slab, array.fixedLayers, isPlain, coalescing);
  const locations: ChunkLocations[] = [];
  for (const { grid } of plan.layers) {
    if (grid.index.fixed === undefined) return null;
    locations.push(grid.index.fixed);
  }
  return { plan, locations };
}

/**
 * Plans `slab` of the array and locates the chunks that it touches.
 * @throws {UnsupportedError} when they are too many for one read.
 */
export function* resolvePlan(array: ArrayDescriptor, slab: Hyperslab, coalescing: Coalescing): Io<ResolvedPlan> {
  if (slab.some((axis) => axis.count === 0)) {
    return { plan: planRead(slab, [], isPlain, coalescing), locations: [] };
  }
  const start = slab.map(low);
  const stop = slab.map((axis) => high(axis) + 1);
  const layers = yield* array.layers(start, stop);
  for (const layer of layers) checkChunkCount(mostChunks(slab, start, stop, layer), array.path);
  const plan = planRead(slab, layers, isPlain, coalescing);
  const locations: ChunkLocations[] = [];
  for (const layer of plan.layers) locations.push(yield* layer.grid.index.locate(chunkBox(layer)));
  return { plan, locations };
}

/** Whether chunks, none of which was found, may be found by planning anew. */
export function* relocated(array: ArrayDescriptor, { locations }: ResolvedPlan): Io<boolean> {
  const [sought] = locations;
  return sought !== undefined && array.relocate !== undefined && (yield* array.relocate(sought));
}
