/**
 * Describes numbers that no element type represents because they have few or unusual bits, such as bfloat16, float8 and
 * int4. Floats are read as float32 or float64, integers as the smallest integer type, so that all values are
 * represented. The option `numbers: 'bits'` asks for the stored bits instead, as unsigned integers.
 * @module
 */
import type { CodecSpec } from '../codecs/codec.js';
import { type ByteOrder, type DType, dtypeInfo } from '../core/dtype.js';

/**
 * Kinds of floats, by the bit patterns that mean NaN or infinity ({@link FloatBits.specials}). The position in this
 * list is a parameter of the codec.
 */
const specialKinds = ['ieee', 'highest-nan', 'negative-zero', 'none'] as const;

/** Bits of a float. Bit 0 is the lowest one. */
export interface FloatBits {
  readonly storedBytes: number;
  readonly sign: number;
  readonly exponentAt: number;
  readonly exponentSize: number;
  readonly mantissaAt: number;
  readonly mantissaSize: number;
  readonly bias: number;
  /**
   * `ieee`: the highest exponent means infinity and NaN. `highest-nan`: only all ones (without the sign) is NaN.
   * `negative-zero`: only negative zero is NaN. `none`: all values are numbers.
   */
  readonly specials: (typeof specialKinds)[number];
}

/** Bits of an integer. Bit 0 is the lowest one. */
export interface IntegerBits {
  readonly storedBytes: number;
  readonly offset: number;
  readonly precision: number;
  readonly signed: boolean;
}

/** What is read of numbers that no element type represents: their values, or their stored bits. */
export type NumberForm = 'values' | 'bits';

/** Values of the option `numbers`. */
export const numberForms = ['values', 'bits'] as const satisfies readonly NumberForm[];

/** Advice for errors about fields of records, which are not converted. */
export const bitsHint = "Open the array with `numbers: 'bits'` to read the stored bits";

/** A number that is converted when it is read. */
export interface SmallNumber {
  /** Name of the type, such as `bfloat16` or `int4`. */
  readonly name: string;
  /** Element type of the converted values. */
  readonly dtype: DType;
  /** Size of a stored number. */
  readonly storedBytes: number;
  readonly kind: 'float' | 'integer';
  /** Number of bits below the sign of a float; 0 for an integer. */
  readonly magnitudeBits: number;
  /** Range of an integer; [-Infinity, Infinity] for a float. */
  readonly range: readonly [number | bigint, number | bigint];
  /** Bits of NaN and of infinity; null if the type has none. */
  readonly nanBits: bigint | null;
  readonly infinityBits: bigint | null;
  /** Returns the codec that converts stored numbers to `dtype`, in the byte order of the machine. */
  spec(byteOrder: ByteOrder): CodecSpec;
  /** Returns the value of a stored number. A number (instead of a bigint) for `bits` must be below 2^53. */
  valueOf(bits: bigint | number): number | bigint;
}

const mask = (size: number): bigint => (1n << BigInt(size)) - 1n;
const fieldOf = (bits: bigint, at: number, size: number): bigint => (bits >> BigInt(at)) & mask(size);

/** Returns a field of at most 53 bits. Faster if `bits` is a number. */
function numberOf(bits: bigint | number, at: number, size: number): number {
  return typeof bits === 'bigint' ? Number(fieldOf(bits, at, size)) : Math.floor(bits / 2 ** at) % 2 ** size;
}

function floatValue(f: FloatBits, bits: bigint | number): number {
  const isNegative = numberOf(bits, f.sign, 1) === 1;
  const exponent = numberOf(bits, f.exponentAt, f.exponentSize);
  const mantissa = numberOf(bits, f.mantissaAt, f.mantissaSize);
  const isHighest = exponent === 2 ** f.exponentSize - 1;
  if (f.specials === 'ieee' && isHighest && mantissa > 0) return Number.NaN;
  if (f.specials === 'highest-nan' && isHighest && mantissa === 2 ** f.mantissaSize - 1) return Number.NaN;
  if (f.specials === 'negative-zero' && isNegative && exponent === 0 && mantissa === 0) return Number.NaN;
  const digits = exponent === 0 ? mantissa : mantissa + 2 ** f.mantissaSize;
  const scale = Math.max(exponent, 1) - f.bias - f.mantissaSize;
  // Multiplies twice, because 2 ** scale alone may be 0.
  const half = Math.trunc(scale / 2);
  const magnitude =
    f.specials === 'ieee' && isHighest ? Number.POSITIVE_INFINITY : digits * 2 ** half * 2 ** (scale - half);
  return isNegative ? -magnitude : magnitude;
}

/** Returns the bits of NaN, as ml_dtypes chooses them; null if all values are numbers. */
function nanBitsOf({ specials, sign, exponentAt, exponentSize, mantissaAt, mantissaSize }: FloatBits): bigint | null {
  const exponent = mask(exponentSize) << BigInt(exponentAt);
  switch (specials) {
    case 'ieee':
      return exponent | (1n << BigInt(mantissaAt + mantissaSize - 1));
    case 'highest-nan':
      return exponent | (mask(mantissaSize) << BigInt(mantissaAt));
    case 'negative-zero':
      return 1n << BigInt(sign);
    case 'none':
      return null;
  }
}

/** True if a float with `digits` mantissa bits and exponents in [lowest, highest] represents all values. */
function fits(f: FloatBits, digits: number, lowest: number, highest: number): boolean {
  const top = 2 ** f.exponentSize - (f.specials === 'ieee' ? 2 : 1) - f.bias;
  return f.mantissaSize <= digits && top <= highest && 1 - f.bias - f.mantissaSize >= lowest;
}

/** Returns the name of a float: `bfloat16`, or the number of its bits, of its exponent and of its mantissa. */
function floatName({ exponentSize, mantissaSize }: FloatBits): string {
  if (exponentSize === 8 && mantissaSize === 7) return 'bfloat16';
  return `float${1 + exponentSize + mantissaSize}_e${exponentSize}m${mantissaSize}`;
}

/**
 * Returns the description of a float; null if its bits are not inside an element of at most 8 bytes, if it has no
 * exponent or no mantissa, or if neither float32 nor float64 represents all its values.
 */
export function smallFloat(f: FloatBits): SmallNumber | null {
  const { storedBytes, sign, exponentAt, exponentSize, mantissaAt, mantissaSize, bias } = f;
  const bits = 8 * storedBytes;
  const isInside = sign < bits && exponentAt + exponentSize <= bits && mantissaAt + mantissaSize <= bits;
  if (!isInside || storedBytes > 8 || exponentSize < 1 || exponentSize > 11 || mantissaSize < 1 || bias > 2048)
    return null;
  const dtype = fits(f, 23, -149, 127) ? 'float32' : fits(f, 52, -1074, 1023) ? 'float64' : null;
  if (dtype === null) return null;
  const specials = specialKinds.indexOf(f.specials);
  const infinity = mask(exponentSize) << BigInt(exponentAt);
  return {
    name: floatName(f),
    dtype,
    storedBytes,
    kind: 'float',
    magnitudeBits: sign,
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    nanBits: nanBitsOf(f),
    infinityBits: f.specials === 'ieee' ? infinity : null,
    spec: (byteOrder) => ({
      codec: 'smallFloat',
      params: [
        ...[storedBytes, byteOrder === 'big' ? 1 : 0, sign, exponentAt, exponentSize, mantissaAt, mantissaSize],
        ...[bias, specials, dtype === 'float32' ? 4 : 8],
      ],
    }),
    valueOf: (stored) => floatValue(f, stored),
  };
}

const integers: ReadonlyMap<number, readonly [DType, DType]> = new Map([
  [1, ['uint8', 'int8']],
  [2, ['uint16', 'int16']],
  [4, ['uint32', 'int32']],
  [8, ['uint64', 'int64']],
]);

/** Returns the description of an integer; null if its bits are not inside an element of at most 8 bytes. */
export function smallInteger({ storedBytes, offset, precision, signed }: IntegerBits): SmallNumber | null {
  if (precision < 1 || storedBytes > 8 || offset + precision > 8 * storedBytes) return null;
  const decodedBytes = [1, 2, 4, 8].find((bytes) => 8 * bytes >= precision) ?? 8;
  const dtype = integers.get(decodedBytes)?.[signed ? 1 : 0] ?? 'uint8';
  const limit = 1n << BigInt(signed ? precision - 1 : precision);
  const toValue = (value: bigint): number | bigint => (decodedBytes === 8 ? value : Number(value));
  return {
    name: `${signed ? 'int' : 'uint'}${precision}`,
    dtype,
    storedBytes,
    kind: 'integer',
    magnitudeBits: 0,
    range: [toValue(signed ? -limit : 0n), toValue(limit - 1n)],
    nanBits: null,
    infinityBits: null,
    spec: (byteOrder) => ({
      codec: 'smallInteger',
      params: [storedBytes, byteOrder === 'big' ? 1 : 0, offset, precision, signed ? 1 : 0, decodedBytes],
    }),
    valueOf: (stored) => {
      const value = fieldOf(BigInt(stored), offset, precision);
      return toValue(signed ? BigInt.asIntN(precision, value) : value);
    },
  };
}

/** Element type of stored bits. */
export interface StoredBits {
  readonly dtype: DType;
  /** Set if no element type has the stored size, so that the bits are converted to a wider one. */
  readonly small?: SmallNumber;
}

/** Returns the element type of the stored bits of a number: the smallest unsigned integer that contains them. */
export function storedBits({ storedBytes }: SmallNumber): StoredBits {
  const precision = 8 * storedBytes;
  const wide = smallInteger({ storedBytes, offset: 0, precision, signed: false });
  const dtype = wide?.dtype ?? 'uint64';
  return wide === null || dtypeInfo(dtype).size === storedBytes ? { dtype } : { dtype, small: wide };
}

/** An element type for numbers that no element type represents. */
export interface SmallElement {
  readonly dtype: DType;
  /** Set if stored numbers are converted to `dtype`. */
  readonly small?: SmallNumber;
  /** The numbers whose stored bits are the elements. Absent if elements are values. */
  readonly bitsOf?: SmallNumber;
}

/** Returns the stored type of numbers in words, for {@link ArrayDescriptor.storedAs}. */
export function storedName({ name }: SmallNumber, numbers: NumberForm): string {
  return numbers === 'values' ? name : `bits of ${name}`;
}

/** Returns the element type of the values of `small`, or of their stored bits. */
export function smallElement(small: SmallNumber, numbers: NumberForm): SmallElement {
  return numbers === 'values' ? { dtype: small.dtype, small } : { ...storedBits(small), bitsOf: small };
}

/**
 * Returns the bits of the value that is nearest to `value`; of two such values, the one whose lowest bit is 0. Returns
 * null if `value` is NaN or infinite and the type has no such value. The sign of a float must be above the other bits.
 * A negative integer has its sign in all higher bits of the stored bytes.
 */
export function nearestBits(value: number | bigint, small: SmallNumber): bigint | null {
  if (small.kind === 'integer') return BigInt.asUintN(8 * small.storedBytes, BigInt(value));
  const number = Number(value);
  if (Number.isNaN(number)) return small.nanBits;
  const sign = number < 0 || Object.is(number, -0) ? 1n << BigInt(small.magnitudeBits) : 0n;
  if (!Number.isFinite(number)) return small.infinityBits === null ? null : small.infinityBits | sign;
  const magnitude = Math.abs(number);
  const valueAt = (bits: number): number => {
    const found = Number(small.valueOf(bits));
    return Number.isFinite(found) ? found : Number.POSITIVE_INFINITY;
  };
  // Finite values of positive sign ascend with their bits.
  let low = 0;
  let high = 2 ** small.magnitudeBits;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (valueAt(middle) <= magnitude) low = middle;
    else high = middle;
  }
  const below = valueAt(low);
  const above = high < 2 ** small.magnitudeBits ? valueAt(high) : Number.POSITIVE_INFINITY;
  const [down, up] = [magnitude - below, above - magnitude];
  return BigInt(down < up || (down === up && low % 2 === 0) ? low : high) | sign;
}

/** Returns the value of a type that is nearest to the finite number `value`, as {@link nearestBits} chooses it. */
export function nearestFloat(value: number, small: SmallNumber): number {
  const bits = nearestBits(value, small);
  return bits === null ? Number.NaN : Number(small.valueOf(bits));
}

/** Maximum number of bits of the types whose values {@link bitsWhere} examines. */
const maxExaminedBytes = 2;

/** Returns all bits whose values satisfy `holds`; null if the type has too many bits to examine. */
export function bitsWhere(small: SmallNumber, holds: (value: number) => boolean): number[] | null {
  if (small.storedBytes > maxExaminedBytes) return null;
  const found: number[] = [];
  for (let bits = 0; bits < 2 ** (8 * small.storedBytes); bits++) {
    if (holds(Number(small.valueOf(bits)))) found.push(bits);
  }
  return found;
}
