/**
 * Reads the mask of an array whose format stores which values are missing.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { dtypeInfo } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import type { Resources } from '../exec/resources.js';
import { encodePlan, type WirePlan } from '../exec/wire.js';
import type { ArrayDescriptor, Layer } from '../formats/format.js';
import type { Io } from '../io/io.js';
import type { ElementConversion } from '../plan/output.js';
import type { ReadPlan } from '../plan/read-plan.js';
import type { ReadRequest } from './request.js';
import { resolvePlan } from './resolve.js';

/** A second read that finds the missing cells. */
export interface ValidityRead {
  resolve(): Io<ReadPlan<Layer>>;
  encode(plan: ReadPlan<Layer>, resources: Resources): WirePlan;
  /** 1 for each missing cell, valid after the read has ended. */
  readonly cells: Uint8Array;
}

/** The format stores 1 for cells that are present. This scaling inverts it while the native threads read. */
const negation = { scale: -1, offset: 1 };

/**
 * Prepares the read of the validity of `request`; returns null if the format stores none. It writes straight into
 * `mask` if the mask has one entry per cell and the read of the values does not write it.
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
  const slab = request.slab.slice(0, validity.shape.length);
  const cells = slab.reduce((product, { count }) => product * count, 1);
  const conversion: ElementConversion = {
    out: dtypeInfo('uint8'),
    overflow: 'clamp',
    scaling: negation,
    decoding: null,
    fill: { type: dtypeInfo(validity.dtype), words: fillWords(validity.fillValue, validity.dtype) },
  };
  return {
    resolve: () => resolvePlan(validity, { slab, conversion, coalescing }),
    encode: (plan, resources) => encodePlan(plan, resources, defaults, true),
    cells: cells === mask.length && request.conversion.decoding === null ? mask : new Uint8Array(cells),
  };
}

/** Marks the elements of missing cells in `mask`. */
export function* markMissing(mask: Uint8Array, { cells }: ValidityRead): Sliced<void> {
  if (cells === mask || cells.length === 0) return;
  const values = mask.length / cells.length;
  for (let cell = 0; cell < cells.length; ) {
    const stop = Math.min(cells.length, cell + stepsPerCheckpoint);
    for (; cell < stop; cell++) if (cells[cell] !== 0) mask.fill(1, cell * values, (cell + 1) * values);
    if (cell < cells.length) yield checkpoint;
  }
}
