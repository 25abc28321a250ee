/**
 * Reduces a plane of numbers to a picture while the numbers arrive.
 * @module
 */
import type { TypedArray } from '../core/dtype.js';
import { type Color, type ColorMap, levels } from './color-map.js';
import { type OpenRange, positionsIn, type ScaleName, type ValueRange } from './value-scale.js';

export type { ValueRange } from './value-scale.js';

/** A picture with one level per pixel. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  /** Levels of the colour map row by row. */
  readonly levels: Uint8Array;
  /** 1 for pixels without a value, else 0. */
  readonly missing: Uint8Array;
  readonly colorMap: ColorMap;
  /** Values of the first and the last level; null if no pixel has a value and the caller gave no range. */
  readonly range: ValueRange | null;
}

const black: Color = [0, 0, 0];

/** Returns the colour of pixel `at`. */
export function colorOf({ levels, missing, colorMap }: Pixels, at: number): Color {
  return missing[at] === 1 ? colorMap.missing : (colorMap.colors[levels[at] ?? 0] ?? black);
}

/**
 * Averages a plane of `rows` × `columns` elements, given in C order, to at most `height` × `width` pixels. Ignores
 * values that are not finite.
 */
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

  /**
   * Creates the picture. The value of a pixel is the average of its elements. The first level of the colour map stands
   * for the lowest value and the last level for the highest, or for the ends of `range` that are given. Pixels without
   * a value on the scale are missing.
   */
  pixels(colorMap: ColorMap, range: OpenRange | null, scale: ScaleName = 'linear'): Pixels {
    const size = this.height * this.width;
    const found = new Uint8Array(size);
    const missing = new Uint8Array(size);
    const averages = this.#sums.map((sum, i) => sum / (this.#counts[i] ?? 0));
    const { range: shown, positionOf } = positionsIn(averages, range ?? [null, null], scale);
    averages.forEach((value, i) => {
      const position = positionOf(value);
      if (Number.isNaN(position)) missing[i] = 1;
      else found[i] = Math.round(position * (levels - 1));
    });
    return { height: this.height, width: this.width, levels: found, missing, colorMap, range: shown };
  }
}
