/**
 * Finds the chunks that the elements of a plot come from.
 * @module
 */
import { type ArrayNode, requestJson } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { chunkBordersOf } from './chunk-borders.js';
import type { ElementsRead } from './elements.js';
import { firstIndex, type Slice } from './slice.js';

/** A chunk as a rectangle of a plot. */
export interface ChunkBox {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Chunks of a plot. */
export interface ChunkFacts {
  /** Number of chunks that the plot reads. */
  readonly touched: number;
  /** Chunks that are not stored. */
  readonly absent: readonly ChunkBox[];
  /** Chunks that no element of the plot comes from, because it shows a part of the elements. */
  readonly untouched: readonly ChunkBox[];
  /** True if the server lists no more chunks. */
  readonly hasMore: boolean;
}

/**
 * Returns the selection of the elements of a plot that shows one of every `steps` elements.
 * @param steps of the dimensions that are axes, in the order of the array.
 */
export function readSelection(shape: readonly number[], slice: Slice, steps: readonly number[]): string {
  let axis = 0;
  return slice
    .map((entry, d) => {
      if (typeof entry === 'number') return String(entry);
      const step = steps[axis++] ?? 1;
      return step === 1 ? ':' : `${firstIndex(shape[d] ?? 1, step)}::${step}`;
    })
    .join(',');
}

/** Returns the number of chunks along both axes, and true if there are too many borders to draw. */
export function chunkGridOf({ shape, chunkShape }: ArrayNode, slice: Slice) {
  const [columns, rows] = (['x', 'y'] as const).map((axis) => {
    const d = slice.indexOf(axis);
    const [size, chunk] = [shape[d] ?? 1, Math.max(1, chunkShape[d] ?? 1)];
    return { size, chunk, count: Math.ceil(size / chunk), borders: chunkBordersOf(size, chunk) };
  });
  const isTooFine = [columns, rows].some((axis) => axis !== undefined && axis.count > 1 && axis.borders.length === 0);
  return { columns: columns?.count ?? 1, rows: rows?.count ?? 1, isTooFine };
}

async function findChunks(path: string, node: ArrayNode, slice: Slice, steps: readonly number[], signal: AbortSignal) {
  const { shape, chunkShape, field } = node;
  const selection = readSelection(shape, slice, steps);
  const query = { path, selection, ...(field === null ? {} : { field }) };
  const { chunks, hasMore } = await requestJson('chunks', query, signal);
  const [xd, yd] = [slice.indexOf('x'), slice.indexOf('y')];
  const boxes = chunks.map(({ start, stop, isStored }) => {
    const rangeOf = (d: number): [number, number] => [start[d] ?? 0, stop[d] ?? 0];
    return { box: { x: rangeOf(xd), y: rangeOf(yd) }, isStored };
  });
  const known = new Set(boxes.map(({ box }) => `${box.x[0]},${box.y[0]}`));
  const untouched: ChunkBox[] = [];
  const [width, height] = [shape[xd] ?? 1, shape[yd] ?? 1];
  const [chunkWidth, chunkHeight] = [Math.max(1, chunkShape[xd] ?? 1), Math.max(1, chunkShape[yd] ?? 1)];
  if (steps.some((step) => step > 1) && !hasMore && !chunkGridOf(node, slice).isTooFine) {
    for (let y = 0; y < height; y += chunkHeight) {
      for (let x = 0; x < width; x += chunkWidth) {
        if (known.has(`${x},${y}`)) continue;
        untouched.push({ x: [x, Math.min(x + chunkWidth, width)], y: [y, Math.min(y + chunkHeight, height)] });
      }
    }
  }
  const absent = boxes.filter(({ isStored }) => !isStored).map(({ box }) => box);
  return { touched: chunks.length, absent, untouched, hasMore };
}

/** Loads facts about the chunks of a plot; null if they are not wanted or not known. */
export function useChunkFacts(
  path: string,
  node: ArrayNode,
  read: ElementsRead | null,
  slice: Slice,
  isWanted: boolean,
): ChunkFacts | null {
  const steps = read?.steps ?? [];
  const key = isWanted && read !== null ? `${path}\n${node.field}\n${slice.join()}\n${steps.join()}` : null;
  const { value } = useLoaded(key, async (signal) => ({
    key,
    facts: await findChunks(path, node, slice, steps, signal),
  }));
  return value?.key === key ? value.facts : null;
}
