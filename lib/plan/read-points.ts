/**
 * Plans the read of points. A chunk that is read as a whole is read once for all points of one element class in it
 * (usually all points in the chunk). The plan has one dimension. The chunks that
 * contain points are numbered, and the points are lists of positions in these chunks, so a plan of a million points
 * consists of a few typed arrays.
 * @module
 */
import type { Checkpoint } from '../core/checkpoint.js';
import { flattenGrid } from './chunk-elements.js';
import { type ChunkRegion, type LookUpFiles, locateNumbers } from './chunk-numbers.js';
import { coalesceChunks } from './coalesce.js';
import { type Coalescing, chooseExtentShape } from './extent-shape.js';
import type { ChunkGrid } from './layout.js';
import type { Locate } from './locate-many.js';
import type { ChunkBox, ChunkLocations } from './locations.js';
import type { ElementConversion } from './output.js';
import { type PointsOfGrid, placePoints } from './place-points.js';
import type { Points } from './points.js';
import { type GridFacts, isReadInParts, type LayerPlan, mayCoalesce, type ReadPlan } from './read-plan.js';

/** Input of the planner. */
export interface PointsRequest {
  readonly points: Points;
  readonly conversion: ElementConversion;
  /** Limits for merging byte runs. */
  readonly coalescing: Coalescing;
}

/**
 * Plans the read of points, in time slices.
 * @param grids disjoint grids.
 * @param locate asks the index of a grid for the locations of the chunks in a box.
 * @param lookUpFiles looks up files whose names follow from the coordinates of their chunks.
 * @param checkCount throws if there are too many chunks. Called before they are located.
 * @throws {TooManyChunks} if the chunks of a grid between the first and the last point cannot be numbered.
 */
export function* planPoints<G extends ChunkGrid, Question, Answer>(
  { points, conversion, coalescing }: PointsRequest,
  grids: readonly G[],
  facts: GridFacts<G>,
  locate: (grid: G, box: ChunkBox) => Generator<Question, ChunkLocations, Answer>,
  lookUpFiles: LookUpFiles<Question, Answer>,
  checkCount: (chunks: number) => void,
): Generator<Question | Checkpoint, ReadPlan<G>, Answer> {
  const layers: LayerPlan<G>[] = [];
  let chunkCount = 0;
  let supplied = 0;
  let among: Uint32Array | null = null;
  for (const grid of grids) {
    if ((among?.length ?? points.count) === 0) break;
    const { region, parts, count, others }: PointsOfGrid = yield* placePoints(points, among, grid);
    among = others;
    supplied += count;
    for (const { chunks } of parts) chunkCount += chunks.length;
    checkCount(chunkCount);
    for (const { shape, elements, axis, chunks } of parts) {
      const flat = flattenGrid(grid, shape, elements);
      const ask: Locate<Question, Answer> = (box) => locate(grid, box);
      const locations = yield* locatePart(chunks, region, facts.fixedLocations(grid), {
        locate: ask,
        lookUpFiles,
      });
      const axes = [axis];
      const isInParts = facts.isPlain(grid) && isReadInParts(flat, axis.count);
      const extentShape = isInParts ? chooseExtentShape(flat, axes, coalescing) : null;
      const chunkExtents = mayCoalesce(extentShape, locations) ? yield* coalesceChunks(locations, coalescing) : null;
      const projections = [{ output: 0, axes, elements: axis.elements }];
      const chunkTotal = axis.count;
      layers.push({
        grid: flat,
        projections,
        uses: null,
        chunkCount: chunkTotal,
        extentShape,
        locations,
        chunkExtents,
      });
    }
  }
  const { shape, count } = points;
  const output = { shape, elements: count, offset: 0, strides: [1], isCovered: supplied === count };
  return { outputs: [output], conversion, layers, chunkCount };
}

function* locatePart<Question, Answer>(
  chunks: Float64Array,
  region: ChunkRegion,
  fixed: ChunkLocations | undefined,
  { locate, lookUpFiles }: { locate: Locate<Question, Answer>; lookUpFiles: LookUpFiles<Question, Answer> },
): Generator<Question | Checkpoint, ChunkLocations, Answer> {
  if (fixed === undefined) return yield* locateNumbers(chunks, region, locate, lookUpFiles);
  return fixed.kind === 'template' ? yield* lookUpFiles(fixed, chunks, region, locate) : fixed;
}
