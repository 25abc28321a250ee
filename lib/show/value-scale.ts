/**
 * Maps values to levels of a colour map.
 * @module
 */

/** Names of the scales; the first is the default. */
export const scaleNames = ['linear', 'log', 'symlog'] as const;
export type ScaleName = (typeof scaleNames)[number];

/** Lowest and highest value of the colour map. */
export type ValueRange = readonly [low: number, high: number];

/** A range whose ends may be null: the lowest and the highest value that the scale can show. */
export type OpenRange = readonly [low: number | null, high: number | null];

/** The scales. NaN stands for values that a scale does not have. The viewer has the same scales. */
const scales: Readonly<Record<ScaleName, (value: number) => number>> = {
  linear: (value) => value,
  log: (value) => (value > 0 ? Math.log10(value) : Number.NaN),
  symlog: (value) => Math.sign(value) * Math.log10(1 + Math.abs(value)),
};

/** Returns the range with its open ends replaced by the bounds of `values`; null if there are no such bounds. */
function closedRange(values: Float64Array, [low, high]: OpenRange, scale: ScaleName): ValueRange | null {
  if (low !== null && high !== null) return [low, high];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (scale === 'log' && value <= 0) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [low ?? least, high ?? most] : null;
}

/** A function that returns the position of a value between 0 and 1; NaN if it has none. */
export interface ValuePositions {
  /** Values of the first and the last level; null if no value can be shown, and an end of the range is open. */
  readonly range: ValueRange | null;
  readonly positionOf: (value: number) => number;
}

/** Returns the positions of `values` in a range. Values outside of the range are at its ends. */
export function positionsIn(values: Float64Array, open: OpenRange, scale: ScaleName): ValuePositions {
  const scaled = scales[scale];
  const range = closedRange(values, open, scale);
  const [low, high] = (range ?? [0, 0]).map(scaled) as [number, number];
  if (high > low) {
    const length = high - low;
    return { range, positionOf: (value) => (Math.min(high, Math.max(low, scaled(value))) - low) / length };
  }
  // One end of the range is given, and all values are beyond it; or all values are equal.
  const middle = open[0] !== null ? 0 : open[1] !== null ? 1 : 0.5;
  return { range, positionOf: (value) => (Number.isNaN(scaled(value)) ? Number.NaN : middle) };
}
