/**
 * Reductions.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Reductions of many elements to one number. `count`: number of elements; `min`: smallest element; `max`: largest
 * element; `sum`: sum of the elements; `mean`: sum divided by the number of elements; `std`: square root of the mean
 * squared distance from the mean.
 */
export const reductions = ['count', 'min', 'max', 'sum', 'mean', 'std'] as const;

/** A reduction of many elements to one number. */
export type Reduction = (typeof reductions)[number];

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
} as const;

/** Number of entries of {@link reduceWord}. */
export const reduceWords = 6;

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
