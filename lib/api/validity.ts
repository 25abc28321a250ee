/**
 * Reads the mask of an array whose format stores which values are missing.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { dtypeInfo } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import type { Resources } from '../exec/resources.js';
import { encodePlanSliced, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { Io } from '../io/io.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import type { ElementConversion } from '../plan/output.js';
import type { ReadPlan } from '../plan/read-plan.js';
import { countElements, type ReadRequest } from './request.js';
import { resolveMany, resolvePlan, resolvePoints } from './resolve.js';

/** A second read that finds the missing cells. */
export interface ValidityRead {
  resolve(): Io<ReadPlan<Layer>>;
  encode(plan: ReadPlan<Layer>, resources: Resources): Sliced<WirePlan>;
  /** After the read has ended, contains 1 for each missing cell and 0 for the others. */
  readonly cells: Uint8Array;
  /** Elements and cells of each box. */
  readonly boxes: readonly BoxSize[];
}

/** Number of elements and number of cells of a box. A cell has one or more elements. */
interface BoxSize {
  readonly elements: number;
  readonly cells: number;
}

/** The format stores 1 for cells that are present. This scaling inverts it while the native threads read. */
const negation = { scale: -1, offset: 1 };

/**
 * Prepares the read of the validity of `request`; returns null if the format stores none. The prepared read writes
 * straight into `mask` if the mask has one entry per cell and the read of the values does not write the mask.
 */
export function createValidityRead(
  array: ArrayDescriptor,
  request: ReadRequest,
  mask: Uint8Array,
): ValidityRead | null {
  const validity = array.validity?.();
  if (validity === undefined) return null;
  const { defaults } = request;
  const { coalescing } = defaults;
  const selected = request.boxes ?? [request.slab];
  const slabs = selected.map((slab) => slab.slice(0, validity.shape.length));
  const { points } = request;
  const boxes = points === null ? sizesOf(selected, slabs) : [{ elements: points.count, cells: points.count }];
  const cells = boxes.reduce((sum, box) => sum + box.cells, 0);
  const conversion: ElementConversion = {
    out: dtypeInfo('uint8'),
    overflow: 'clamp',
    scaling: negation,
    decoding: null,
    fill: { type: dtypeInfo(validity.dtype), words: fillWords(validity.fillValue, validity.dtype) },
  };
  return {
    resolve: () => {
      if (points !== null) {
        const cellsOfPoints = { ...points, lists: points.lists.slice(0, validity.shape.length) };
        return resolvePoints(validity, { points: cellsOfPoints, conversion, coalescing });
      }
      return request.boxes === null
        ? resolvePlan(validity, { slab: slabs[0] ?? [], conversion, coalescing })
        : resolveMany(validity, { slabs, conversion, coalescing });
    },
    encode: (plan, resources) => encodePlanSliced(plan, resources, defaults, true),
    boxes,
    cells: cells === mask.length && request.conversion.decoding === null ? mask : new Uint8Array(cells),
  };
}

function sizesOf(selected: readonly Hyperslab[], slabs: readonly Hyperslab[]): BoxSize[] {
  return selected.map((slab, i) => ({ elements: countElements(slab), cells: countElements(slabs[i] ?? []) }));
}

/** Marks the elements of missing cells in `mask`. */
export function* markMissing(mask: Uint8Array, { cells, boxes }: ValidityRead): Sliced<void> {
  if (cells === mask) return;
  let firstElement = 0;
  let cell = 0;
  let steps = 0;
  for (const box of boxes) {
    const firstCell = cell;
    const values = box.elements / box.cells;
    for (; cell < firstCell + box.cells; cell++) {
      const begin = firstElement + (cell - firstCell) * values;
      if (cells[cell] !== 0) mask.fill(1, begin, begin + values);
      if (++steps % stepsPerCheckpoint === 0) yield checkpoint;
    }
    firstElement += box.elements;
  }
}
