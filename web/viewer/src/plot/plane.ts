/**
 * Arranges the elements of a slice as a plane.
 * @module
 */
import type { NdArray } from 'ndarray';
import ndarray from '../arrays/ndarray.js';
import { assign } from '../arrays/ndarray-ops.js';
import type { Elements } from './element-types.js';
import type { ElementsRead } from './elements.js';
import type { Slice } from './slice.js';

/** Elements with the vertical axis first, and the distance between neighbours along both axes in the array. */
export interface Plane {
  readonly array: NdArray<Elements>;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Returns the elements with the vertical axis first. */
export function planeOf({ data, shape, steps }: ElementsRead, slice: Slice): Plane {
  const [first = 1, second = 1] = steps;
  const stored = ndarray(data, shape);
  // h5web uses the types of the package that `ndarray` replaces.
  const typed = (array: unknown): NdArray<Elements> => array as NdArray<Elements>;
  if (slice.indexOf('y') < slice.indexOf('x')) return { array: typed(stored), rowStep: first, columnStep: second };
  const turned = stored.transpose(1, 0);
  const copy = ndarray(data.slice(), turned.shape);
  assign(copy, turned);
  return { array: typed(copy), rowStep: second, columnStep: first };
}
