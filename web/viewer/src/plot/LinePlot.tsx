/**
 * Shows elements along one dimension as a line.
 * @module
 */
import { LineVis } from '@h5web/lib';
import type { NdArray } from 'ndarray';
import { useMemo } from 'react';
import type { ArrayNode } from '../api/client.js';
import ndarray from '../arrays/ndarray.js';
import type { ViewState } from '../shell/view-state.js';
import type { Elements } from './element-types.js';
import type { ElementsRead } from './elements.js';
import { lineOf } from './line.js';
import { SyncZoom } from './SyncZoom.js';
import type { Slice } from './slice.js';
import { dimensionName } from './slice.js';
import { scaleTypes } from './use-color-domain.js';
import { useDataDomain } from './use-data-domain.js';
import type { Detail } from './use-detail.js';
import { fitZoom } from './zoom.js';

interface Props {
  readonly node: ArrayNode;
  readonly read: ElementsRead;
  /** A finer part of the line; null if there is none. */
  readonly detail: Detail | null;
  /** The slice to which `read` belongs. */
  readonly slice: Slice;
  readonly state: ViewState;
  readonly title: string;
}

/** The line, with its axes. */
export function LinePlot({ node, read, detail, slice, state, title }: Props) {
  const { data } = read;
  const size = node.shape[slice.indexOf('x')] ?? 1;
  const { values, positions } = useMemo(() => lineOf(read, detail, size), [read, detail, size]);
  const array = useMemo(() => ndarray(values, [values.length]) as unknown as NdArray<Elements>, [values]);
  const scaleType = scaleTypes[state.scale];
  const dataDomain = useDataDomain(data, scaleType);
  const [low, high] = state.range;
  const domain: [number, number] | undefined =
    dataDomain === undefined ? undefined : [low ?? dataDomain[0], high ?? dataDomain[1]];
  const units = node.attributes['units'];
  return (
    <LineVis
      className="vis"
      title={title}
      dataArray={array}
      domain={domain}
      scaleType={scaleType}
      showGrid
      abscissaParams={{ label: dimensionName(node.dimensionNames, slice.indexOf('x')), value: positions }}
      ordinateLabel={typeof units === 'string' ? units : ''}
    >
      <SyncZoom sizes={[size]} zoom={fitZoom(state.zoom, [size])} />
    </LineVis>
  );
}
