/**
 * Shows elements along one dimension as a line.
 * @module
 */
import { KeepZoom, LineVis } from '@h5web/lib';
import type { NdArray } from 'ndarray';
import { useMemo } from 'react';
import type { ArrayNode } from '../api/client.js';
import ndarray from '../arrays/ndarray.js';
import type { ViewState } from '../shell/view-state.js';
import type { Elements } from './element-types.js';
import type { ElementsRead } from './elements.js';
import type { Slice } from './slice.js';
import { dimensionName } from './slice.js';
import { scaleTypes } from './use-color-domain.js';
import { useDataDomain } from './use-data-domain.js';

interface Props {
  readonly node: ArrayNode;
  readonly read: ElementsRead;
  /** The slice to which `read` belongs. */
  readonly slice: Slice;
  readonly state: ViewState;
  readonly title: string;
}

/** The line, with its axes. */
export function LinePlot({ node, read, slice, state, title }: Props) {
  const { data, shape, steps } = read;
  const array = useMemo(() => ndarray(data, shape) as unknown as NdArray<Elements>, [data, shape]);
  const scaleType = scaleTypes[state.scale];
  const dataDomain = useDataDomain(data, scaleType);
  const [low, high] = state.range;
  const domain: [number, number] | undefined =
    dataDomain === undefined ? undefined : [low ?? dataDomain[0], high ?? dataDomain[1]];
  const step = steps[0] ?? 1;
  const positions = useMemo(() => Array.from({ length: data.length }, (_, i) => i * step), [data, step]);
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
      <KeepZoom visKey="line" xOnly />
    </LineVis>
  );
}
