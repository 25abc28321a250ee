/**
 * Shows a plane as a picture.
 * @module
 */
import { type ColorMap, HeatmapVis, KeepZoom, ScaleType, useSafeDomain, useVisDomain } from '@h5web/lib';
import type { NdArray } from 'ndarray';
import { useMemo } from 'react';
import type { ArrayNode } from '../api/client.js';
import ndarray from '../arrays/ndarray.js';
import { assign } from '../arrays/ndarray-ops.js';
import type { ViewState } from '../shell/view-state.js';
import { ChunkGrid } from './ChunkGrid.js';
import type { Elements } from './element-types.js';
import type { ElementsRead } from './elements.js';
import { formatNumber } from './format-number.js';
import { KeepProgram } from './KeepProgram.js';
import type { Slice } from './slice.js';
import { dimensionName } from './slice.js';
import { useDataDomain } from './use-data-domain.js';

interface Props {
  readonly node: ArrayNode;
  readonly read: ElementsRead;
  /** The slice to which `read` belongs. */
  readonly slice: Slice;
  readonly state: ViewState;
  readonly title: string;
}

const scaleTypes = { linear: ScaleType.Linear, log: ScaleType.Log, symlog: ScaleType.SymLog } as const;

/** Elements with the vertical axis first, and the distance between neighbours along both axes in the array. */
interface Plane {
  readonly array: NdArray<Elements>;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Returns the elements with the vertical axis first. */
function planeOf({ data, shape, steps }: ElementsRead, slice: Slice): Plane {
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

/** Returns the borders of `count` cells, each of which stands for `step` of `size` elements. */
function edges(count: number, step: number, size: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => Math.min(i * step, size));
}

/** The picture, with its axes and colour bar. */
export function ImagePlot({ node, read, slice, state, title }: Props) {
  const { array, rowStep, columnStep } = useMemo(() => planeOf(read, slice), [read, slice]);
  const scaleType = scaleTypes[state.scale];
  const dataDomain = useDataDomain(read.data, scaleType) ?? [0.1, 1];
  const [low, high] = state.range;
  const wanted = useVisDomain([low, high], dataDomain);
  const [domain] = useSafeDomain(wanted, dataDomain, scaleType);
  const [xd, yd] = [slice.indexOf('x'), slice.indexOf('y')];
  const [width, height] = [node.shape[xd] ?? 1, node.shape[yd] ?? 1];
  const [rows = 1, columns = 1] = array.shape;
  const columnEdges = useMemo(() => edges(columns, columnStep, width), [columns, columnStep, width]);
  const rowEdges = useMemo(() => edges(rows, rowStep, height), [rows, rowStep, height]);
  const [xName, yName] = [dimensionName(node.dimensionNames, xd), dimensionName(node.dimensionNames, yd)];
  return (
    <HeatmapVis
      className="vis"
      title={title}
      dataArray={array}
      domain={domain}
      colorMap={state.colorMap as ColorMap}
      scaleType={scaleType}
      aspect="equal"
      abscissaParams={{ label: xName, value: columnEdges }}
      ordinateParams={{ label: yName, value: rowEdges }}
      renderTooltip={({ xi, yi }) => (
        <>
          {`${xName} ${columnEdges[xi] ?? ''}, ${yName} ${rowEdges[yi] ?? ''}`}
          <br />
          <strong>{formatNumber(Number(array.get(yi, xi)))}</strong>
        </>
      )}
    >
      <KeepZoom visKey="image" />
      <KeepProgram scaleType={scaleType} />
      {state.showsChunks && (
        <ChunkGrid
          width={width}
          height={height}
          chunkWidth={node.chunkShape[xd] ?? 1}
          chunkHeight={node.chunkShape[yd] ?? 1}
        />
      )}
    </HeatmapVis>
  );
}
