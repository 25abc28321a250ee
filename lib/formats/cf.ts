/**
 * What stored values mean by the CF conventions and the NetCDF User's Guide: packing, missing values, valid ranges, unsigned
 * integers. Types are chosen as xarray chooses them. See docs/formats/cf.md.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { UnsupportedError } from '../core/errors.js';
import type { FillValue } from '../core/fill.js';
import type { ArrayDescriptor, Scaling } from './format.js';

/** How an array is decoded. */
export interface CfDecoding {
  /** The type as which stored bytes are taken: another one than the array's where `_Unsigned` says so. */
  readonly storedType: DType;
  /** The type of the decoded values. */
  readonly dtype: DType;
  /** Whether values are scaled or shifted. */
  readonly isPacked: boolean;
  /** `value = stored * scale + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** Stored values that are missing, NaN not among them. */
  readonly missing: readonly number[];
  /** Whether a NaN is one of the missing values. */
  readonly nanIsMissing: boolean;
  /** Inclusive ranges of the stored and of the decoded values; outside of them a value is missing. */
  readonly storedRange: readonly [number, number];
  readonly decodedRange: readonly [number, number];
}

type Range = readonly [number, number];
const everything: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The type of the same size with or without a sign. */
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
 * The linear mapping that `scale_factor` and `add_offset` mean, in every format that has attributes; null where neither
 * is a number. One that is no finite number, nor a list of one, counts as absent.
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
 * How the attributes of `array` say that it is to be decoded; null where they say nothing.
 * @throws {UnsupportedError} when they say it of complex numbers.
 */
export function cfDecoding(array: ArrayDescriptor): CfDecoding | null {
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
  // xarray leaves the type of floats whose only missing value is NaN, even when they are packed.
  if (isPacked) dtype = missing.length === 0 && nanIsMissing ? storedType : packedType();
  else if (kind !== 'f' && (missing.length > 0 || range !== null)) dtype = size <= 2 ? 'float32' : 'float64';
  // Numbers of JSON have no type of their own: in arithmetic on float32 arrays they are float32.
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

/** Whether stored values become others: scaled ones, or NaN. Otherwise only their type may be another one. */
export function changesValues({ isPacked, missing, storedRange, decodedRange }: CfDecoding): boolean {
  return isPacked || missing.length > 0 || storedRange !== everything || decodedRange !== everything;
}

function storedTypeOf({ attributes, dtype }: ArrayDescriptor): DType {
  const unsigned = attributes['_Unsigned'];
  if (unsigned === 'true') return unsignedTypes[dtype] ?? dtype;
  return unsigned === 'false' ? (signedTypes[dtype] ?? dtype) : dtype;
}

/** `value` as an element of `dtype`: integers wrap, as bytes that are taken for another type do. */
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

/** The type that packed values are decoded to; `null` where the attribute is absent. */
function packedFloat(stored: DType, scale: DType | null, offset: DType | null): DType {
  const isFloat = (type: DType | null): boolean => type === 'float32' || type === 'float64';
  if (scale !== null && scale === offset && isFloat(scale)) {
    const { kind, size } = dtypeInfo(stored);
    return size === 4 && (kind === 'i' || kind === 'u') ? 'float64' : scale;
  }
  // An integer as scale would make the result one in xarray, which has no room for what is missing.
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

/** The attributes of an array that are numbers, or lists of them. */
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

  /** The type of an attribute that is there; numbers of JSON are float64. */
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

/** xarray writes `_FillValue` of floats into Zarr v3 as base64 of a little-endian float64; others write names. */
function zarrFloat(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  if (value === 'NaN') return Number.NaN;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === 8 && bytes.toString('base64') === value ? bytes.readDoubleLE(0) : null;
}
