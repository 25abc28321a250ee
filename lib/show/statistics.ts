/**
 * Computes minimum, maximum and mean of elements that arrive in parts.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import { type DType, isComplex, type TypedArray } from '../core/dtype.js';

/** Statistics of the elements. NaN is counted separately. For complex elements the magnitudes are used. */
export interface Summary {
  readonly elements: number;
  readonly nan: number;
  /** Minimum; null if there is no element other than NaN. */
  readonly min: number | bigint | null;
  readonly max: number | bigint | null;
  readonly mean: number | null;
}

/**
 * Number of elements that are added in a plain loop. Only the sums of these blocks are added with compensation for
 * rounding (#addSum), because the error within a block is negligible.
 */
const blockElements = 1024;

/** Computes a {@link Summary}. */
export class Statistics {
  readonly #dtype: DType;
  #elements = 0;
  #nan = 0;
  #min: number | bigint | null = null;
  #max: number | bigint | null = null;
  #sum = 0;
  #lost = 0;

  constructor(dtype: DType) {
    this.#dtype = dtype;
  }

  /** Adds the elements of a result. */
  add(data: TypedArray): void {
    if (isBigInts(data)) this.#addIntegers(data);
    else if (isComplex(this.#dtype)) this.#addNumbers(magnitudes(data));
    else this.#addNumbers(data as ArrayLike<number>);
  }

  #addNumbers(data: ArrayLike<number>): void {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let nan = 0;
    for (let from = 0; from < data.length; from += blockElements) {
      const to = Math.min(data.length, from + blockElements);
      let sum = 0;
      for (let i = from; i < to; i++) {
        const value = data[i] ?? 0;
        if (value < min) min = value;
        if (value > max) max = value;
        if (Number.isNaN(value)) nan += 1;
        else sum += value;
      }
      this.#addSum(sum);
    }
    this.#elements += data.length;
    this.#nan += nan;
    if (nan < data.length) this.#widen(min, max);
  }

  #addIntegers(data: BigInt64Array | BigUint64Array): void {
    let [min, max] = [data[0], data[0]];
    if (min === undefined || max === undefined) return;
    let sum = 0n;
    for (const value of data) {
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
    }
    this.#addSum(Number(sum));
    this.#elements += data.length;
    this.#widen(min, max);
  }

  #widen(min: number | bigint, max: number | bigint): void {
    if (this.#min === null || min < this.#min) this.#min = min;
    if (this.#max === null || max > this.#max) this.#max = max;
  }

  /** Adds to Neumaier's compensated sum. */
  #addSum(value: number): void {
    const sum = this.#sum + value;
    if (Number.isFinite(sum))
      this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  summary(): Summary {
    const counted = this.#elements - this.#nan;
    return {
      elements: this.#elements,
      nan: this.#nan,
      min: this.#min,
      max: this.#max,
      mean: counted === 0 ? null : (this.#sum + this.#lost) / counted,
    };
  }
}

function magnitudes(data: TypedArray): Float64Array {
  const result = new Float64Array(data.length / 2);
  for (let i = 0; i < result.length; i++) result[i] = Math.hypot(Number(data[2 * i]), Number(data[2 * i + 1]));
  return result;
}

/** True for typed arrays of bigint, of any realm. */
function isBigInts(data: TypedArray): data is BigInt64Array | BigUint64Array {
  const name = typedArrayName(data);
  return name === 'BigInt64Array' || name === 'BigUint64Array';
}
