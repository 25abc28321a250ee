/**
 * Plans writes.
 * @module
 */
import { UnsupportedError } from '../core/errors.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import { type Io, ready } from '../io/io.js';
import type { ShardLayout } from '../plan/locations.js';
import type { PlanRequest, ReadPlan } from '../plan/read-plan.js';
import { resolvePlan } from './resolve.js';

/** Plan of a write, and the layout of its shards. */
export interface WritePlan {
  /** Plan whose chunk locations are the locations to which the chunks are written. */
  readonly plan: ReadPlan<Layer>;
  /** Layout of the shards if the plan writes into shards; else null. */
  readonly shards: ShardLayout | null;
}

/**
 * Plans the write of a slab.
 * @throws {UnsupportedError} if there are too many chunks for one write, or if encoded chunks are not files or shards.
 */
export function* planWrite(array: ArrayDescriptor, request: PlanRequest): Io<WritePlan> {
  let shards: ShardLayout | null = null;
  const toShards = (layer: Layer): Layer => {
    const files = layer.index.shards;
    if (files === undefined) return layer;
    shards = files.layout;
    return { ...layer, index: { locate: () => ready(() => files.template) } };
  };
  const { fixedLayers, ...rest } = array;
  const plan = yield* resolvePlan(
    {
      ...rest,
      ...(fixedLayers === undefined ? {} : { fixedLayers: fixedLayers.map(toShards) }),
      *layers(start, stop) {
        return (yield* array.layers(start, stop)).map(toShards);
      },
    },
    request,
  );
  const isWritable = plan.layers.every(
    ({ grid: { layout }, locations }) =>
      locations.kind === 'template' || (locations.kind === 'table' && layout.codecs.length === 0),
  );
  if (!isWritable) throw new UnsupportedError('a write of chunks that are in one file', array.path);
  return { plan, shards };
}

/** Returns the shape of the shards of an array; null if its chunks are not in shards. */
export function* shardShapeOf(array: ArrayDescriptor): Io<readonly number[] | null> {
  const origin = array.shape.map(() => 0);
  const [layer] = array.fixedLayers ?? (yield* array.layers(origin, array.shape));
  const counts = layer?.index.shards?.layout.counts;
  return counts === undefined ? null : array.chunkShape.map((length, d) => length * (counts[d] ?? 1));
}
