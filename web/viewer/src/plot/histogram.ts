/**
 * Counts the elements of a plot in bins of equal width.
 * @module
 */
import type { Domain } from '@h5web/lib';
import type { Elements } from './element-types.js';

/** Numbers of elements in bins. Bin `i` is from `edges[i]` to `edges[i + 1]`, which belongs only to the last bin. */
export interface Histogram {
  readonly counts: Uint32Array;
  readonly edges: Float64Array;
}

/** Counts the elements between `low` and `high`, both included, as `numpy.histogram` does. Ignores NaN. */
export function histogramOf(data: Elements, [low, high]: Domain, bins: number): Histogram {
  const step = (high - low) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * step));
  const counts = new Uint32Array(bins);
  const scale = bins / (high - low);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    // False for NaN.
    if (!(value >= low && value <= high)) continue;
    let bin = Math.min(Math.floor((value - low) * scale), bins - 1);
    // The multiplication is rounded, so that values next to an edge may be in the wrong bin.
    if (value < (edges[bin] ?? low)) bin -= 1;
    else if (bin < bins - 1 && value >= (edges[bin + 1] ?? high)) bin += 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, edges };
}
