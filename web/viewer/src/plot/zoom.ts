/**
 * The visible part of a plot.
 * @module
 */

/** A start and a stop along an axis, in elements. */
export type AxisRange = readonly [start: number, stop: number];

/** The visible part of a plot. Both lists have one entry per axis, the horizontal axis first. */
export interface Zoom {
  /** May end outside of the dimension, because the plot can be wider than the picture. */
  readonly ranges: readonly AxisRange[];
  /** Sizes of the dimensions. A zoom belongs to plots with these sizes. */
  readonly sizes: readonly number[];
}

/** Number of positions that a range is rounded to. No screen has as many pixels. */
const positionsPerRange = 1e5;

function rounded([start, stop]: AxisRange): AxisRange {
  const digits = Math.ceil(Math.log10(positionsPerRange / (stop - start)));
  const round = (value: number): number => Number(value.toFixed(Math.max(0, Math.min(digits, 20))));
  return [round(start), round(stop)];
}

/** Returns a zoom as text, such as `10:20:360,5:8:181`: start, stop and size of each axis. */
export function formatZoom({ ranges, sizes }: Zoom): string {
  return ranges.map((range, axis) => [...rounded(range), sizes[axis] ?? 0].join(':')).join(',');
}

/** Parses the text of a zoom. Returns null if it is not valid. */
export function parseZoom(text: string | null): Zoom | null {
  if (text === null || text === '') return null;
  const axes = text.split(',').map((part) => part.split(':').map((number) => (number === '' ? NaN : Number(number))));
  const isValid = axes.every(([start = NaN, stop = NaN, size = NaN, ...more]) => {
    return more.length === 0 && Number.isFinite(stop - start) && start < stop && Number.isSafeInteger(size) && size > 0;
  });
  if (!isValid || axes.length > 2) return null;
  return {
    ranges: axes.map(([start = 0, stop = 0]) => [start, stop] as const),
    sizes: axes.map(([, , size = 0]) => size),
  };
}

/** Returns `zoom` if it belongs to a plot of dimensions with these sizes, otherwise null. */
export function fitZoom(zoom: Zoom | null, sizes: readonly number[]): Zoom | null {
  return zoom !== null && zoom.sizes.join() === sizes.join() ? zoom : null;
}

/** True if two texts of zooms describe the same part, except for less than a pixel. */
export function isSameZoom(one: string, other: string): boolean {
  const [a, b] = [parseZoom(one), parseZoom(other)];
  if (a === null || b === null || a.sizes.join() !== b.sizes.join()) return one === other;
  return a.ranges.every(([start, stop], axis) => {
    const [otherStart = NaN, otherStop = NaN] = b.ranges[axis] ?? [];
    return Math.abs(start - otherStart) + Math.abs(stop - otherStop) < (stop - start) / 10_000;
  });
}

/** Returns the smallest step with which a part of a plot has at most `limit` elements. */
export function stepFor(sizes: readonly number[], limit: number): number {
  const count = (step: number): number => sizes.reduce((product, size) => product * Math.ceil(size / step), 1);
  let step = Math.max(1, Math.floor((count(1) / limit) ** (1 / Math.max(1, sizes.length))));
  while (count(step) > limit && step < Math.max(...sizes)) step++;
  return step;
}

/**
 * Returns the box of whole elements that contains the visible part. Its borders are multiples of about a quarter of its
 * length, so that small movements need no other elements.
 */
export function boxOf({ ranges, sizes }: Zoom): readonly AxisRange[] {
  return ranges.map(([start, stop], axis) => {
    const size = sizes[axis] ?? 1;
    const [first, last] = [Math.max(0, Math.min(start, size - 1)), Math.max(1, Math.min(stop, size))];
    const grid = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, last - first) / 4)));
    return [Math.floor(first / grid) * grid, Math.min(size, Math.ceil(last / grid) * grid)] as const;
  });
}
