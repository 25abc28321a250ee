/**
 * Collects the elements of each result of a reduction in memory, to sort them.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import type { DTypeInfo } from '../core/dtype.js';
import { float16OfBits } from '../core/float16.js';
import { runInSlices } from '../io/time-slices.js';
import type { ReduceDim } from '../plan/reduce-layout.js';

/** True if float32 represents all values of the type. */
function fitsInFloat32({ kind, size }: DTypeInfo): boolean {
  return kind === 'f' ? size <= 4 : size <= 2;
}

/** Returns the number of bytes for the elements of one result. @param length number of elements. */
export function columnBytes(type: DTypeInfo, length: number): number {
  return length * (fitsInFloat32(type) ? 4 : 8) + Float64Array.BYTES_PER_ELEMENT + 1;
}

/** The sorted elements of one result. */
export interface Column {
  /** Elements in ascending order, without NaN. */
  readonly sorted: Float32Array | Float64Array;
  /** True if an element is NaN and NaN is not left out. */
  readonly hasNan: boolean;
}

/** The elements of the results of a reduction, rounded to float64. */
export class ColumnStates {
  readonly #type: DTypeInfo;
  readonly #skipNan: boolean;
  /** Maximum number of elements per result. */
  readonly #length: number;
  readonly #elements: Float32Array | Float64Array;
  readonly #counts: Float64Array;
  readonly #hasNan: Uint8Array;

  constructor(type: DTypeInfo, skipNan: boolean, length: number, outputs: number) {
    this.#type = type;
    this.#skipNan = skipNan;
    this.#length = length;
    this.#elements = new (fitsInFloat32(type) ? Float32Array : Float64Array)(outputs * length);
    this.#counts = new Float64Array(outputs);
    this.#hasNan = new Uint8Array(outputs);
  }

  /**
   * Adds elements. Only one call at a time may be in flight.
   * @param mask contains 1 for each element that is left out, and 0 for the others; null to leave out none.
   * @throws {AbortError}
   */
  async add(
    elements: ArrayBufferView,
    mask: Uint8Array | null,
    dims: readonly ReduceDim[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await runInSlices(this.#addInSlices(elements as unknown as ArrayLike<number | bigint>, mask, dims), signal);
  }

  *#addInSlices(
    elements: ArrayLike<number | bigint>,
    mask: Uint8Array | null,
    dims: readonly ReduceDim[],
  ): Sliced<void> {
    const isHalf = this.#type.name === 'float16';
    const inner = dims.at(-1) ?? { count: 1, sourceStep: 1, outputStep: 0 };
    const outer = dims.slice(0, -1);
    const rows = outer.reduce((product, { count }) => product * count, 1);
    let steps = 0;
    for (let row = 0; row < rows; row++) {
      let source = 0;
      let output = 0;
      let rest = row;
      for (let d = outer.length - 1; d >= 0; d--) {
        const { count, sourceStep, outputStep } = outer[d] ?? inner;
        source += (rest % count) * sourceStep;
        output += (rest % count) * outputStep;
        rest = Math.floor(rest / count);
      }
      for (let i = 0; i < inner.count; i++, source += inner.sourceStep, output += inner.outputStep) {
        if (++steps % stepsPerCheckpoint === 0) yield checkpoint;
        if (mask !== null && mask[source] !== 0) continue;
        const number = Number(elements[source]);
        this.#append(output, isHalf ? float16OfBits(number) : number);
      }
    }
  }

  #append(output: number, value: number): void {
    if (Number.isNaN(value)) {
      if (!this.#skipNan) this.#hasNan[output] = 1;
      return;
    }
    const count = this.#counts[output] ?? 0;
    this.#elements[output * this.#length + count] = value;
    this.#counts[output] = count + 1;
  }

  /** Sorts the elements of each result, and calls `use` with them, in the order of the results. */
  async finish(use: (column: Column, output: number) => void, signal: AbortSignal | undefined): Promise<void> {
    await runInSlices(this.#sortInSlices(use), signal);
  }

  *#sortInSlices(use: (column: Column, output: number) => void): Sliced<void> {
    for (const [output, count] of this.#counts.entries()) {
      const begin = output * this.#length;
      const sorted = this.#elements.subarray(begin, begin + count).sort();
      use({ sorted, hasNan: this.#hasNan[output] === 1 }, output);
      yield checkpoint;
    }
  }
}
