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
  VisCanvas,
} from '@h5web/lib';
import type { NdArray } from 'ndarray';
import { type ReactNode, useMemo } from 'react';
import type { Elements } from './element-types.js';

/** An axis of a {@link Heatmap}. */
export interface HeatmapAxis {
  readonly label: string;
  /** Length of the dimension. Elements are at the positions from 0 to `size`. */
  readonly size: number;
  /** Returns the label of the element at an index. Default: the index. */
  readonly labelAt?: ((index: number) => string) | undefined;
}

interface Props {
  readonly title: string;
  readonly array: NdArray<Elements>;
  readonly domain: Domain;
  readonly colorMap: string;
  readonly scaleType: HeatmapMeshProps['scaleType'];
  /** Colour of elements without a value, in the form of CSS. */
  readonly missingColor: string;
  readonly x: HeatmapAxis;
  readonly y: HeatmapAxis;
  /** Returns the content of the tooltip for a row and a column. */
  readonly renderTooltip: (row: number, column: number) => ReactNode;
  readonly children: ReactNode;
}

/** Returns elements in a type that graphics cards have. */
function toTexture(array: NdArray<Elements>): HeatmapMeshProps['values'] {
  const { data } = array;
  const fits = data instanceof Float32Array || data instanceof Uint8Array;
  return (fits ? array : toTypedNdArray(array, Float32Array)) as HeatmapMeshProps['values'];
}

/** The picture. Its first row is at the bottom. */
export function Heatmap({
  title,
  array,
  domain,
  colorMap,
  scaleType,
  missingColor,
  x,
  y,
  renderTooltip,
  children,
}: Props) {
  const values = useMemo(() => toTexture(array), [array]);
  const [rows = 1, columns = 1] = array.shape;
  const configOf = ({ label, size, labelAt }: HeatmapAxis) => ({
    label,
    visDomain: [0, size] as Domain,
    // Labels belong to elements, so ticks are at whole numbers.
    isIndexAxis: labelAt !== undefined,
    ...(labelAt === undefined ? {} : { formatTick: labelAt }),
  });
  const at = (position: number, { size }: HeatmapAxis, count: number): number =>
    Math.max(0, Math.min(Math.floor((position / size) * count), count - 1));
  return (
    <figure className="vis" aria-label={title} data-keep-canvas-colors>
      <VisCanvas title={title} aspect="equal" abscissaConfig={configOf(x)} ordinateConfig={configOf(y)}>
        <DefaultInteractions />
        <ResetZoomButton />
        <TooltipMesh guides="both" renderTooltip={(px, py) => renderTooltip(at(py, y, rows), at(px, x, columns))} />
        <HeatmapMesh
          values={values}
          domain={domain}
          colorMap={colorMap as ColorMap}
          scaleType={scaleType}
          badColor={missingColor}
        />
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
