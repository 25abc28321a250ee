/**
 * Parses fill values in `tiles.json`.
 * @module
 */
import { type DType, dtypeInfo } from '../../core/dtype.js';
import type { FillValue } from '../../core/fill.js';

const names: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };

/** Returns a JSON number, or the value of 'NaN', 'Infinity' or '-Infinity'. Returns undefined for other values. */
function realOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(names, value) ? names[value] : undefined;
}

/** Returns the smallest and the largest integer with `bits` bits. */
function integerRange(signed: boolean, bits: number): readonly [bigint, bigint] {
  const span = 1n << BigInt(bits);
  return signed ? [-(span / 2n), span / 2n - 1n] : [0n, span - 1n];
}

/**
 * Parses a fill value of type `dtype`. null and undefined mean no fill value. Integers may be strings of digits, which
 * is necessary beyond 2^53. Complex numbers are pairs, or single numbers without imaginary part.
 * @returns undefined if the value does not fit the type.
 */
export function parseJsonFill(value: unknown, dtype: DType): FillValue | undefined {
  if (value === undefined || value === null) return null;
  const { kind, size } = dtypeInfo(dtype);
  if (kind === 'b') return value === true || value === 1 ? true : value === false || value === 0 ? false : undefined;
  if (kind === 'f') return realOf(value);
  if (kind === 'c') {
    const parts: readonly unknown[] = Array.isArray(value) ? value : [value, 0];
    const [re, im] = parts.map(realOf);
    return parts.length === 2 && re !== undefined && im !== undefined ? [re, im] : undefined;
  }
  const isInteger = Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value));
  if (!isInteger) return undefined;
  const integer = BigInt(value as number | string);
  const [least, greatest] = integerRange(kind === 'i', size * 8);
  if (integer < least || integer > greatest) return undefined;
  return size === 8 ? integer : Number(integer);
}
