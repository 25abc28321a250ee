/** Creates read plans for artificial chunk grids, without files. */
import { finish } from '../../lib/core/checkpoint.js';
import { dtypeInfo } from '../../lib/core/dtype.js';
import type { Coalescing } from '../../lib/plan/extent-shape.js';
import { normalizeSelection } from '../../lib/plan/hyperslab.js';
import type { ChunkGrid } from '../../lib/plan/layout.js';
import type { ChunkBox, ChunkLocations } from '../../lib/plan/locations.js';
import type { ElementConversion } from '../../lib/plan/output.js';
import { planMany } from '../../lib/plan/read-many.js';
import { planRead, type ReadPlan } from '../../lib/plan/read-plan.js';
import type { Selection } from '../../lib/plan/selection.js';

/** A conversion that keeps the bytes unchanged. */
export const asStored: ElementConversion = {
  out: dtypeInfo('uint8'),
  overflow: 'error',
  scaling: null,
  decoding: null,
  fill: { type: dtypeInfo('uint8'), words: [0, 0, 0, 0] },
};

/** Plans a read of `selection` from an array of `shape` with one grid, whose chunks are at `locations`. */
export function planOf<G extends ChunkGrid>(
  selection: Selection,
  shape: readonly number[],
  grid: G,
  locations: ChunkLocations,
  coalescing: Coalescing,
  encoding: 'plain' | 'encoded' = 'plain',
): ReadPlan<G> {
  const request = { slab: normalizeSelection(selection, shape), conversion: asStored, coalescing };
  const facts = { isPlain: () => encoding === 'plain', fixedLocations: () => locations };
  return finish(planRead(request, [grid], facts, neverAsked));
}

/** Plans a read of several selections, like {@link planOf}. `locationsOf` returns the locations of `chunks` chunks. */
export function planManyOf<G extends ChunkGrid>(
  selections: readonly Selection[],
  shape: readonly number[],
  grid: G,
  locationsOf: (chunks: number) => ChunkLocations,
  coalescing: Coalescing,
  encoding: 'plain' | 'encoded',
): ReadPlan<G> {
  const slabs = selections.map((selection) => normalizeSelection(selection, shape));
  const facts = { isPlain: () => encoding === 'plain', fixedLocations: () => undefined };
  const locate = function* (_: G, box: ChunkBox): Generator<never, ChunkLocations> {
    yield* [] as never[];
    return locationsOf(box.reduce((product, { length }) => product * length, 1));
  };
  return finish(planMany({ slabs, conversion: asStored, coalescing }, [grid], facts, locate));
}

function neverAsked(): never {
  throw new Error('the index was asked');
}
