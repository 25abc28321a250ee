/**
 * Chooses the part of an array that a plot shows.
 * @module
 */
/** One entry per dimension: the index to show, or the axis of the plot. */
export type Slice = readonly (number | 'x' | 'y')[];

/** Axes of a plot. By default, the first axis shows the last dimension of the array. */
export type Axes = readonly ('x' | 'y')[];

/** Axes of the views that the page draws itself. */
export const axesOf = { image: ['x', 'y'], line: ['x'], table: ['x'] } as const satisfies Record<string, Axes>;

/**
 * Returns `slice` with exactly the axes `axes`, and indices that exist. Keeps as much of `slice` as possible; null
 * stands for the first plane.
 */
export function fitSlice(shape: readonly number[], axes: Axes, slice: Slice | null): Slice {
  const fits = slice?.length === shape.length;
  const entries: (number | 'x' | 'y' | null)[] = shape.map((size, d) => {
    const entry = fits ? (slice[d] ?? 0) : null;
    if (entry === null || typeof entry === 'string') return entry;
    return Math.max(0, Math.min(entry, size - 1));
  });
  for (const [i, entry] of entries.entries()) {
    const isRepeated = typeof entry === 'string' && entries.indexOf(entry) < i;
    if (typeof entry === 'string' && (isRepeated || !axes.includes(entry)))
      entries[i] = Math.floor((shape[i] ?? 1) / 2);
  }
  for (const axis of axes) {
    if (entries.includes(axis)) continue;
    const free = entries.lastIndexOf(null);
    const d = free >= 0 ? free : entries.findLastIndex((entry) => typeof entry === 'number');
    if (d >= 0) entries[d] = axis;
  }
  return entries.map((entry) => entry ?? 0);
}

/**
 * Returns `slice` with `axis` at the dimension `d`. The dimension that had this axis before gets the former axis of
 * `d`, or the index 0.
 */
export function moveAxis(slice: Slice, axis: 'x' | 'y', d: number): Slice {
  const from = slice.indexOf(axis);
  const replaced = slice[d] ?? 0;
  return slice.map((entry, i) => (i === d ? axis : i === from ? (typeof replaced === 'string' ? replaced : 0) : entry));
}

/**
 * Returns the slice that follows if the same step is made again: `before` and `slice` differ in one index, by one.
 * Returns null if they differ in another way, or if the array ends there.
 */
export function nextSlice(shape: readonly number[], before: Slice, slice: Slice): Slice | null {
  const changed = slice.flatMap((entry, d) => (entry === before[d] ? [] : [d]));
  const [d = -1] = changed;
  const [from, to] = [before[d], slice[d]];
  if (changed.length !== 1 || typeof from !== 'number' || typeof to !== 'number' || Math.abs(to - from) !== 1)
    return null;
  const next = 2 * to - from;
  return next < 0 || next >= (shape[d] ?? 0) ? null : slice.map((entry, i) => (i === d ? next : entry));
}

/** Returns `slice` as a selection for the API of the server. */
export function selectionText(slice: Slice): string {
  return slice.map((entry) => (typeof entry === 'number' ? String(entry) : ':')).join(',');
}

/** Returns the sizes of the dimensions of the axes, the horizontal axis first. */
export function axisSizes(shape: readonly number[], axes: Axes, slice: Slice): readonly number[] {
  return axes.map((axis) => shape[slice.indexOf(axis)] ?? 1);
}

/** Returns the index of the first element that the server sends if it sends one of every `step` elements. */
export function firstIndex(size: number, step: number): number {
  // The element is in the middle of its cell. The last cell may end before the middle of a full cell.
  return Math.min(Math.floor((step - 1) / 2), Math.max(0, (size - 1) % step));
}

/** Returns the number of elements of a slice. */
export function sliceSize(shape: readonly number[], slice: Slice): number {
  return slice.reduce<number>(
    (product, entry, d) => (typeof entry === 'number' ? product : product * (shape[d] ?? 1)),
    1,
  );
}

/** Returns the name of a dimension. */
export function dimensionName(names: readonly (string | null)[] | null, d: number): string {
  return names?.[d] ?? `dim ${d}`;
}
