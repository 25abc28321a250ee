/**
 * Lists the chunks that a read touches.
 * @module
 */
import type { ArrayDescriptor } from '../formats/format.js';
import { type Io, statPath } from '../io/io.js';
import { locatedChunksOf } from '../plan/extents.js';
import { firstChunks } from '../plan/first-chunks.js';
import type { AnySelection } from './named-selection.js';
import { normalizeOne, parseRequest } from './request.js';
import { resolvePlan } from './resolve.js';
import { openSettings } from './settings.js';

/** A chunk that a read touches: the box [start, stop) of the array. */
export interface PlannedChunk {
  readonly start: readonly number[];
  readonly stop: readonly number[];
  /** File that contains the chunk; null if the chunk is absent, so that its elements have the fill value. */
  readonly file: string | null;
}

/** Chunks that a read touches. */
export interface PlannedChunks {
  readonly chunks: readonly PlannedChunk[];
  /** True if the read touches more chunks than the caller asked for. */
  readonly hasMore: boolean;
}

/**
 * Plans the read of a selection, and returns at most `limit` of its chunks. Looks up the files that are named after
 * their chunks. The cost depends on `limit`, and not on the number of chunks of the selection.
 * @throws {SelectionError} @throws {FormatError} if metadata is damaged.
 */
export function* planChunks(array: ArrayDescriptor, selection: AnySelection, limit: number): Io<PlannedChunks> {
  const { shape, chunkShape } = array;
  // An empty box: the complete selection may have more elements than a read permits.
  const nothing = shape.map(() => ({ start: 0, stop: 0 }));
  const { conversion, defaults } = parseRequest(array, openSettings().defaults, nothing, undefined);
  const { slab, isCut } = firstChunks(yield* normalizeOne(array, selection, undefined), chunkShape, limit);
  const plan = yield* resolvePlan(array, { slab, conversion, coalescing: defaults.coalescing });
  const chunks: PlannedChunk[] = [];
  for (const layer of plan.layers) {
    const { origin, chunkShape, start: first, stop: last } = layer.grid;
    const isNamed = layer.locations.kind === 'template';
    for (const { coordinates, file } of locatedChunksOf(layer)) {
      if (chunks.length === limit) return { chunks, hasMore: true };
      const isStored = file !== null && (!isNamed || (yield* statPath(file)) !== null);
      const begin = coordinates.map((at, d) => (origin[d] ?? 0) + at * (chunkShape[d] ?? 1));
      chunks.push({
        start: begin.map((at, d) => Math.max(at, first[d] ?? 0)),
        stop: begin.map((at, d) => Math.min(at + (chunkShape[d] ?? 1), last[d] ?? 0)),
        file: isStored ? file : null,
      });
    }
  }
  return { chunks, hasMore: isCut };
}
