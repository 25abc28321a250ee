/**
 * Turns a hyperslab into a read plan. May request metadata from the driver, but no data.
 * @module
 */
import { checkpoint } from '../core/checkpoint.js';
import { UnsupportedError } from '../core/errors.js';
import { checkChunkCount } from '../core/limits.js';
import type { BoxUse } from '../formats/descriptor.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { Io, IoRequest } from '../io/io.js';
import type { LookUpFiles } from '../plan/chunk-numbers.js';
import { type Hyperslab, highestIndex, lowestIndex } from '../plan/hyperslab.js';
import type { ChunkBox, ChunkLocations } from '../plan/locations.js';
import { TooManyChunks } from '../plan/place-points.js';
import { boundsOfPoints } from '../plan/points.js';
import { type ManyRequest, planMany } from '../plan/read-many.js';
import {
  type GridFacts,
  isSmallSlab,
  type PlanRequest,
  planFixed,
  planRead,
  type ReadPlan,
} from '../plan/read-plan.js';
import { type PointsRequest, planPoints } from '../plan/read-points.js';
import { lookUpChunkFiles } from './chunk-files.js';

/**
 * Returns an upper bound of the number of chunks of `layer` that `slab` touches. The bound is exact if `slab` consists
 * of ranges inside the layer. `slab` lies in the box [start, stop).
 */
function countMaxChunks(slab: Hyperslab, start: readonly number[], stop: readonly number[], layer: Layer): number {
  const { origin, chunkShape } = layer;
  let chunks = 1;
  for (let d = 0; d < slab.length; d++) {
    const first = Math.max(start[d] ?? 0, layer.start[d] ?? 0) - (origin[d] ?? 0);
    const last = Math.min(stop[d] ?? 0, layer.stop[d] ?? 0) - 1 - (origin[d] ?? 0);
    const length = chunkShape[d] ?? 1;
    const touched = Math.floor(last / length) - Math.floor(first / length) + 1;
    chunks *= Math.max(0, Math.min(slab[d]?.count ?? 1, touched));
  }
  return chunks;
}

const layerFacts: GridFacts<Layer> = {
  isPlain: ({ layout }) => layout.codecs.length === 0,
  fixedLocations: ({ index }) => index.fixed,
};

/** Plans a small slab if the array's layers and locations are known beforehand; returns null otherwise. */
export function resolveFixed(array: ArrayDescriptor, request: PlanRequest): ReadPlan<Layer> | null {
  if (array.fixedLayers === undefined || !isSmallSlab(request.slab)) return null;
  return planFixed(request, array.fixedLayers, layerFacts);
}

/** Plans a slab of ranges of an array that is one chunk, whose location is known beforehand; null in other cases. */
export function resolveOneChunk(array: ArrayDescriptor, request: PlanRequest): ReadPlan<Layer> | null {
  const { shape, fixedLayers = [] } = array;
  const [layer] = fixedLayers;
  const isOneChunk = fixedLayers.length === 1 && shape.every((size, d) => size <= (layer?.chunkShape[d] ?? 0));
  const hasRanges = request.slab.every(({ kind }) => kind === 'range');
  return isOneChunk && hasRanges ? planFixed(request, fixedLayers, layerFacts) : null;
}

/**
 * What a plan is for: it is performed `now`, immediately and only once; it may be performed `later`, any number of
 * times; or it is only explained, so locations of chunks may be estimates.
 */
export type PlanPurpose = 'now' | 'later' | 'explain';

/** Uses of a box of which all elements are needed. */
const wholeUses = { now: 'allNow', later: 'all', explain: 'explainAll' } as const satisfies Record<PlanPurpose, BoxUse>;

/**
 * Plans a slab of the array and locates the chunks that it touches.
 * @param checkCount throws if the number of chunks of a layer is too large. It is called before they are located.
 * @throws {UnsupportedError} if there are too many chunks for one read.
 */
export function* resolvePlan(
  array: ArrayDescriptor,
  request: PlanRequest,
  checkCount: (chunks: number, path: string) => void = checkChunkCount,
  purpose: PlanPurpose = 'later',
): Io<ReadPlan<Layer>> {
  const { slab } = request;
  const locate = (layer: Layer, box: ChunkBox): Io<ChunkLocations> => layer.index.locate(box);
  if (slab.some((axis) => axis.count === 0)) return yield* planRead(request, [], layerFacts, locate);
  const start = slab.map(lowestIndex);
  const stop = slab.map((axis) => highestIndex(axis) + 1);
  const isDense = slab.every(({ count }, d) => count === (stop[d] ?? 0) - (start[d] ?? 0));
  const use = isDense ? wholeUses[purpose] : purpose === 'explain' ? 'explainSome' : 'some';
  const layers = array.fixedLayers ?? (yield* array.layers(start, stop, use));
  for (const layer of layers) checkCount(countMaxChunks(slab, start, stop, layer), array.path);
  return yield* planRead(request, layers, layerFacts, locate);
}

/** Number of boxes between two checkpoints, at which other work may run. */
const boxesPerCheckpoint = 512;

/**
 * Plans many slabs of the array and locates the chunks that they touch.
 * @throws {UnsupportedError} if there are too many chunks for one read. A chunk counts once per slab.
 */
export function* resolveMany(
  array: ArrayDescriptor,
  request: ManyRequest,
  purpose: PlanPurpose = 'later',
): Io<ReadPlan<Layer>> {
  const slabs: Hyperslab[] = [];
  for (const [i, slab] of request.slabs.entries()) {
    if (slab.every(({ count }) => count > 0)) slabs.push(slab);
    if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
  }
  const locate = (layer: Layer, box: ChunkBox): Io<ChunkLocations> => layer.index.locate(box);
  const [firstSlab] = slabs;
  if (firstSlab === undefined) return yield* planMany(request, [], layerFacts, locate);
  const start = firstSlab.map(lowestIndex);
  const stop = firstSlab.map((axis) => highestIndex(axis) + 1);
  for (const [i, slab] of slabs.entries()) {
    if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    for (const [d, axis] of slab.entries()) {
      start[d] = Math.min(start[d] ?? 0, lowestIndex(axis));
      stop[d] = Math.max(stop[d] ?? 0, highestIndex(axis) + 1);
    }
  }
  const layers =
    array.fixedLayers ?? (yield* array.layers(start, stop, purpose === 'explain' ? 'explainSome' : 'some'));
  for (const layer of layers) {
    let chunks = 0;
    for (const [i, slab] of slabs.entries()) {
      if (i % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
      const end = slab.map((axis) => highestIndex(axis) + 1);
      chunks += countMaxChunks(slab, slab.map(lowestIndex), end, layer);
    }
    checkChunkCount(chunks, array.path);
  }
  return yield* planMany(request, layers, layerFacts, locate);
}

/**
 * Plans the read of points and locates the chunks that contain them.
 * @throws {UnsupportedError} if there are too many chunks for one read.
 */
export function* resolvePoints(array: ArrayDescriptor, request: PointsRequest): Io<ReadPlan<Layer>> {
  const locate = (layer: Layer, box: ChunkBox): Io<ChunkLocations> => layer.index.locate(box);
  const checkCount = (chunks: number): void => checkChunkCount(chunks, array.path);
  const lookUp: LookUpFiles<IoRequest, unknown> = (...of) => lookUpChunkFiles(array, ...of);
  if (request.points.count === 0) return yield* planPoints(request, [], layerFacts, locate, lookUp, checkCount);
  const { start, stop } = yield* boundsOfPoints(request.points);
  const layers = array.fixedLayers ?? (yield* array.layers(start, stop));
  try {
    return yield* planPoints(request, layers, layerFacts, locate, lookUp, checkCount);
  } catch (error) {
    if (!(error instanceof TooManyChunks)) throw error;
    const hint = 'Read points that are closer together in one call';
    throw new UnsupportedError('points in a region of more than 2^53 chunks', array.path, hint);
  }
}

/** True if the chunks that a plan did not find may be at other locations (`relocate`), so that a new plan is needed. */
export function* isRelocated(array: ArrayDescriptor, { layers }: ReadPlan<Layer>): Io<boolean> {
  const [first] = layers;
  return first !== undefined && array.relocate !== undefined && (yield* array.relocate(first.locations));
}
