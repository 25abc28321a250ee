/**
 * What `decode` and `mask` ask for, as the native side performs it.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { expected } from '../core/validate.js';
import { type CfDecoding, cfDecoding, changesValues } from '../formats/cf.js';
import type { ArrayDescriptor } from '../formats/format.js';
import type { Decoding } from '../plan/output.js';
import type { ReadOptions } from './options.js';
import { resultType } from './settings.js';

/** A read that is decoded. */
export interface DecodedRead {
  readonly out: DType;
  readonly decoding: Decoding;
}

/**
 * How `array` is decoded for `options`; null where they ask for nothing, or its attributes say nothing.
 * @throws {TypeError} for options that do not fit each other. @throws {UnsupportedError} as {@link cfDecoding}.
 */
export function decodedRead(array: ArrayDescriptor, options: ReadOptions | undefined): DecodedRead | null {
  if (options?.decode === undefined && options?.mask === undefined) return null;
  const { decode, mask = false, scaled, as } = options;
  if (decode !== undefined && decode !== 'cf') throw expected("'cf'", 'options.decode', decode);
  if (typeof mask !== 'boolean') throw expected('a boolean', 'options.mask', mask);
  if (scaled === true && (decode === 'cf' || mask)) {
    throw expected("none with `decode: 'cf'` or `mask: true`", 'options.scaled', scaled);
  }
  if (decode === undefined && !mask) return null;
  const cf = cfDecoding(array);
  if (decode === 'cf' && as !== undefined && dtypeInfo(resultType(options, array.dtype, false)).kind !== 'f') {
    throw expected("a float type with `decode: 'cf'`, since what is missing is NaN", 'options.as', as);
  }
  return cf === null ? null : decodedBy(cf, options);
}

function decodedBy(cf: CfDecoding, options: ReadOptions): DecodedRead {
  const isAsked = options.decode === 'cf';
  const out = resultType(options, isAsked ? cf.dtype : cf.storedType, false);
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
      // Decoding computes in float64: 64-bit integers of which only the type changes must not pass through it.
      keepsValues: !isAsked || !changesValues(cf),
    },
  };
}
