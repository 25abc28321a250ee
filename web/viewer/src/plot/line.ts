/**
 * Arranges the elements of a line.
 * @module
 */
import type { Elements } from './element-types.js';
import type { ElementsRead } from './elements.js';
import { firstIndex } from './slice.js';
import type { Detail } from './use-detail.js';

/** Elements of a line, and their indices in the array. */
export interface LineElements {
  readonly values: Elements;
  readonly positions: number[];
}

function indexOf({ steps }: ElementsRead, start: number, size: number): (i: number) => number {
  const step = steps[0] ?? 1;
  const first = start + firstIndex(size, step);
  return (i) => first + i * step;
}

/**
 * Returns the elements of a line of `size` elements. Inside the box of `detail`, its elements replace those of `read`.
 * The first and the last element of `read` stay, because the length of the horizontal axis depends on them.
 */
export function lineOf(read: ElementsRead, detail: Detail | null, size: number): LineElements {
  const { data } = read;
  const indexAt = indexOf(read, 0, size);
  const [start, stop] = detail?.box[0] ?? [size, size];
  if (detail === null) return { values: data, positions: Array.from({ length: data.length }, (_, i) => indexAt(i)) };
  const fineAt = indexOf(detail.read, start, stop - start);
  const values: number[] = [];
  const positions: number[] = [];
  const add = (value: number | undefined, position: number): void => {
    values.push(value ?? Number.NaN);
    positions.push(position);
  };
  const last = data.length - 1;
  let i = 0;
  for (; i <= last && (i === 0 || indexAt(i) < start); i++) add(data[i], indexAt(i));
  for (let k = 0; k < detail.read.data.length; k++) {
    if (fineAt(k) > indexAt(0) && fineAt(k) < indexAt(last)) add(detail.read.data[k], fineAt(k));
  }
  for (; i <= last; i++) if (i === last || indexAt(i) >= stop) add(data[i], indexAt(i));
  return { values: Float64Array.from(values), positions };
}
