/**
 * Shows a plane as a picture.
 * @module
 */
import { useMemo } from 'react';
import type { ArrayNode } from '../api/client.js';
import type { ViewState } from '../shell/view-state.js';
import { ChunkGrid } from './ChunkGrid.js';
import type { ChunkFacts } from './chunk-facts.js';
import type { Coordinates } from './coordinates.js';
import type { ElementsRead } from './elements.js';
import { formatCoordinate, isTime, tickLabel } from './format-coordinate.js';
import { formatNumber } from './format-number.js';
import { Heatmap, type HeatmapAxis, type HeatmapLayer } from './Heatmap.js';
import { KeepProgram } from './KeepProgram.js';
import { cssColor, missingColorOf } from './missing-color.js';
import { planeOf } from './plane.js';
import { SyncZoom } from './SyncZoom.js';
import type { Slice } from './slice.js';
import { dimensionName, firstIndex } from './slice.js';
import { scaleTypes, useColorDomain } from './use-color-domain.js';
import type { Detail } from './use-detail.js';
import { type AxisRange, fitZoom } from './zoom.js';

interface Props {
  readonly node: ArrayNode;
  readonly read: ElementsRead;
  /** A finer part of the picture; null if there is none. */
  readonly detail: Detail | null;
  /** The slice to which `read` belongs. */
  readonly slice: Slice;
  readonly state: ViewState;
  readonly title: string;
  /** Chunks to mark if the borders of chunks are shown; null if they are not known. */
  readonly chunks: ChunkFacts | null;
  /** Coordinates of the dimensions; null for dimensions without coordinates. */
  readonly coordinates: readonly (Coordinates | null)[];
}

/** Returns an element as text. */
function formatElement(value: number): string {
  return Number.isNaN(value) ? 'missing' : formatNumber(value);
}

/** Returns an axis whose ticks are coordinates, or indices if there are none. Dates are too long for ticks. */
function axisOf(name: string, size: number, coordinates: Coordinates | null): HeatmapAxis {
  if (coordinates === null || isTime(coordinates.units)) return { label: name, size };
  const { values, units } = coordinates;
  const labelAt = (index: number): string => tickLabel(values, index);
  return { label: units === null ? name : `${name} (${units})`, size, labelAt };
}

/** Returns the position of an element along a dimension, and its coordinate if that is known. */
function formatPosition(name: string, index: number, coordinates: Coordinates | null): string {
  const value = coordinates?.values[index];
  return `${name} ${index}${value === undefined ? '' : `: ${formatCoordinate(value, coordinates?.units ?? null)}`}`;
}

/** A layer of the picture, and the indices of its elements in the array. */
interface Layer extends HeatmapLayer {
  readonly rowAt: (row: number) => number;
  readonly columnAt: (column: number) => number;
}

/** Makes a layer of elements that cover a part of the picture. */
function layerOf(read: ElementsRead, slice: Slice, x: AxisRange, y: AxisRange): Layer {
  const { array, rowStep, columnStep } = planeOf(read, slice);
  const indexAt =
    ([start, stop]: AxisRange, step: number) =>
    (cell: number): number =>
      start + firstIndex(stop - start, step) + cell * step;
  return { array, x, y, rowAt: indexAt(y, rowStep), columnAt: indexAt(x, columnStep) };
}

/** The picture, with its axes and colour bar. The colours do not depend on the detail, so they stay during a zoom. */
export function ImagePlot({ node, read, detail, slice, state, title, chunks, coordinates }: Props) {
  const scaleType = scaleTypes[state.scale];
  const domain = useColorDomain(read.data, state);
  const [xd, yd] = [slice.indexOf('x'), slice.indexOf('y')];
  const [width, height] = [node.shape[xd] ?? 1, node.shape[yd] ?? 1];
  const base = useMemo(() => layerOf(read, slice, [0, width], [0, height]), [read, slice, width, height]);
  const finer = useMemo(() => {
    const [x, y] = detail?.box ?? [];
    return detail === null || x === undefined || y === undefined ? null : layerOf(detail.read, slice, x, y);
  }, [detail, slice]);
  const [xName, yName] = [dimensionName(node.dimensionNames, xd), dimensionName(node.dimensionNames, yd)];
  const [xCoordinates, yCoordinates] = [coordinates[xd] ?? null, coordinates[yd] ?? null];
  return (
    <Heatmap
      title={title}
      layers={finer === null ? [base] : [base, finer]}
      domain={domain}
      colorMap={state.colorMap}
      scaleType={scaleType}
      missingColor={cssColor(missingColorOf(state.colorMap))}
      x={axisOf(xName, width, xCoordinates)}
      y={axisOf(yName, height, yCoordinates)}
      renderTooltip={({ array, rowAt, columnAt }, row, column) => (
        <>
          {formatPosition(xName, columnAt(column), xCoordinates)}
          <br />
          {formatPosition(yName, rowAt(row), yCoordinates)}
          <br />
          <strong>{formatElement(Number(array.get(row, column)))}</strong>
        </>
      )}
    >
      <SyncZoom sizes={[width, height]} zoom={fitZoom(state.zoom, [width, height])} />
      <KeepProgram scaleType={scaleType} />
      {state.showsChunks && (
        <ChunkGrid
          width={width}
          height={height}
          chunkWidth={node.chunkShape[xd] ?? 1}
          chunkHeight={node.chunkShape[yd] ?? 1}
          facts={chunks}
        />
      )}
    </Heatmap>
  );
}
