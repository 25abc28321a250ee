/**
 * Plans the read of many boxes of one array. A chunk that is read as a whole is read once for all boxes that need it.
 * See docs/adr/0007-many-boxes.md.
 * @module
 */
import { type Checkpoint, checkpoint, type Sliced } from '../core/checkpoint.js';
import { coalesceChunks } from './coalesce.js';
import { type Coalescing, chooseExtentShape, type ExtentShape } from './extent-shape.js';
import type { Hyperslab } from './hyperslab.js';
import type { ChunkGrid } from './layout.js';
import { type Locate, locateMany } from './locate-many.js';
import type { ChunkBox, ChunkLocations } from './locations.js';
import { createOutputs, type ElementConversion } from './output.js';
import {
  type ChunkUses,
  chunkBox,
  type GridFacts,
  isReadInParts,
  type LayerPlan,
  mayCoalesce,
  type Projection,
  projectSlab,
  type ReadPlan,
} from './read-plan.js';
import { countChunks } from './segments.js';
import { invertProjections } from './uses.js';

/** Input of the planner. */
export interface ManyRequest {
  /** The normalised selections, one per box. */
  readonly slabs: readonly Hyperslab[];
  readonly conversion: ElementConversion;
  /** Limits for merging byte runs. */
  readonly coalescing: Coalescing;
}

/** Number of boxes after which planning may be interrupted. */
const boxesPerCheckpoint = 512;

/**
 * Plans the read of many slabs, in time slices.
 * @param grids disjoint grids.
 * @param locate asks the index of a grid for the locations of the chunks in a box.
 */
export function* planMany<G extends ChunkGrid, Question, Answer>(
  request: ManyRequest,
  grids: readonly G[],
  facts: GridFacts<G>,
  locate: (grid: G, box: ChunkBox) => Generator<Question, ChunkLocations, Answer>,
): Generator<Question | Checkpoint, ReadPlan<G>, Answer> {
  const { slabs, conversion, coalescing } = request;
  const supplied = new Float64Array(slabs.length);
  const layers: LayerPlan<G>[] = [];
  let chunkCount = 0;
  for (const grid of grids) {
    const projections = yield* projectSlabs(slabs, grid);
    for (const { output, elements } of projections) supplied[output] = (supplied[output] ?? 0) + elements;
    for (const part of yield* splitByExtents(projections, grid, facts, coalescing)) {
      const locations = yield* locatePart(part, facts.fixedLocations(grid), (box) => locate(grid, box));
      const { extentShape } = part;
      const chunkExtents = mayCoalesce(extentShape, locations) ? yield* coalesceChunks(locations, coalescing) : null;
      layers.push({ grid, ...part, locations, chunkExtents });
      chunkCount += part.chunkCount;
    }
  }
  return { outputs: yield* createOutputs(slabs, supplied), conversion, layers, chunkCount };
}

function* projectSlabs(slabs: readonly Hyperslab[], grid: ChunkGrid): Sliced<Projection[]> {
  const projections: Projection[] = [];
  for (const [output, slab] of slabs.entries()) {
    if (output % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    const axes = yield* projectSlab(slab, grid);
    if (axes === null) continue;
    let elements = 1;
    for (const axis of axes) elements *= axis.elements;
    projections.push({ output, axes, elements });
  }
  return projections;
}

/** Boxes of a grid whose chunks are read in the same way. */
type Part = Pick<LayerPlan, 'projections' | 'uses' | 'chunkCount' | 'extentShape'>;

/**
 * Splits the boxes of a grid by the shape of their extents. Encoded chunks and small plain chunks are read as a whole,
 * without such a shape, so their boxes stay in one part.
 */
function* splitByExtents<G extends ChunkGrid>(
  projections: readonly Projection[],
  grid: G,
  facts: GridFacts<G>,
  coalescing: Coalescing,
): Sliced<Part[]> {
  if (projections.length === 0) return [];
  const all = yield* createPart(projections, null);
  if (!facts.isPlain(grid) || !isReadInParts(grid, all.chunkCount)) return [all];
  const byShape = new Map<string, { extentShape: ExtentShape; projections: Projection[] }>();
  for (const [p, projection] of projections.entries()) {
    if (p % boxesPerCheckpoint === boxesPerCheckpoint - 1) yield checkpoint;
    const extentShape = chooseExtentShape(grid, projection.axes, coalescing);
    const key = `${extentShape.level} ${extentShape.block}`;
    const same = byShape.get(key);
    if (same === undefined) byShape.set(key, { extentShape, projections: [projection] });
    else same.projections.push(projection);
  }
  const parts: Part[] = [];
  for (const { extentShape, projections: some } of byShape.values()) {
    parts.push(some.length === projections.length ? { ...all, extentShape } : yield* createPart(some, extentShape));
  }
  return parts;
}

function* createPart(projections: readonly Projection[], extentShape: ExtentShape | null): Sliced<Part> {
  const [first, second] = projections;
  if (first !== undefined && second === undefined) {
    return { projections, uses: null, chunkCount: countChunks(first.axes), extentShape };
  }
  const uses: ChunkUses = yield* invertProjections(projections);
  return { projections, uses, chunkCount: uses.starts.length - 1, extentShape };
}

function* locatePart<Question, Answer>(
  { projections, uses }: Part,
  fixed: ChunkLocations | undefined,
  locate: Locate<Question, Answer>,
): Generator<Question | Checkpoint, ChunkLocations, Answer> {
  if (fixed !== undefined) return fixed;
  if (uses !== null) return yield* locateMany(projections, uses, locate);
  return yield* locate(yield* chunkBox(projections[0]?.axes ?? []));
}
