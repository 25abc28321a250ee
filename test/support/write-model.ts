/**
 * A model of an array in memory, to which the same writes are applied as to a file.
 * @module
 */
import { type DType, dtypeInfo, type TypedArray, viewOver } from '../../lib/core/dtype.js';
import type { SelectionEntry } from '../../lib/plan/selection.js';
import { type Random, randomSelection } from './random.js';

/** A random write: a selection without repeated indices, and the bytes of its elements in C order. */
export interface RandomWrite {
  readonly entries: readonly SelectionEntry[];
  readonly indices: readonly (readonly number[])[];
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Creates a random write to an array of `shape`. */
export function randomWrite(random: Random, shape: readonly number[], dtype: DType): RandomWrite {
  for (;;) {
    const { entries, indices, shape: selected } = randomSelection(random, shape);
    if (indices.some((list) => new Set(list).size < list.length)) continue;
    const elements = indices.reduce((product, list) => product * list.length, 1);
    return { entries, indices, shape: selected, bytes: randomBytes(random, elements, dtype) };
  }
}

/** Returns a typed array of `dtype` over a copy of `bytes`. */
export function elementsOf(bytes: Uint8Array, dtype: DType): TypedArray {
  const info = dtypeInfo(dtype);
  return viewOver(info, Uint8Array.from(bytes).buffer, bytes.length / info.size);
}

/** Returns random elements. Booleans are 0 or 1; other types have any bits, so floats include NaN. */
export function randomBytes(random: Random, elements: number, dtype: DType): Uint8Array {
  const { size, kind } = dtypeInfo(dtype);
  return Uint8Array.from({ length: elements * size }, () => random.below(kind === 'b' ? 2 : 256));
}

/** An array in C order. */
export class ArrayModel {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly #size: number;

  /** @param fill bytes of an element that was never written; zeros by default. */
  constructor(shape: readonly number[], dtype: DType, fill?: Uint8Array) {
    this.shape = shape;
    this.#size = dtypeInfo(dtype).size;
    this.bytes = new Uint8Array(shape.reduce((product, n) => product * n, this.#size));
    if (fill !== undefined) for (let at = 0; at < this.bytes.length; at += this.#size) this.bytes.set(fill, at);
  }

  /** Copies the elements of a write. */
  apply({ indices, bytes }: Pick<RandomWrite, 'indices' | 'bytes'>): void {
    let from = 0;
    for (const at of this.#positions(indices)) {
      this.bytes.set(bytes.subarray(from, from + this.#size), at);
      from += this.#size;
    }
  }

  /** Returns the elements of a selection. */
  select(indices: readonly (readonly number[])[]): Uint8Array {
    const parts = [...this.#positions(indices)].map((at) => this.bytes.subarray(at, at + this.#size));
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  }

  *#positions(indices: readonly (readonly number[])[], dimension = 0, base = 0): Generator<number> {
    if (dimension === indices.length) {
      yield base * this.#size;
      return;
    }
    for (const index of indices[dimension] ?? []) {
      yield* this.#positions(indices, dimension + 1, base * (this.shape[dimension] ?? 1) + index);
    }
  }
}
