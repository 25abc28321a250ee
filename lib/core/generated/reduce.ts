/**
 * Reductions.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Quantities that native threads compute from many elements. `count`: number of elements; `min`: smallest element;
 * `max`: largest element; `sum`: sum of the elements; `mean`: sum divided by the number of elements; `std`: square root
 * of the mean squared distance from the mean; `bounds`: smallest and largest element; `histogram`: number of elements
 * in each bin; `digits`: number of elements for each value of some bits of their keys.
 */
export const accumulators = ['count', 'min', 'max', 'sum', 'mean', 'std', 'bounds', 'histogram', 'digits'] as const;

/** A quantity that native threads compute from many elements. */
export type Accumulator = (typeof accumulators)[number];

/** Positions of the numbers that describe a step of a reduction. Three numbers per dimension follow them. */
export const reduceWord = {
  /** Number of a reduction. */
  operation: 0,
  /** Type of the elements. */
  type: 1,
  /** 1: NaN is left out. */
  skipNan: 2,
  /** Number of results. */
  outputs: 3,
  /** Number that is subtracted from the number of elements in the divisor of the variance. */
  ddof: 4,
  /** Number of dimensions of the elements. */
  dims: 5,
  /** For histogram and digits: number of counters. */
  bins: 6,
  /** For histogram. 1: all bins have about the same width. */
  equalBins: 7,
  /** For digits: number of bits that are counted together. */
  digitBits: 8,
  /** For digits: number of bits of a key below the counted bits. */
  digitShift: 9,
} as const;

/** Number of entries of {@link reduceWord}. */
export const reduceWords = 10;

/** Positions of the numbers that describe one dimension of the elements to reduce. */
export const reduceDimWord = {
  /** Number of elements along the dimension. */
  count: 0,
  /** Distance between two neighbours along the dimension, in elements. */
  sourceStep: 1,
  /** Distance between the results of two neighbours, in results; 0 if the dimension is reduced. */
  outputStep: 2,
} as const;

/** Number of entries of {@link reduceDimWord}. */
export const reduceDimWords = 3;
