/**
 * Numbers in the notation of Python's `float.hex`.
 * @module
 */

/** Parses a decimal integer as a bigint, or a float as Python's `float.hex` writes it. */
export function parseHexFloat(text: string): number | bigint {
  const match = /^(-?)0x([01])\.([0-9a-f]*)p([+-]\d+)$/.exec(text);
  if (match === null) return { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[text] ?? BigInt(text);
  const [, sign, first = '', rest = '', power = ''] = match;
  // The digits are an integer below 2^53. Multiplying twice avoids an underflow of the power of two.
  const digits = Number(BigInt(`0x${first}${rest}`));
  const exponent = Number(power) - 4 * rest.length;
  const value = digits * 2 ** Math.ceil(exponent / 2) * 2 ** Math.floor(exponent / 2);
  return sign === '-' ? -value : value;
}
