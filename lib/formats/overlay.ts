/**
 * Assigns each part of a box to the newest fragment that covers it. Here, a fragment is any box of array positions that
 * supplies elements: a fragment of a TileDB array, or a view of an HDF5 virtual dataset.
 *
 * All fragments of an array share one tile grid. Boxes are split at tile boundaries if possible, because a tile in two
 * boxes would be read and decoded twice. So only tiles at the corners of a newer fragment are in several boxes.
 * @module
 */

import type { Io, Pace } from '../io/io.js';
import { sorted } from './sorted.js';

/** A box of array positions; `stop` is exclusive. */
export interface Box {
  readonly start: readonly number[];
  readonly stop: readonly number[];
}

/** A part of the box, and the fragment that provides its cells. */
export interface Piece extends Box {
  /** Index into the list of fragments. */
  readonly fragment: number;
}

/** Tile grid with boundaries at `phase + k * extent`. */
export interface TileGrid {
  readonly phase: readonly number[];
  readonly extent: readonly number[];
}

/** Maximum number of pieces. A read that needs more is refused, because it would take too long. */
export const maxPieces = 262144;
/**
 * Maximum number of fragments that are subtracted one by one. If more fragments overlap, the box is first split in two
 * at a tile boundary, if one of their edges is next to such a boundary inside the box.
 */
const directFragments = 12;

/**
 * Splits `box` into the parts that fragments cover. The parts are disjoint; each is assigned to the newest fragment
 * that covers it.
 * @param fragments boxes of all fragments, newest first.
 * @param pace counts the work, which grows with the number of fragments times the number of pieces.
 * @returns the pieces, ordered by fragment, or null if there are more than {@link maxPieces}.
 */
export function* overlay(box: Box, fragments: readonly Box[], grid: TileGrid, pace: Pace): Io<Piece[] | null> {
  const indices: number[] = [];
  for (const [i, fragment] of fragments.entries()) {
    if (pace.isDue()) yield* pace.pause();
    if (intersects(box, fragment)) indices.push(i);
  }
  const work: Overlay = { fragments, grid, pace, pieces: [] };
  if (!(yield* split(box, indices, work))) return null;
  return yield* mergePieces(work.pieces, box.start.length, pace);
}

/** State of one call of {@link overlay}. `pieces` contains the pieces that were found so far. */
interface Overlay {
  readonly fragments: readonly Box[];
  readonly grid: TileGrid;
  readonly pace: Pace;
  readonly pieces: Piece[];
}

/** Counts the positions of `box` that no piece covers. They have the fill value. */
export function uncoveredCells(box: Box, pieces: readonly Box[]): number {
  return pieces.reduce((rest, piece) => rest - cells(piece), cells(box));
}

function cells({ start, stop }: Box): number {
  return start.reduce((product, low, d) => product * Math.max(0, (stop[d] ?? 0) - low), 1);
}

function intersects(a: Box, b: Box): boolean {
  for (let d = 0; d < a.start.length; d++) {
    if ((a.start[d] ?? 0) >= (b.stop[d] ?? 0) || (b.start[d] ?? 0) >= (a.stop[d] ?? 0)) return false;
  }
  return true;
}

function covers(outer: Box, inner: Box): boolean {
  for (let d = 0; d < inner.start.length; d++) {
    if ((outer.start[d] ?? 0) > (inner.start[d] ?? 0) || (outer.stop[d] ?? 0) < (inner.stop[d] ?? 0)) return false;
  }
  return true;
}

function intersection(a: Box, b: Box): Box {
  return {
    start: a.start.map((low, d) => Math.max(low, b.start[d] ?? 0)),
    stop: a.stop.map((high, d) => Math.min(high, b.stop[d] ?? 0)),
  };
}

/**
 * Splits the box at tile boundaries until few fragments overlap in each part, and assigns the parts to fragments.
 * Returns false if there are too many pieces.
 */
function* split(box: Box, candidates: readonly number[], work: Overlay): Io<boolean> {
  const { fragments, pace } = work;
  const meeting: number[] = [];
  for (const i of candidates) {
    if (pace.isDue()) yield* pace.pause();
    const fragment = fragments[i];
    if (fragment === undefined || !intersects(box, fragment)) continue;
    meeting.push(i);
    if (covers(fragment, box)) break;
  }
  const cut = meeting.length > directFragments ? yield* middleEdge(box, meeting, work) : null;
  if (cut === null) return yield* subtractAll(box, meeting, work);
  const { dimension, at } = cut;
  const low = { start: box.start, stop: box.stop.with(dimension, at) };
  const high = { start: box.start.with(dimension, at), stop: box.stop };
  return (yield* split(low, meeting, work)) && (yield* split(high, meeting, work));
}

/**
 * Chooses where to split a box. The candidates are the tile boundaries next to edges of fragments. Takes the middle
 * candidate in the dimension with the most candidates. Returns null if there are none inside the box. The cost depends
 * on the number of fragments, not of tiles.
 */
function* middleEdge(
  box: Box,
  meeting: readonly number[],
  { fragments, grid, pace }: Overlay,
): Io<{ dimension: number; at: number } | null> {
  let best: { dimension: number; at: number } | null = null;
  let most = 0;
  for (let d = 0; d < box.start.length; d++) {
    const extent = grid.extent[d] ?? 1;
    const phase = grid.phase[d] ?? 0;
    const edges = new Set<number>();
    for (const i of meeting) {
      if (pace.isDue()) yield* pace.pause();
      for (const edge of [fragments[i]?.start[d] ?? 0, fragments[i]?.stop[d] ?? 0]) {
        for (const round of [Math.floor, Math.ceil]) {
          const at = phase + round((edge - phase) / extent) * extent;
          if (at > (box.start[d] ?? 0) && at < (box.stop[d] ?? 0)) edges.add(at);
        }
      }
    }
    if (edges.size <= most) continue;
    most = edges.size;
    best = { dimension: d, at: Float64Array.from(edges).sort()[edges.size >> 1] ?? 0 };
  }
  return best;
}

/**
 * Assigns to each fragment in `meeting`, newest first, the part of `box` that is not yet assigned. Returns false if
 * there are too many pieces.
 */
function* subtractAll(box: Box, meeting: readonly number[], { fragments, grid, pace, pieces }: Overlay): Io<boolean> {
  let left: Box[] = [box];
  for (const i of meeting) {
    const fragment = fragments[i];
    if (fragment === undefined) continue;
    const next: Box[] = [];
    for (const part of left) {
      if (pace.isDue()) yield* pace.pause();
      if (!intersects(part, fragment)) {
        next.push(part);
        continue;
      }
      pieces.push({ fragment: i, ...intersection(part, fragment) });
      // First splits off the tiles that the fragment does not touch, so that these cuts are at tile boundaries. Then
      // splits the touched tiles at the fragment's bounds.
      const touched = intersection(part, tilesOf(fragment, grid));
      subtract(part, touched, next);
      subtract(touched, fragment, next);
    }
    left = next;
    if (pieces.length + left.length > maxPieces) return false;
  }
  return true;
}

/** Returns the smallest box that contains `box` and starts and ends at tile boundaries. */
function tilesOf(box: Box, grid: TileGrid): Box {
  const align = (x: number, d: number, round: (y: number) => number): number => {
    const extent = grid.extent[d] ?? 1;
    const phase = grid.phase[d] ?? 0;
    return phase + round((x - phase) / extent) * extent;
  };
  return {
    start: box.start.map((x, d) => align(x, d, Math.floor)),
    stop: box.stop.map((x, d) => align(x, d, Math.ceil)),
  };
}

/** Adds `box` without `hole` to `out`, as at most two boxes per dimension. */
function subtract(box: Box, hole: Box, out: Box[]): void {
  const start = [...box.start];
  const stop = [...box.stop];
  for (let d = 0; d < start.length; d++) {
    const low = hole.start[d] ?? 0;
    const high = hole.stop[d] ?? 0;
    if ((start[d] ?? 0) < low) {
      out.push({ start: [...start], stop: stop.with(d, low) });
      start[d] = low;
    }
    if ((stop[d] ?? 0) > high) {
      out.push({ start: start.with(d, high), stop: [...stop] });
      stop[d] = high;
    }
  }
}

/** Joins adjacent pieces of the same fragment. Orders the result by fragment, then by start. */
function* mergePieces(pieces: readonly Piece[], rank: number, pace: Pace): Io<Piece[]> {
  let merged = pieces;
  for (let d = rank - 1; d >= 0; d--) merged = yield* mergeAlong(merged, d, pace);
  return yield* sorted(merged, (a, b) => a.fragment - b.fragment || compare(a.start, b.start), pace);
}

function* mergeAlong(pieces: readonly Piece[], d: number, pace: Pace): Io<Piece[]> {
  const across = (a: Piece, b: Piece): number => {
    if (a.fragment !== b.fragment) return a.fragment - b.fragment;
    for (let e = 0; e < a.start.length; e++) {
      if (e === d) continue;
      const order = (a.start[e] ?? 0) - (b.start[e] ?? 0) || (a.stop[e] ?? 0) - (b.stop[e] ?? 0);
      if (order !== 0) return order;
    }
    return 0;
  };
  const out: Piece[] = [];
  for (const piece of yield* sorted(pieces, (a, b) => across(a, b) || (a.start[d] ?? 0) - (b.start[d] ?? 0), pace)) {
    if (pace.isDue()) yield* pace.pause();
    const last = out.at(-1);
    if (last !== undefined && across(last, piece) === 0 && last.stop[d] === piece.start[d]) {
      out[out.length - 1] = { fragment: last.fragment, start: last.start, stop: piece.stop };
    } else {
      out.push(piece);
    }
  }
  return out;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let d = 0; d < a.length; d++) {
    const order = (a[d] ?? 0) - (b[d] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
