/**
 * Draws the borders of the chunks of an array over a plot, and marks chunks that are absent or not read.
 * @module
 */
import { DataToHtml, SvgElement, SvgLine, SvgRect } from '@h5web/lib';
import { Vector3 } from 'three';
import { chunkBordersOf } from './chunk-borders.js';
import type { ChunkBox, ChunkFacts } from './chunk-facts.js';

interface Props {
  readonly width: number;
  readonly height: number;
  /** Size of a chunk along both axes of the plot. */
  readonly chunkWidth: number;
  readonly chunkHeight: number;
  /** Chunks to mark; null if they are not known. */
  readonly facts: ChunkFacts | null;
}

/** Id of the pattern of absent chunks. */
const hatch = 'absent-chunk';

/** Returns two corners of each rectangle. */
const cornersOf = (boxes: readonly ChunkBox[]): Vector3[] =>
  boxes.flatMap(({ x, y }) => [new Vector3(x[0], y[0]), new Vector3(x[1], y[1])]);

/** Returns pairs of points. */
function pairsOf(points: readonly Vector3[]): [Vector3, Vector3][] {
  return points.flatMap((start, i): [Vector3, Vector3][] => {
    const end = points[i + 1];
    return i % 2 === 1 || end === undefined ? [] : [[start, end]];
  });
}

/** The borders and marks, in the coordinates of the elements. */
export function ChunkGrid({ width, height, chunkWidth, chunkHeight, facts }: Props) {
  const lines = [
    ...chunkBordersOf(width, chunkWidth).flatMap((x) => [new Vector3(x, 0), new Vector3(x, height)]),
    ...chunkBordersOf(height, chunkHeight).flatMap((y) => [new Vector3(0, y), new Vector3(width, y)]),
  ];
  const absent = cornersOf(facts?.absent ?? []);
  const untouched = cornersOf(facts?.untouched ?? []);
  const points = [...lines, ...absent, ...untouched];
  if (points.length === 0) return null;
  return (
    <DataToHtml points={points}>
      {(...found: Vector3[]) => {
        const [afterLines, afterAbsent] = [lines.length, lines.length + absent.length];
        return (
          <SvgElement>
            <defs>
              <pattern id={hatch} width={8} height={8} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect width={2} height={8} fill="#000000" />
                <rect x={2} width={2} height={8} fill="#ffffff" />
              </pattern>
            </defs>
            {pairsOf(found.slice(afterLines, afterAbsent)).map((coords, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: chunks have no identity but their position.
              <SvgRect key={i} className="chunk-absent" coords={coords} fill={`url(#${hatch})`} />
            ))}
            {pairsOf(found.slice(afterAbsent)).map((coords, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: chunks have no identity but their position.
              <SvgRect key={i} className="chunk-untouched" coords={coords} />
            ))}
            {pairsOf(found.slice(0, afterLines)).map((coords, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: borders have no identity but their position.
              <SvgLine key={i} className="chunk-border" coords={coords} stroke="currentColor" />
            ))}
          </SvgElement>
        );
      }}
    </DataToHtml>
  );
}
