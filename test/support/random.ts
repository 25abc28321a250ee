/**
 * Makes random choices that can be repeated with a printed seed.
 * @module
 */
import { type SelectionEntry, slice } from '../../lib/plan/selection.js';

/** Returns the seed of this run: POSIX_PAR_SEED, or a new seed in each run. The test must print it. */
export function testSeed(): number {
  const given = process.env['POSIX_PAR_SEED'];
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
}

/** Generator of random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Returns an integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Returns one of `items`. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** A selection, and the indices that it selects in each dimension. */
export interface RandomSelection {
  readonly entries: readonly SelectionEntry[];
  readonly indices: readonly (readonly number[])[];
  /** Shape of the result, without dimensions that an integer dropped. */
  readonly shape: readonly number[];
}

/**
 * Creates a random selection of an array of `shape`, which must not have empty dimensions. Uses integers, slices with
 * any step, and lists.
 */
export function randomSelection(random: Random, shape: readonly number[]): RandomSelection {
  const entries: SelectionEntry[] = [];
  const indices: number[][] = [];
  const out: number[] = [];
  for (const extent of shape) {
    const kind = random.below(8);
    const a = random.below(extent);
    const b = random.below(extent);
    const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
    let axis: number[];
    if (kind === 0) {
      entries.push(random.below(2) === 0 ? a : a - extent);
      indices.push([a]);
      continue;
    }
    if (kind === 1) {
      axis = Array.from({ length: 1 + random.below(6) }, () => random.below(extent));
      entries.push(axis);
    } else if (kind === 2) {
      axis = Array.from({ length: extent }, (_, i) => i);
      entries.push(null);
    } else {
      const step = kind < 6 ? 1 : random.pick([2, 3, -1, -2, 7]);
      axis = [];
      if (step > 0) for (let i = from; i < to; i += step) axis.push(i);
      else for (let i = to - 1; i >= from; i += step) axis.push(i);
      entries.push(step > 0 ? slice(from, to, step) : slice(to - 1, from === 0 ? null : from - 1, step));
    }
    indices.push(axis);
    out.push(axis.length);
  }
  return { entries, indices, shape: out };
}

/**
 * Copies the selected elements from an array in C order.
 * @param bytes bytes of the array. @param itemBytes size of one element in bytes.
 */
export function pickBytes(
  bytes: Uint8Array,
  shape: readonly number[],
  itemBytes: number,
  indices: readonly (readonly number[])[],
): Uint8Array {
  let offsets = [0];
  for (const [d, axis] of indices.entries()) {
    const extent = shape[d] ?? 1;
    offsets = offsets.flatMap((offset) => axis.map((index) => offset * extent + index));
  }
  const out = new Uint8Array(offsets.length * itemBytes);
  for (const [i, offset] of offsets.entries()) {
    out.set(bytes.subarray(offset * itemBytes, (offset + 1) * itemBytes), i * itemBytes);
  }
  return out;
}
