/**
 * A picture with axes, a colour bar and a tooltip. Like `HeatmapVis` of h5web, which has no colour for missing values.
 * @module
 */
import {
  ColorBar,
  type ColorMap,
  DefaultInteractions,
  type Domain,
  HeatmapMesh,
  type HeatmapMeshProps,
  ResetZoomButton,
  TooltipMesh,
  toTypedNdArray,
  useVisCanvasContext,
  VisCanvas,
} from '@h5web/lib';
import type { NdArray } from 'ndarray';
import { type ReactNode, useMemo } from 'react';
import { Vector3 } from 'three';
import type { Elements } from './element-types.js';
import { formatNumber } from './format-number.js';
import type { AxisRange } from './zoom.js';

/** An axis of a {@link Heatmap}. */
export interface HeatmapAxis {
  readonly label: string;
  /** Length of the dimension. Elements are at the positions from 0 to `size`. */
  readonly size: number;
  /** Returns the label of the element at an index. Default: the index. */
  readonly labelAt?: ((index: number) => string) | undefined;
}

/** Elements, and the part of the picture that they cover. */
export interface HeatmapLayer {
  readonly array: NdArray<Elements>;
  readonly x: AxisRange;
  readonly y: AxisRange;
}

interface Props<L extends HeatmapLayer> {
  readonly title: string;
  /** Layers of the picture. Each covers the layers before it. */
  readonly layers: readonly L[];
  readonly domain: Domain;
  readonly colorMap: string;
  readonly scaleType: HeatmapMeshProps['scaleType'];
  /** Colour of elements without a value, in the form of CSS. */
  readonly missingColor: string;
  readonly x: HeatmapAxis;
  readonly y: HeatmapAxis;
  /** Returns the content of the tooltip for a row and a column of a layer. */
  readonly renderTooltip: (layer: L, row: number, column: number) => ReactNode;
  readonly children: ReactNode;
}

/** Returns elements in a type that graphics cards have. */
function toTexture(array: NdArray<Elements>): HeatmapMeshProps['values'] {
  const { data } = array;
  const fits = data instanceof Float32Array || data instanceof Uint8Array;
  return (fits ? array : toTypedNdArray(array, Float32Array)) as HeatmapMeshProps['values'];
}

type Coloring = Pick<HeatmapMeshProps, 'domain' | 'colorMap' | 'scaleType' | 'badColor'>;

/** Draws a layer at its place, in front of the layers with a lower `depth`. */
function Layer({ layer, depth, ...coloring }: Coloring & { readonly layer: HeatmapLayer; readonly depth: number }) {
  const { array, x, y } = layer;
  const values = useMemo(() => toTexture(array), [array]);
  const { dataToWorld } = useVisCanvasContext();
  const [low, high] = [dataToWorld(new Vector3(x[0], y[0])), dataToWorld(new Vector3(x[1], y[1]))];
  return (
    <HeatmapMesh
      values={values}
      size={{ width: high.x - low.x, height: high.y - low.y }}
      position={[(low.x + high.x) / 2, (low.y + high.y) / 2, depth]}
      {...coloring}
    />
  );
}

/** Returns the number of the cell at a position, if a range is divided into `count` cells. */
function cellAt(position: number, [start, stop]: AxisRange, count: number): number {
  return Math.max(0, Math.min(Math.floor(((position - start) / (stop - start)) * count), count - 1));
}

const contains = ([start, stop]: AxisRange, position: number): boolean => position >= start && position < stop;

/** The picture. Its first row is at the bottom. */
export function Heatmap<L extends HeatmapLayer>({
  title,
  layers,
  domain,
  colorMap,
  scaleType,
  missingColor,
  x,
  y,
  renderTooltip,
  children,
}: Props<L>) {
  const configOf = ({ label, size, labelAt }: HeatmapAxis) => ({
    label,
    visDomain: [0, size] as Domain,
    // Labels belong to elements, so ticks are at whole numbers.
    isIndexAxis: labelAt !== undefined,
    formatTick: labelAt ?? formatNumber,
  });
  const tooltipAt = (px: number, py: number): ReactNode => {
    const layer = layers.findLast((candidate) => contains(candidate.x, px) && contains(candidate.y, py)) ?? layers[0];
    if (layer === undefined) return null;
    const [rows = 1, columns = 1] = layer.array.shape;
    return renderTooltip(layer, cellAt(py, layer.y, rows), cellAt(px, layer.x, columns));
  };
  const coloring = { domain, colorMap: colorMap as ColorMap, scaleType, badColor: missingColor };
  return (
    <figure className="vis" aria-label={title} data-keep-canvas-colors>
      <VisCanvas title={title} aspect="equal" abscissaConfig={configOf(x)} ordinateConfig={configOf(y)}>
        <DefaultInteractions />
        <ResetZoomButton />
        <TooltipMesh guides="both" renderTooltip={tooltipAt} />
        {layers.map((layer, depth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: layers have no identity but their position.
          <Layer key={depth} layer={layer} depth={depth} {...coloring} />
        ))}
        {children}
      </VisCanvas>
      <ColorBar
        domain={domain}
        scaleType={scaleType}
        colorMap={colorMap as ColorMap}
        invertColorMap={false}
        withBounds
      />
    </figure>
  );
}
