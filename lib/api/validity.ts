/**
 * The mask of an array whose format stores which values are there.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import type { Resources } from '../exec/resources.js';
import { encodePlan, type WireOptions, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { Io } from '../io/io.js';
import type { Hyperslab } from '../plan/hyperslab.js';
import { type ResolvedPlan, resolvePlan } from './resolve.js';

/** A second read, which says for each cell whether it is missing. */
export interface ValidityRead {
  resolve(): Io<ResolvedPlan>;
  encode(resolved: ResolvedPlan, resources: Resources): WirePlan;
  /** 1 where a cell is missing, once the read has ended. */
  readonly cells: Uint8Array;
}

/** Stored is 1 where a value is there: turned around by the threads that read. */
const negation = { scale: -1, offset: 1 };

/**
 * The read of what `slab` lacks; null where the format does not say. It goes straight into `mask` where that is as long as
 * the cells are many, and not written by the values' own read.
 */
export function validityRead(
  array: ArrayDescriptor,
  slab: Hyperslab,
  wire: WireOptions,
  mask: Uint8Array,
): ValidityRead | null {
  const validity = array.validity?.();
  if (validity === undefined) return null;
  const part = slab.slice(0, validity.shape.length);
  const cells = part.reduce((product, { count }) => product * count, 1);
  const options: WireOptions = {
    ...wire,
    out: dtypeInfo('uint8'),
    overflow: 'clamp',
    scaling: negation,
    decoding: null,
    fill: { type: dtypeInfo(validity.dtype), words: fillWords(validity.fillValue, validity.dtype) },
  };
  return {
    resolve: () => resolvePlan(validity, part, wire.coalescing),
    encode: ({ plan, locations }, resources) => encodePlan<Layer>(plan, locations, resources, options, true),
    cells: cells === mask.length && wire.decoding === null ? mask : new Uint8Array(cells),
  };
}

/** Marks in `mask` the elements of missing cells. */
export function markMissing(mask: Uint8Array, { cells }: ValidityRead): void {
  if (cells === mask || cells.length === 0) return;
  const values = mask.length / cells.length;
  cells.forEach((missing, cell) => {
    if (missing !== 0) mask.fill(1, cell * values, (cell + 1) * values);
  });
}
