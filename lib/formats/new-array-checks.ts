/**
 * Checks options of arrays that will be created, and chooses defaults.
 * @module
 */
import { type DType, dtypeInfo } from '../core/dtype.js';
import { type FillValue, fillBytes } from '../core/fill.js';
import { product } from '../core/numbers.js';
import { expected, type Fields, OptionError } from '../core/validate.js';

/** Maximum size of a chunk in bytes if the caller chooses no chunk shape. */
const defaultChunkBytes = 4 << 20;

/**
 * Returns the size in bytes of the elements of a new array.
 * @throws {TypeError} if the array would have 2^53 bytes or more.
 */
export function checkedNewBytes(shape: readonly number[], dtype: DType): number {
  const size = shape.reduce((bytes, length) => bytes * length, dtypeInfo(dtype).size);
  if (Number.isSafeInteger(size)) return size;
  throw new OptionError(
    `Expected an array of less than 2^53 bytes for \`options.shape\`, received [${shape.join(', ')}]`,
  );
}

/**
 * Returns a chunk shape for a new array. Starts with one chunk, and halves its longest dimension until the chunk has at
 * most {@link defaultChunkBytes}.
 * @param allowed `divisors` if each size of the chunk must divide the size of the array. Dimensions are then divided by
 *   their smallest factor instead of halved.
 */
export function chooseChunkShape(
  shape: readonly number[],
  dtype: DType,
  allowed: 'any size' | 'divisors',
): readonly number[] {
  const chunks = shape.map((length) => Math.max(1, length));
  const bytes = (): number => product(chunks, dtypeInfo(dtype).size);
  while (bytes() > defaultChunkBytes) {
    const longest = chunks.indexOf(Math.max(...chunks));
    const length = chunks[longest] ?? 1;
    chunks[longest] = allowed === 'divisors' ? largestProperDivisor(length) : Math.ceil(length / 2);
  }
  return chunks;
}

function largestProperDivisor(length: number): number {
  for (let factor = 2; factor * factor <= length; factor++) if (length % factor === 0) return length / factor;
  return 1;
}

/**
 * Returns the option `fillValue` of a new array; 0 or false if it is absent.
 * @throws {TypeError} if the value does not fit the type.
 */
export function checkedFillValue(options: Fields, dtype: DType): FillValue {
  const { kind, size } = dtypeInfo(dtype);
  const given = options.raw('fillValue');
  if (given === undefined) return kind === 'b' ? false : kind === 'c' ? [0, 0] : size === 8 && kind !== 'f' ? 0n : 0;
  const isNumber = typeof given === 'number';
  const isWhole = typeof given === 'bigint' || (isNumber && Number.isSafeInteger(given));
  const isPair = Array.isArray(given) && given.length === 2 && given.every((part) => typeof part === 'number');
  const fits =
    kind === 'b' ? typeof given === 'boolean' : kind === 'c' ? isPair || isNumber : kind === 'f' ? isNumber : isWhole;
  if (fits && kind === 'c') return isPair ? (given as [number, number]) : [given as number, 0];
  if (fits && (kind === 'i' || kind === 'u')) {
    const bits = BigInt(size * 8);
    const [low, high] = kind === 'i' ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
    const value = BigInt(given as number | bigint);
    if (value >= low && value <= high) return size === 8 ? value : Number(value);
    throw expected(`an integer from ${low} to ${high}`, 'options.fillValue', given);
  }
  if (!fits) throw expected(`a value of type ${dtype}`, 'options.fillValue', given);
  fillBytes(given as FillValue, dtype);
  return given as FillValue;
}
