/**
 * Says how many elements of a plot have no colour or no point, and in which colour a picture shows them.
 * @module
 */
import type { ViewState } from '../shell/view-state.js';
import { boundsOf } from './bounds.js';
import type { Elements } from './element-types.js';
import { formatCount } from './format-number.js';
import { cssColor, missingColorOf } from './missing-color.js';

interface Props {
  readonly data: Elements;
  readonly state: ViewState;
  /** True if the plot is a picture. A line has gaps instead. */
  readonly isImage: boolean;
}

/** The legend. Nothing if all elements are drawn. */
export function MissingLegend({ data, state, isImage }: Props) {
  const { missing, notPositive } = boundsOf(data);
  const entries = [
    [missing, 'missing'] as const,
    [state.scale === 'log' ? notPositive : 0, 'not above 0, so a logarithmic scale cannot show them'] as const,
  ].filter(([count]) => count > 0);
  if (entries.length === 0) return null;
  const total = formatCount(data.length);
  return (
    <ul className="legend missing-legend">
      {entries.map(([count, label]) => (
        <li key={label}>
          {isImage && (
            <span
              className="key"
              style={{ backgroundColor: cssColor(missingColorOf(state.colorMap)) }}
              aria-hidden="true"
            />
          )}{' '}
          {formatCount(count)} of {total} elements: {label}
        </li>
      ))}
    </ul>
  );
}
