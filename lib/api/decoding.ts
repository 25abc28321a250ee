/**
 * Translates the read options `decode` and `mask` into the native decoding parameters.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import { expected } from '../core/validate.js';
import { type CfDecoding, cfDecoding, changesValues } from '../formats/cf.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { Decoding } from '../plan/output.js';
import type { ReadOptions } from './options.js';
import { resultType } from './settings.js';

/** Output type and decoding parameters of a read that decodes values or fills a mask. */
export interface DecodedRead {
  readonly out: DType;
  readonly decoding: Decoding;
}

/**
 * Returns the decoding of `array` that `options` request; null if they request neither decoding nor a mask, or if no
 * attribute of the array describes a decoding.
 * @throws {TypeError} if an option is invalid, or if the options contradict each other.
 * @throws {UnsupportedError} as {@link cfDecoding}, and if values are requested of an array of stored bits.
 */
export function resolveDecoding(array: ArrayDescriptor, options: ReadOptions | undefined): DecodedRead | null {
  if (array.bitsOf !== undefined) refuseValues(options, array.path);
  if (options?.decode === undefined && options?.mask === undefined) return null;
  const { decode, mask = false, scaled, as } = options;
  if (decode !== undefined && decode !== 'cf') throw expected("'cf'", 'options.decode', decode);
  if (typeof mask !== 'boolean') throw expected('a boolean', 'options.mask', mask);
  if (scaled === true && (decode === 'cf' || mask)) {
    throw expected("it to be absent together with `decode: 'cf'` or `mask: true`", 'options.scaled', scaled);
  }
  if (decode === undefined && !mask) return null;
  const cf = cfDecoding(array);
  if (decode === 'cf' && as !== undefined && dtypeInfo(resultType(options, array.dtype, false)).kind !== 'f') {
    throw expected("a float type with `decode: 'cf'`, because missing values become NaN", 'options.as', as);
  }
  return cf === null ? null : createDecoding(cf, options);
}

/** @throws {UnsupportedError} if an option asks for the values of an array whose elements are stored bits. */
function refuseValues(options: ReadOptions | undefined, path: string): void {
  for (const key of ['decode', 'scaled'] as const) {
    if (options?.[key] === undefined || options[key] === false) continue;
    throw new UnsupportedError(`\`options.${key}\` for stored bits`, path, "Open the array without `numbers: 'bits'`");
  }
}

function createDecoding(cf: CfDecoding, options: ReadOptions): DecodedRead {
  const decodesValues = options.decode === 'cf';
  const out = resultType(options, decodesValues ? cf.dtype : cf.storedType, false);
  const { storedType, scale, offset, storedRange, decodedRange, nanIsMissing } = cf;
  return {
    out,
    decoding: {
      storedType: dtypeInfo(storedType),
      scale,
      offset,
      single: (options.as === undefined ? cf.dtype : out) === 'float32',
      nanIsMissing,
      missing: cf.missing,
      storedRange,
      decodedRange,
      masked: options.mask === true,
      // Decoding computes in float64, so 64-bit integers whose values do not change must bypass it.
      keepsValues: !decodesValues || !changesValues(cf),
    },
  };
}
