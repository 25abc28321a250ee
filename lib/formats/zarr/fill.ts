/**
 * Parses the fill values of both versions of Zarr.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/data-types/index.html (Permitted fill values)
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html (Fill value encoding)
 * @module
 */
import { decodeBase64 } from '../../core/base64.js';
import { dtypeInfo } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { float16OfBits } from '../../core/float16.js';
import { nearestBits, nearestFloat, type SmallNumber } from '../small-numbers.js';
import type { ElementType } from './element.js';
import { asArray, asInteger, fieldError, inside, type Place, show } from './fields.js';
import type { Json } from './json.js';

const notATime = -(2n ** 63n);

/**
 * Parses a fill value as a value of the element's dtype.
 * @throws {FormatError} if it is not of that type, or is out of range.
 * @throws {UnsupportedError} if the characters of a string or the bytes of a byte sequence are not all equal.
 */
export function parseFill(value: Json | undefined, element: ElementType, place: Place): FillValue {
  switch (element.kind) {
    case 'record':
      return null; // recordFill() returns the fill value of records.
    case 'variable-text':
    case 'variable-bytes':
      return null; // parseVariableFill() returns their fill value.
    case 'bytes':
      return uniform(fillOfBytes(value, element, place), element, place);
    case 'utf32':
      return uniform(fillOfText(value, place), element, place);
    case 'datetime':
    case 'timedelta':
      return value === 'NaT' ? notATime : parseInteger(value, element, place);
    case 'number':
      return parseNumber(value, element, place);
  }
}

/**
 * Converts a v2 fill value that is a number in text form (`"0"`, `"1e20"`, `"nan"`, `"-inf"`) to a form that {@link
 * parseFill} accepts. Returns other values unchanged. NumPy, and so libraries that are based on it, accept such texts.
 */
export function textFill(value: Json, element: ElementType): Json {
  if (typeof value !== 'string' || element.kind !== 'number') return value;
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(value);
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return 'NaN';
    return special[1] === '-' ? '-Infinity' : 'Infinity';
  }
  if (/^[+-]?[0-9]{1,20}$/.test(value)) return BigInt(value.replace('+', ''));
  return /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(value) ? Number(value) : value;
}

function parseNumber(value: Json | undefined, element: ElementType, place: Place): FillValue {
  const { kind, size } = dtypeInfo(element.dtype);
  if (element.bitsOf !== undefined) return parseBits(value, element.bitsOf, element, place);
  if (element.small !== undefined) return parseSmall(value, element.small, element, place);
  switch (kind) {
    case 'b':
      if (typeof value === 'boolean') return value;
      if (value === 0 || value === 1) return value === 1;
      throw fieldError(place, 'true or false', value);
    case 'i':
    case 'u':
      return parseInteger(value, element, place);
    case 'f':
      return parseReal(value, size, place);
    case 'c': {
      if (typeof value === 'number') return [parseReal(value, size / 2, place), 0];
      const parts = asArray(value, place);
      if (parts.length !== 2) throw fieldError(place, 'a pair of numbers', value);
      const [re, im] = parts.map((part, i) => parseReal(part, size / 2, inside(place, i)));
      return [re ?? 0, im ?? 0];
    }
  }
}

/** Parses a number like {@link parseSmall}, and returns its stored bits. @throws {UnsupportedError} if it has none. */
function parseBits(value: Json | undefined, small: SmallNumber, element: ElementType, place: Place): FillValue {
  const digits = hexDigits(value, small);
  if (digits !== null) return Number(`0x${digits}`);
  const bits = nearestBits(parseSmall(value, small, { ...element, dtype: small.dtype }, place), small);
  if (bits !== null) return Number(bits);
  throw new UnsupportedError(`the stored bits of the Zarr fill value ${show(value)}`, place.path);
}

/** Returns the digits of a text of all bits of a float in hexadecimal digits; null for other values. */
function hexDigits(value: Json | undefined, small: SmallNumber): string | null {
  const digits = typeof value === 'string' ? /^0[xX]([0-9a-fA-F]+)$/.exec(value)?.[1] : undefined;
  return small.kind === 'float' && digits?.length === 2 * small.storedBytes ? digits : null;
}

/** Parses a number, or the bits of a float in hexadecimal digits. Rounds a number to the nearest value of the type. */
function parseSmall(value: Json | undefined, small: SmallNumber, element: ElementType, place: Place): number | bigint {
  if (small.kind === 'integer') {
    const given = parseInteger(value, element, place);
    const [low, high] = small.range;
    if (given < low || given > high) throw fieldError(place, `an integer from ${low} to ${high}`, value);
    return given;
  }
  const digits = hexDigits(value, small);
  if (digits !== null) return small.valueOf(BigInt(`0x${digits}`));
  const given = parseReal(value, 8, place);
  return Number.isFinite(given) ? nearestFloat(given, small) : given;
}

function parseInteger(value: Json | undefined, element: ElementType, place: Place): number | bigint {
  const { kind, size } = dtypeInfo(element.dtype);
  const bits = BigInt(size * 8);
  const low = kind === 'i' ? -(2n ** (bits - 1n)) : 0n;
  const high = kind === 'i' ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n;
  const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  const exact = isWhole ? BigInt(value) : null;
  if (exact === null || exact < low || exact > high)
    throw fieldError(place, `an integer from ${low} to ${high}`, value);
  return size === 8 ? exact : Number(exact);
}

function parseReal(value: Json | undefined, size: number, place: Place): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  switch (value) {
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case '-Infinity':
      return Number.NEGATIVE_INFINITY;
  }
  if (typeof value === 'string') {
    const digits = /^0[xX]([0-9a-fA-F]+)$/.exec(value)?.[1];
    if (digits !== undefined && digits.length === size * 2) return floatOfBits(BigInt(`0x${digits}`), size);
  }
  throw fieldError(place, `a number, 'NaN', 'Infinity', '-Infinity' or '0x' and ${size * 2} hexadecimal digits`, value);
}

function floatOfBits(bits: bigint, size: number): number {
  const view = new DataView(new ArrayBuffer(8));
  if (size === 2) return float16OfBits(Number(bits));
  if (size === 4) {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/**
 * Parses the fill value of records: the bytes of a record, in base64 or as a list. A fill value that is too short
 * continues with zeros. Returns null for 0, null and an absent value, which mean that all bytes are zeros.
 */
export function recordFill(value: Json | undefined, element: ElementType, place: Place): Uint8Array | null {
  if (value === null || value === undefined || value === 0) return null;
  const size = element.width ?? 0;
  const bytes = fillOfBytes(value, element, place);
  if (bytes.length > size) throw fieldError(place, `at most ${size} bytes`, bytes.length);
  const fill = new Uint8Array(size);
  fill.set(bytes);
  return fill;
}

/** Parses bytes: base64, an array of integers, or 0 for zeros. Files contain all three forms. */
function fillOfBytes(value: Json | undefined, element: ElementType, place: Place): readonly number[] {
  if (value === 0) return [];
  if (typeof value === 'string') return bytesOfBase64(value, place);
  const list = asArray(value, place);
  if (list.length !== element.width) throw fieldError(place, `${element.width} integers`, value);
  return list.map((item, i) => asInteger(item, inside(place, i), 0, 255));
}

function fillOfText(value: Json | undefined, place: Place): readonly number[] {
  if (value === 0) return [];
  if (typeof value !== 'string') throw fieldError(place, 'a string', value);
  return Array.from(value, (c) => c.codePointAt(0) ?? 0);
}

function bytesOfBase64(text: string, place: Place): readonly number[] {
  const bytes = decodeBase64(text, 'none');
  if (bytes === null) throw fieldError(place, 'a string in base64', text);
  return [...bytes];
}

/**
 * Returns the value that all bytes or characters of an element have. A fill value that is too short continues with
 * zeros, as in NumPy.
 * @throws {UnsupportedError} if they are not all equal.
 */
function uniform(values: readonly number[], element: ElementType, place: Place): number {
  const width = element.width ?? 1;
  if (values.length > width) throw fieldError(place, `at most ${width} bytes or characters`, values.length);
  const first = values[0] ?? 0;
  if (values.some((v) => v !== first) || (first !== 0 && values.length < width)) {
    throw new UnsupportedError('a Zarr fill value with different bytes or characters', place.path);
  }
  return first;
}
