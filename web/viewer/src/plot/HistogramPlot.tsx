/**
 * Shows how many elements of a plot have which values.
 * @module
 */
import type { Domain } from '@h5web/lib';
import { useMemo } from 'react';
import { boundsOf } from './bounds.js';
import type { Elements } from './element-types.js';
import { formatNumber } from './format-number.js';
import { histogramOf } from './histogram.js';

const bins = 64;
/** Height of the highest bar. */
const height = 100;

/** Returns the lowest and the highest finite element; null if there is none. */
function domainOf(data: Elements): Domain | null {
  const { min, max } = boundsOf(data);
  if (!Number.isFinite(min)) return null;
  // As in NumPy, one value has a range of width 1 around it.
  return min === max ? [min - 0.5, max + 0.5] : [min, max];
}

/** The finite elements in 64 bins from the lowest to the highest. */
export function HistogramPlot({ data }: { readonly data: Elements }) {
  const domain = useMemo(() => domainOf(data), [data]);
  const histogram = useMemo(() => (domain === null ? null : histogramOf(data, domain, bins)), [data, domain]);
  if (domain === null || histogram === null) return <p className="hint">No finite elements.</p>;
  const { counts, edges } = histogram;
  const [low, high] = domain.map(formatNumber);
  const most = Math.max(...counts);
  const label = `Histogram from ${low} to ${high}, at most ${most} elements per bar`;
  return (
    <figure className="histogram">
      <svg viewBox={`0 0 ${bins} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {[...counts].map((count, i) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have fixed positions.
            key={i}
            data-count={count}
            x={i}
            y={height - (count / most) * height}
            width={1}
            height={(count / most) * height}
          >
            <title>{`${formatNumber(edges[i] ?? 0)} to ${formatNumber(edges[i + 1] ?? 0)}: ${count}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption>
        <span>{low}</span>
        <span>at most {most} elements per bar</span>
        <span>{high}</span>
      </figcaption>
    </figure>
  );
}
