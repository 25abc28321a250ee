/**
 * Reduces a plane of numbers to a grey picture while the numbers arrive.
 * @module
 */
import type { TypedArray } from '../../index.js';

/** A grey picture with one byte per pixel. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  /** Grey levels row by row, from 0 (black) to 255 (white). */
  readonly grey: Uint8Array;
  /** 255 for pixels with a value, 0 for pixels without one (NaN). */
  readonly alpha: Uint8Array;
}

/** Averages a plane of `rows` × `columns` elements, given in C order, to at most `height` × `width` pixels. */
export class Raster {
  readonly height: number;
  readonly width: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  #row = 0;
  #column = 0;

  constructor(rows: number, columns: number, height: number, width: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.height = Math.max(1, Math.min(rows, height));
    this.width = Math.max(1, Math.min(columns, width));
    this.#sums = new Float64Array(this.height * this.width);
    this.#counts = new Uint32Array(this.height * this.width);
  }

  /** Adds the next elements of the plane. */
  add(data: TypedArray): void {
    const [heightOf, widthOf] = [this.height / this.#rows, this.width / this.#columns];
    for (let i = 0; i < data.length; i++) {
      const value = Number(data[i]);
      if (Number.isFinite(value)) {
        const at = Math.floor(this.#row * heightOf) * this.width + Math.floor(this.#column * widthOf);
        this.#sums[at] = (this.#sums[at] ?? 0) + value;
        this.#counts[at] = (this.#counts[at] ?? 0) + 1;
      }
      this.#column += 1;
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#row += 1;
      }
    }
  }

  /** Creates the picture. The smallest average is black, the greatest white. */
  pixels(): Pixels {
    const size = this.height * this.width;
    const grey = new Uint8Array(size);
    const alpha = new Uint8Array(size);
    const averages = this.#sums.map((sum, i) => sum / (this.#counts[i] ?? 0));
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of averages) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const scale = high > low ? 255 / (high - low) : 0;
    averages.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      grey[i] = scale === 0 ? 128 : Math.round((value - low) * scale);
      alpha[i] = 255;
    });
    return { height: this.height, width: this.width, grey, alpha };
  }
}
