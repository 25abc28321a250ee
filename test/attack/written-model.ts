/**
 * A model of an array that is changed: the elements that it must have, as far as they are known.
 * @module
 */
import { type DType, dtypeInfo } from '../../lib/core/dtype.js';
import { ArrayModel, type RandomWrite } from '../support/write-model.js';

export class WrittenModel {
  readonly dtype: DType;
  readonly #size: number;
  readonly #before: Uint8Array | null;
  /** Expected elements. */
  #values: ArrayModel;
  /** One byte per element: 1 if its value is known. */
  #known: ArrayModel;
  #last: RandomWrite | null = null;
  #isGrown = false;
  #isExact: boolean;

  /** @param whole bytes of the array; null if they are not known. */
  constructor(shape: readonly number[], dtype: DType, whole: Uint8Array | null) {
    this.dtype = dtype;
    this.#size = dtypeInfo(dtype).size;
    const isKnown = whole !== null && whole.length === shape.reduce((total, n) => total * n, this.#size);
    this.#before = isKnown ? whole : null;
    this.#isExact = isKnown;
    // The elements of a large array are not modelled.
    const modelled = isKnown ? shape : [];
    this.#values = new ArrayModel(modelled, dtype);
    this.#known = new ArrayModel(modelled, 'uint8', Uint8Array.of(1));
    if (isKnown) this.#values.bytes.set(whole);
    this.shape = shape;
  }

  shape: readonly number[];

  /** True if the array may have a new shape. */
  get isGrown(): boolean {
    return this.#isGrown;
  }
  /** True if all changes succeeded, the shape is the same, and all elements are known. */
  get isExact(): boolean {
    return this.#isExact && !this.#isGrown;
  }
  /** True if the elements were known before the first change. */
  get isComplete(): boolean {
    return this.#before !== null;
  }
  /** The last write, if it succeeded and its elements must be in the array. */
  get lastWrite(): RandomWrite | null {
    return this.#last;
  }
  /** Number of bytes that differ from the first state. */
  get changedBytes(): number {
    const { bytes } = this.#values;
    return this.#before?.reduce((sum, byte, i) => sum + (byte === bytes[i] ? 0 : 1), 0) ?? 0;
  }

  /** Forgets the elements of a write that may fail. */
  begin(write: RandomWrite): void {
    this.#last = null;
    this.#isExact = false;
    if (this.#before !== null)
      this.#known.apply({ indices: write.indices, bytes: new Uint8Array(write.bytes.length / this.#size) });
  }

  /** Applies a write that succeeded. */
  end(write: RandomWrite): void {
    this.#last = write;
    if (this.#before === null) return;
    this.#values.apply(write);
    this.#known.apply({ indices: write.indices, bytes: new Uint8Array(write.bytes.length / this.#size).fill(1) });
    this.#isExact = this.#known.bytes.every((known) => known === 1);
  }

  /** Notes that the shape may change. The selection of the last write may then mean other elements. */
  beginGrowth(): void {
    this.#isGrown = true;
    this.#last = null;
  }

  /** Adds elements at the end of the first dimension. */
  append(bytes: Uint8Array, shape: readonly number[]): void {
    this.#grow(shape, bytes, 1);
  }

  /** Makes the first dimension longer. The values of the new elements are not known. */
  resize(shape: readonly number[]): void {
    const elements = shape.reduce((total, n) => total * n, 1) - this.#known.bytes.length;
    this.#grow(shape, new Uint8Array(Math.max(0, this.#before === null ? 0 : elements * this.#size)), 0);
  }

  #grow(shape: readonly number[], bytes: Uint8Array, known: number): void {
    this.shape = shape;
    if (this.#before === null) return;
    const [values, knowledge] = [new ArrayModel(shape, this.dtype), new ArrayModel(shape, 'uint8')];
    values.bytes.set(this.#values.bytes);
    values.bytes.set(bytes, this.#values.bytes.length);
    knowledge.bytes.set(this.#known.bytes);
    knowledge.bytes.fill(known, this.#known.bytes.length);
    [this.#values, this.#known] = [values, knowledge];
  }

  /** Forgets everything that was written, because storing it failed. */
  forget(): void {
    this.#known.bytes.fill(0);
    this.#last = null;
    this.#isExact = false;
  }

  /** Returns a description of the first known element that differs from `found`; null if there is none. */
  difference(found: Uint8Array): string | null {
    const { bytes } = this.#values;
    if (found.length !== bytes.length) return `${found.length} bytes were read, expected ${bytes.length}`;
    for (let i = 0; i < this.#known.bytes.length; i += 1) {
      if (this.#known.bytes[i] !== 1) continue;
      const [is, should] = [found, bytes].map((all) =>
        [...all.subarray(i * this.#size, (i + 1) * this.#size)].join(' '),
      );
      if (is !== should) return `element ${i} is ${is}, expected ${should}`;
    }
    return null;
  }
}
