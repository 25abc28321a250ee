/**
 * Decodes stored values by the CF conventions and the NetCDF User's Guide: packing, missing values, valid ranges and
 * unsigned integers. Chooses result types as xarray does. See docs/formats/cf.md.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import type { ArrayDescriptor, Scaling } from './format.js';
import { bitsWhere, type SmallNumber } from './small-numbers.js';

/** Parameters to decode an array. */
export interface CfDecoding {
  /**
   * Type in which stored bytes are interpreted. Differs from the array's type if the attribute `_Unsigned` changes it.
   */
  readonly storedType: DType;
  /** Type of the decoded values. */
  readonly dtype: DType;
  /** True if values are scaled or shifted. */
  readonly isPacked: boolean;
  /** Scale and offset: `value = stored * scale + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** Stored values (other than NaN) that mean "missing". */
  readonly missing: readonly number[];
  /** True if NaN means "missing". */
  readonly nanIsMissing: boolean;
  /** Inclusive ranges of stored and decoded values. A value outside is missing. */
  readonly storedRange: readonly [number, number];
  readonly decodedRange: readonly [number, number];
}

type Range = readonly [number, number];
const everything: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** Signed integer types by the unsigned type of the same size; {@link unsignedTypes} is the inverse. */
const signedTypes: Readonly<Record<string, DType>> = {
  uint8: 'int8',
  uint16: 'int16',
  uint32: 'int32',
  uint64: 'int64',
};
const unsignedTypes: Readonly<Record<string, DType>> = {
  int8: 'uint8',
  int16: 'uint16',
  int32: 'uint32',
  int64: 'uint64',
};

/**
 * Returns the linear mapping of `scale_factor` and `add_offset`. Returns null if neither is a finite number or a list
 * of one finite number.
 */
export function cfScaling(attributes: Readonly<Record<string, unknown>>): Scaling | null {
  const { scale, offset } = packingOf(attributes);
  return scale === null && offset === null ? null : { scale: scale ?? 1, offset: offset ?? 0 };
}

function packingOf(attributes: Readonly<Record<string, unknown>>): Record<'scale' | 'offset', number | null> {
  const numberOf = (name: string): number | null => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    const number = typeof one === 'number' || typeof one === 'bigint' ? Number(one) : Number.NaN;
    return Number.isFinite(number) ? number : null;
  };
  return { scale: numberOf('scale_factor'), offset: numberOf('add_offset') };
}

/**
 * Returns the decoding that the attributes of `array` describe; null if they describe none. If the elements are stored
 * bits, the decoding only finds the missing elements.
 * @throws {UnsupportedError} if the array is complex and its attributes describe a decoding, or if the bits of missing
 *   elements cannot be listed.
 */
export function cfDecoding(array: ArrayDescriptor): CfDecoding | null {
  const { bitsOf } = array;
  if (bitsOf === undefined) return valueDecoding(array);
  const values = valueDecoding({ ...array, dtype: bitsOf.dtype });
  return values === null ? null : bitsDecoding(array, values, bitsOf);
}

/** Maximum number of bit patterns that mean "missing". Each one is compared with every element. */
const maxMissingBits = 1024;

/** Returns the decoding of stored bits, which are missing if `values` says so of the numbers that they represent. */
function bitsDecoding(array: ArrayDescriptor, values: CfDecoding, small: SmallNumber): CfDecoding {
  const missing = bitsWhere(small, (value) => isMissing(inType(value, values.storedType), values));
  if (missing === null || missing.length > maxMissingBits) {
    const what = 'a mask of the stored bits of these numbers';
    throw new UnsupportedError(what, array.path, "Read the mask without `numbers: 'bits'`");
  }
  const { dtype } = array;
  const isPlain = { isPacked: false, scale: 1, offset: -0, nanIsMissing: false } as const;
  return { ...isPlain, storedType: dtype, dtype, missing, storedRange: everything, decodedRange: everything };
}

function isMissing(value: number, cf: CfDecoding): boolean {
  if (Number.isNaN(value)) return cf.nanIsMissing;
  const decoded = value * cf.scale + cf.offset;
  const isInside = ([low, high]: Range, one: number): boolean => one >= low && one <= high;
  return cf.missing.includes(value) || !isInside(cf.storedRange, value) || !isInside(cf.decodedRange, decoded);
}

function valueDecoding(array: ArrayDescriptor): CfDecoding | null {
  const numbers = new NumberAttributes(array);
  const storedType = storedTypeOf(array);
  const fills = [...numbers.list('missing_value'), ...numbers.list('_FillValue')];
  if (array.fillIsMissing === true && !Object.hasOwn(array.attributes, '_FillValue'))
    fills.push(...fillNumber(array.fillValue));
  const { scale, offset } = packingOf(array.attributes);
  const isPacked = scale !== null || offset !== null;
  const range = validRange(numbers);
  if (storedType === array.dtype && fills.length === 0 && !isPacked && range === null) return null;
  const { kind, size } = dtypeInfo(storedType);
  if (kind === 'c') throw new UnsupportedError('CF decoding of complex numbers', array.path);

  const own = (value: number): number => inType(value, storedType);
  const missing = [...new Set(fills.filter((value) => !Number.isNaN(value)).map(own))];
  const nanIsMissing = kind === 'f' && fills.some(Number.isNaN);
  const ofDecoded = isPacked && range !== null && numbers.hasFloatRange() && kind !== 'f';
  const storedRange: Range = range === null || ofDecoded ? everything : [own(range[0]), own(range[1])];
  const packedType = (): DType => packedFloat(storedType, numbers.type('scale_factor'), numbers.type('add_offset'));
  let dtype: DType = storedType;
  // Like xarray, keeps the type of packed floats if NaN is their only missing value.
  if (isPacked) dtype = missing.length === 0 && nanIsMissing ? storedType : packedType();
  else if (kind !== 'f' && (missing.length > 0 || range !== null)) dtype = size <= 2 ? 'float32' : 'float64';
  // Numbers of JSON attributes have no type. As in NumPy, arithmetic with float32 arrays rounds them to float32.
  const factor = array.attributeTypes === undefined && dtype === 'float32' ? Math.fround : Number;
  return {
    storedType,
    dtype,
    isPacked,
    scale: factor(scale ?? 1),
    offset: factor(offset ?? -0),
    missing,
    nanIsMissing,
    storedRange,
    decodedRange: range !== null && ofDecoded ? range : everything,
  };
}

/** True if decoding scales values or replaces some by NaN. If false, decoding changes at most the type. */
export function changesValues({ isPacked, missing, storedRange, decodedRange }: CfDecoding): boolean {
  return isPacked || missing.length > 0 || storedRange !== everything || decodedRange !== everything;
}

function storedTypeOf({ attributes, dtype }: ArrayDescriptor): DType {
  const unsigned = attributes['_Unsigned'];
  if (unsigned === 'true') return unsignedTypes[dtype] ?? dtype;
  return unsigned === 'false' ? (signedTypes[dtype] ?? dtype) : dtype;
}

/**
 * Converts `value` to an element of `dtype`. An integer may fit only into the other type of the same size (signed
 * instead of unsigned, or the reverse). It then becomes the element of `dtype` with the same bits. Other values do not
 * change, except that float32 rounds.
 */
function inType(value: number, dtype: DType): number {
  const { kind, size } = dtypeInfo(dtype);
  if (dtype === 'float32') return Math.fround(value);
  if (kind === 'f' || kind === 'b' || !Number.isInteger(value)) return value;
  const bits = 8 * size;
  const low = kind === 'i' ? -(2 ** (bits - 1)) : 0;
  if (value >= low && value < low + 2 ** bits) return value;
  const sameBits = value >= -(2 ** (bits - 1)) && value < 2 ** bits;
  return sameBits ? (value < low ? value + 2 ** bits : value - 2 ** bits) : value;
}

/**
 * Returns the type of decoded packed values.
 * @param scale, offset types of the attributes; null if an attribute is absent.
 */
function packedFloat(stored: DType, scale: DType | null, offset: DType | null): DType {
  const isFloat = (type: DType | null): boolean => type === 'float32' || type === 'float64';
  if (scale !== null && scale === offset && isFloat(scale)) {
    const { kind, size } = dtypeInfo(stored);
    return size === 4 && (kind === 'i' || kind === 'u') ? 'float64' : scale;
  }
  // Deviates from xarray. For an integer scale, xarray chooses an integer type, which cannot represent missing values.
  return offset === null && scale !== null && isFloat(scale) ? scale : 'float64';
}

function validRange(numbers: NumberAttributes): Range | null {
  const both = numbers.list('valid_range');
  if (both.length === 2) return [both[0] ?? everything[0], both[1] ?? everything[1]];
  const low = numbers.first('valid_min');
  const high = numbers.first('valid_max');
  return low === null && high === null ? null : [low ?? everything[0], high ?? everything[1]];
}

function fillNumber(fill: FillValue): number[] {
  return typeof fill === 'number' || typeof fill === 'bigint' ? [Number(fill)] : [];
}

/** Access to the numeric attributes of an array. */
class NumberAttributes {
  readonly #array: ArrayDescriptor;

  constructor(array: ArrayDescriptor) {
    this.#array = array;
  }

  list(name: string): number[] {
    const { attributes } = this.#array;
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => {
      if (typeof one === 'number' || typeof one === 'bigint') return [Number(one)];
      const parsed = name === '_FillValue' && this.#array.format === 'zarr' ? zarrFloat(one) : null;
      return parsed === null ? [] : [parsed];
    });
  }

  first(name: string): number | null {
    const [value, ...more] = this.list(name);
    return value === undefined || more.length > 0 ? null : value;
  }

  /** Returns the type of an attribute; null if it has no numbers. JSON numbers are float64. */
  type(name: string): DType | null {
    return this.list(name).length === 0 ? null : (this.#array.attributeTypes?.[name] ?? 'float64');
  }

  hasFloatRange(): boolean {
    return ['valid_range', 'valid_min', 'valid_max'].some((name) => {
      const type = this.type(name);
      if (type === null || dtypeInfo(type).kind !== 'f') return false;
      return this.#array.attributeTypes !== undefined || this.list(name).some((value) => !Number.isInteger(value));
    });
  }
}

/**
 * Parses `_FillValue` of Zarr v3 floats. xarray writes a little-endian float64 in base64, other programs write "NaN".
 */
function zarrFloat(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  if (value === 'NaN') return Number.NaN;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === 8 && bytes.toString('base64') === value ? bytes.readDoubleLE(0) : null;
}
