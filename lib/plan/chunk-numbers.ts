/**
 * Numbers of chunks: the chunks of a region of a grid, numbered in row-major order. So one dimension is enough to
 * describe any set of chunks, also a set that is no box.
 * @module
 */
import { type Checkpoint, checkpoint, type Sliced, stepsPerCheckpoint } from '../core/checkpoint.js';
import { type Locate, positionOf, TableBuilder } from './locate-many.js';
import type { ChunkLocations, TableLocations, TemplateLocations } from './locations.js';
import { sortKeys } from './order.js';

/** The region whose chunks are numbered. */
export interface ChunkRegion {
  /** Lowest chunk coordinate of each dimension. */
  readonly lows: readonly number[];
  /** Number of chunk coordinates of each dimension. */
  readonly counts: readonly number[];
  /** Distance between the numbers of neighbours along each dimension. */
  readonly strides: readonly number[];
  /** Number of chunks. */
  readonly size: number;
}

/** Creates the region between the chunk coordinates `lows` and `highs` (inclusive). */
export function createRegion(lows: readonly number[], highs: readonly number[]): ChunkRegion {
  const counts = lows.map((low, d) => (highs[d] ?? low) - low + 1);
  const strides = counts.map(() => 1);
  let size = 1;
  for (let d = counts.length - 1; d >= 0; d--) {
    strides[d] = size;
    size *= counts[d] ?? 1;
  }
  return { lows, counts, strides, size };
}

/** Returns the chunk coordinate along dimension `d` of the chunk with number `chunk`. */
function coordinateAt({ lows, counts, strides }: ChunkRegion, chunk: number, d: number): number {
  return (lows[d] ?? 0) + (Math.floor(chunk / (strides[d] ?? 1)) % (counts[d] ?? 1));
}

/** Returns the coordinates of the chunk with number `chunk`. */
export function coordinatesOf(region: ChunkRegion, chunk: number): number[] {
  return region.lows.map((_, d) => coordinateAt(region, chunk, d));
}

/**
 * Looks up the files of the chunks `chunks`, whose names follow from a template. If the names turn out to be wrong,
 * `locate` gives another template.
 */
export type LookUpFiles<Question, Answer> = (
  template: TemplateLocations,
  chunks: Float64Array,
  region: ChunkRegion,
  locate: Locate<Question, Answer>,
) => Generator<Question, ChunkLocations, Answer>;

/**
 * Locates chunks by their numbers. Divides the chunks until the smallest box that contains a part has few other chunks,
 * and asks once per part.
 * @param chunks row-major indices of the chunks in `region`, ascending.
 */
export function* locateNumbers<Question, Answer>(
  chunks: Float64Array,
  region: ChunkRegion,
  locate: Locate<Question, Answer>,
  lookUpFiles: LookUpFiles<Question, Answer>,
): Generator<Question | Checkpoint, ChunkLocations, Answer> {
  const table = yield* TableBuilder.create(chunks.length);
  const parts = [{ begin: 0, end: chunks.length }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { begin, end } = part;
    const count = end - begin;
    const box = yield* boxOf(chunks.subarray(begin, end), region);
    const volume = box.reduce((product, { length }) => product * length, 1);
    if (count > 1 && volume > count * spareFactor + fewChunks) {
      const middle = begin + (count >>> 1);
      parts.push({ begin: middle, end }, { begin, end: middle });
      continue;
    }
    const found = yield* locate(box);
    // A name template is valid for all chunks.
    if (found.kind === 'template') return yield* lookUpFiles(found, chunks, region, locate);
    if (found.kind === 'table') yield* pick(found, box, chunks, part, region, table);
  }
  return table.build();
}

/**
 * The index is asked for a box if it has at most `count * spareFactor + fewChunks` chunks, `count` of which are needed.
 * For a chunk that is not needed, an index may have to read the index of another shard.
 */
const spareFactor = 4;
const fewChunks = 16;

/** Returns the sorted, distinct chunk coordinates per dimension. */
function* boxOf(chunks: Float64Array, region: ChunkRegion): Sliced<Float64Array[]> {
  const box: Float64Array[] = [];
  for (let d = 0; d < region.lows.length; d++) {
    const coordinates = new Float64Array(chunks.length);
    for (let i = 0; i < chunks.length; i++) {
      if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      coordinates[i] = coordinateAt(region, chunks[i] ?? 0, d);
    }
    const { keys } = yield* sortKeys(coordinates);
    let length = 0;
    for (let i = 0; i < keys.length; i++) {
      if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
      const key = keys[i] ?? 0;
      if (length === 0 || key !== coordinates[length - 1]) coordinates[length++] = key;
    }
    box.push(coordinates.slice(0, length));
  }
  return box;
}

function* pick(
  found: TableLocations,
  box: readonly Float64Array[],
  chunks: Float64Array,
  { begin, end }: { readonly begin: number; readonly end: number },
  region: ChunkRegion,
  table: TableBuilder,
): Sliced<void> {
  for (let c = begin; c < end; c++) {
    if (c % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    let index = 0;
    for (const [d, coordinates] of box.entries()) {
      index = index * coordinates.length + positionOf(coordinateAt(region, chunks[c] ?? 0, d), coordinates);
    }
    table.set(c, found, index);
  }
}
