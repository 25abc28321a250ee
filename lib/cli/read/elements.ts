/**
 * Accesses single elements of results.
 * @module
 */
import type { DType, TypedArray } from '../../index.js';

/** One element in printable form: a number, a 64-bit integer, a boolean, or a [re, im] pair. */
export type Element = number | bigint | boolean | readonly [re: number, im: number];

/** True if elements of `dtype` are pairs. */
export const isComplex = (dtype: DType): boolean => dtype === 'complex64' || dtype === 'complex128';

/**
 * Returns the type to which a read must convert elements, so that JavaScript can compute with them; undefined if they
 * can stay as they are. Not all runtimes have a float16 type.
 */
export const readableType = (dtype: DType): 'float32' | undefined => (dtype === 'float16' ? 'float32' : undefined);

/** Returns element `i` of a result of type `dtype`. */
export function elementAt(data: TypedArray, dtype: DType, i: number): Element {
  if (isComplex(dtype)) return [Number(data[2 * i] ?? 0), Number(data[2 * i + 1] ?? 0)];
  const value = data[i] ?? 0;
  return dtype === 'bool' ? value !== 0 : value;
}

/** Converts an element to one number; returns the magnitude of a pair. */
export function magnitude(element: Element): number {
  return typeof element === 'object' ? Math.hypot(element[0], element[1]) : Number(element);
}

/**
 * Formats an element with the fewest digits that read back to the same value. NaN, infinities and complex numbers are
 * written as in Python: `nan`, `inf`, `1+2j`. Booleans are `true` and `false`.
 */
export function elementText(element: Element, dtype: DType): string {
  if (typeof element === 'object') {
    const [re, im] = element.map((value) => numberText(value, dtype === 'complex64'));
    return `${re}${im?.startsWith('-') === true ? '' : '+'}${im}j`;
  }
  if (typeof element === 'number') return numberText(element, dtype === 'float32' || dtype === 'float16');
  return String(element);
}

function numberText(value: number, single: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0';
  if (!single || Number.isInteger(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
