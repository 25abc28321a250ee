/**
 * What `decode` and `mask` ask for, as the native side performs it.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { fillWords } from '../core/fill.js';
import { expected } from '../core/validate.js';
import type { WireDecoding } from '../exec/wire.js';
import { type CfDecoding, cfDecoding, decodeValue, isMissing } from '../formats/cf.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { type ReadOptions, resultType } from './options.js';

/** A read that is decoded. */
export interface DecodedRead {
  readonly out: DType;
  readonly wire: WireDecoding;
  /** The fill value as an element of the result. */
  readonly fill: ArrayLike<number>;
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
  return cf === null ? null : decodedBy(cf, array, options);
}

function decodedBy(cf: CfDecoding, array: ArrayDescriptor, options: ReadOptions): DecodedRead {
  const keepsValues = options.decode !== 'cf';
  const out = resultType(options, keepsValues ? cf.storedType : cf.dtype, false);
  const single = (options.as === undefined ? cf.dtype : out) === 'float32';
  const missing = isMissing(array.fillValue, cf, single);
  const { storedType, scale, offset, storedRange, decodedRange, nanIsMissing } = cf;
  const stored = keepsValues ? array.fillValue : missing ? Number.NaN : decodedFill(array, cf, single);
  return {
    out,
    fill: fillWords(stored, out, null),
    wire: {
      storedType: dtypeInfo(storedType),
      scale,
      offset,
      single,
      nanIsMissing,
      missing: cf.missing,
      storedRange,
      decodedRange,
      masked: options.mask === true,
      keepsValues,
      fillIsMissing: missing,
    },
  };
}

/** The fill value decoded, or as it is where only its type changes: a 64-bit integer does not pass through a double. */
function decodedFill({ fillValue, dtype }: ArrayDescriptor, cf: CfDecoding, single: boolean): number | bigint | null {
  const value = typeof fillValue === 'bigint' || typeof fillValue === 'number' ? fillValue : Number(fillValue ?? 0);
  if (!cf.isPacked && cf.storedType === dtype && dtypeInfo(cf.dtype).kind !== 'f') return value;
  return decodeValue(Number(value), cf, single);
}
