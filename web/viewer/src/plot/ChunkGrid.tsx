/**
 * Draws the borders of the chunks of an array over a plot.
 * @module
 */
import { DataToHtml, SvgElement, SvgLine } from '@h5web/lib';
import { Vector3 } from 'three';
import { chunkBordersOf } from './chunk-borders.js';

interface Props {
  readonly width: number;
  readonly height: number;
  /** Size of a chunk along both axes of the plot. */
  readonly chunkWidth: number;
  readonly chunkHeight: number;
}

/** The borders, in the coordinates of the elements. */
export function ChunkGrid({ width, height, chunkWidth, chunkHeight }: Props) {
  const points = [
    ...chunkBordersOf(width, chunkWidth).flatMap((x) => [new Vector3(x, 0), new Vector3(x, height)]),
    ...chunkBordersOf(height, chunkHeight).flatMap((y) => [new Vector3(0, y), new Vector3(width, y)]),
  ];
  if (points.length === 0) return null;
  return (
    <DataToHtml points={points}>
      {(...found: Vector3[]) => (
        <SvgElement>
          {found.flatMap((start, i) => {
            const end = found[i + 1];
            if (i % 2 === 1 || end === undefined) return [];
            const key = `${i}`;
            return [<SvgLine key={key} className="chunk-border" coords={[start, end]} stroke="currentColor" />];
          })}
        </SvgElement>
      )}
    </DataToHtml>
  );
}
