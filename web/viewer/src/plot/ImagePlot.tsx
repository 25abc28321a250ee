/**
 * Shows a plane as a picture.
 * @module
 */
import { KeepZoom } from '@h5web/lib';
import { useMemo } from 'react';
import type { ArrayNode } from '../api/client.js';
import type { ViewState } from '../shell/view-state.js';
import { ChunkGrid } from './ChunkGrid.js';
import type { ChunkFacts } from './chunk-facts.js';
import type { Coordinates } from './coordinates.js';
import type { ElementsRead } from './elements.js';
import { formatCoordinate, isTime, tickLabel } from './format-coordinate.js';
import { formatNumber } from './format-number.js';
import { Heatmap, type HeatmapAxis } from './Heatmap.js';
import { KeepProgram } from './KeepProgram.js';
import { cssColor, missingColorOf } from './missing-color.js';
import { planeOf } from './plane.js';
import type { Slice } from './slice.js';
import { dimensionName } from './slice.js';
import { scaleTypes, useColorDomain } from './use-color-domain.js';

interface Props {
  readonly node: ArrayNode;
  readonly read: ElementsRead;
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

/** The picture, with its axes and colour bar. */
export function ImagePlot({ node, read, slice, state, title, chunks, coordinates }: Props) {
  const { array, rowStep, columnStep } = useMemo(() => planeOf(read, slice), [read, slice]);
  const scaleType = scaleTypes[state.scale];
  const domain = useColorDomain(read.data, state);
  const [xd, yd] = [slice.indexOf('x'), slice.indexOf('y')];
  const [width, height] = [node.shape[xd] ?? 1, node.shape[yd] ?? 1];
  const [xName, yName] = [dimensionName(node.dimensionNames, xd), dimensionName(node.dimensionNames, yd)];
  const [xCoordinates, yCoordinates] = [coordinates[xd] ?? null, coordinates[yd] ?? null];
  return (
    <Heatmap
      title={title}
      array={array}
      domain={domain}
      colorMap={state.colorMap}
      scaleType={scaleType}
      missingColor={cssColor(missingColorOf(state.colorMap))}
      x={axisOf(xName, width, xCoordinates)}
      y={axisOf(yName, height, yCoordinates)}
      renderTooltip={(row, column) => (
        <>
          {formatPosition(xName, column * columnStep, xCoordinates)}
          <br />
          {formatPosition(yName, row * rowStep, yCoordinates)}
          <br />
          <strong>{formatElement(Number(array.get(row, column)))}</strong>
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
          facts={chunks}
        />
      )}
    </Heatmap>
  );
}
