/**
 * Finds elements by their positions in ascending order. Each pass over the elements counts the values of some bits of
 * their keys, and so determines these bits of the keys that are wanted.
 * @module
 */
import type { DTypeInfo } from '../core/dtype.js';
import { float16OfBits } from '../core/float16.js';
import type { Counters, DigitTable } from './reduce-states.js';

/** Maximum number of bits of a digit, and of counters per result, as in `native/exec/reduce/reduce_jobs.cc`. */
const maxDigitBits = 16;
const maxCounters = 2 ** 24;

/** Number of bytes of the state of one result that counts `counters` values. */
export function digitStateBytes(counters: number): number {
  return 8 * (4 + counters);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Returns the value of a key, rounded to float64. */
export function valueOfKey({ name, kind, size }: DTypeInfo, key: bigint): number {
  const bits = 8 * size;
  const sign = 1n << BigInt(bits - 1);
  if (kind === 'i') return Number(BigInt.asIntN(bits, key ^ sign));
  if (kind !== 'f') return Number(key);
  const stored = BigInt.asUintN(bits, (key & sign) === 0n ? ~key : key ^ sign);
  if (name === 'float16') return float16OfBits(Number(stored));
  if (name === 'float32') {
    scratch.setUint32(0, Number(stored));
    return scratch.getFloat32(0);
  }
  scratch.setBigUint64(0, stored);
  return scratch.getFloat64(0);
}

/** An element that is searched. */
interface Wanted {
  /** Bits of the key that are known. */
  prefix: bigint;
  /** Number of smaller elements that have the same prefix. */
  rest: number;
}

/** The search for some elements of one result. */
export class DigitSearch {
  /** Number of elements without NaN. */
  count = 0;
  hasNan = false;
  readonly #wanted = new Map<number, Wanted>();

  /**
   * Takes the counters of the first pass.
   * @param positionsOf returns the wanted positions in ascending order of the elements, for the number of elements.
   */
  begin({ count, nan }: Counters, skipNan: boolean, positionsOf: (count: number) => readonly number[]): void {
    this.count = count - nan;
    this.hasNan = nan > 0 && !skipNan;
    if (this.hasNan || this.count === 0) return;
    for (const position of positionsOf(this.count)) this.#wanted.set(position, { prefix: 0n, rest: position });
  }

  /** The known bits of the keys of the wanted elements. */
  *prefixes(): Generator<bigint, void, void> {
    for (const { prefix } of this.#wanted.values()) yield prefix;
  }

  /**
   * Takes the counters of a pass. Afterwards the bits of the digit are known.
   * @returns false if the counters do not contain a wanted element, because the elements have changed.
   */
  refine({ bins }: Counters, { prefixes, bits }: DigitTable): boolean {
    for (const wanted of this.#wanted.values()) {
      const begin = prefixes.indexOf(wanted.prefix) * 2 ** bits;
      if (begin < 0) return false;
      let digit = 0;
      for (; digit < 2 ** bits; digit++) {
        const counted = Number(bins[begin + digit]);
        if (wanted.rest < counted) break;
        wanted.rest -= counted;
      }
      if (digit === 2 ** bits) return false;
      wanted.prefix = (wanted.prefix << BigInt(bits)) | BigInt(digit);
    }
    return true;
  }

  /** Returns the value of the element at a wanted position, after all bits are known. */
  valueAt(position: number, type: DTypeInfo): number {
    const wanted = this.#wanted.get(position);
    return wanted === undefined ? Number.NaN : valueOfKey(type, wanted.prefix);
  }
}

/**
 * Returns the digit that the next pass counts.
 * @param known number of bits of the keys that are known.
 * @param stateBytes maximum number of bytes of the state of one result. A state may be larger if it counts one bit.
 */
export function nextDigit(
  { size }: DTypeInfo,
  known: number,
  searches: readonly DigitSearch[],
  stateBytes: number,
): DigitTable {
  const values = new Set<bigint>();
  for (const search of searches) for (const prefix of search.prefixes()) values.add(prefix);
  const prefixes = known === 0 ? new BigUint64Array(1) : BigUint64Array.from(values).sort();
  const perPrefix = Math.min(maxCounters, stateBytes / 8 - 4) / Math.max(1, prefixes.length);
  const left = 8 * size - known;
  const bits = Math.max(1, Math.min(maxDigitBits, left, Math.floor(Math.log2(Math.max(2, perPrefix)))));
  return { prefixes, bits, shift: left - bits };
}
