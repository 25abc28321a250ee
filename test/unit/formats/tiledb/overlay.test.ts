import { describe, expect, test } from 'vitest';
import {
  type Box,
  maxPieces,
  overlay as overlaySteps,
  type Piece,
  type TileGrid,
  uncoveredCells,
} from '../../../../lib/formats/overlay.js';
import { runSync } from '../../../../lib/io/driver.js';
import { Pace } from '../../../../lib/io/io.js';
import { MemoryBackend } from '../../../support/memory-backend.js';
import { Random, testSeed } from '../../../support/random.js';

const overlay = (whole: Box, fragments: readonly Box[], grid: TileGrid): Piece[] | null =>
  runSync(overlaySteps(whole, fragments, grid, new Pace('/a')), new MemoryBackend({}));
const box = (start: readonly number[], stop: readonly number[]): Box => ({ start, stop });

/**
 * Returns, for each cell of the box in C order, the fragment whose piece contains the cell; -1 if there is none. Throws
 * if two pieces contain the same cell.
 */
function paint(whole: Box, pieces: readonly Piece[]): number[] {
  const shape = whole.start.map((low, d) => (whole.stop[d] ?? 0) - low);
  const cells = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(-1);
  for (const piece of pieces) {
    let offsets = [0];
    for (const [d, extent] of shape.entries()) {
      const low = whole.start[d] ?? 0;
      const next: number[] = [];
      for (const offset of offsets) {
        for (let x = piece.start[d] ?? 0; x < (piece.stop[d] ?? 0); x++) next.push(offset * extent + x - low);
      }
      offsets = next;
    }
    for (const offset of offsets) {
      if (cells[offset] !== -1) throw new Error(`Two pieces hold cell ${offset}`);
      cells[offset] = piece.fragment;
    }
  }
  return cells;
}

/** Determines for each cell which fragment provides it, one cell at a time. The result is compared with paint(). */
function paintSlowly(whole: Box, fragments: readonly Box[]): number[] {
  const all = fragments.map((fragment, i) => ({
    fragment: i,
    start: fragment.start.map((x, d) => Math.max(x, whole.start[d] ?? 0)),
    stop: fragment.stop.map((x, d) => Math.min(x, whole.stop[d] ?? 0)),
  }));
  const shown = all.filter(({ start, stop }) => start.every((x, d) => x < (stop[d] ?? 0)));
  return shown.reduceRight<number[]>(
    (cells, piece) => paint(whole, [piece]).map((f, i) => (f === -1 ? (cells[i] ?? -1) : f)),
    paint(whole, []),
  );
}

describe('the overlay of fragments', () => {
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);

  test.each(Array.from({ length: 150 }, (_, i) => i))(
    'random fragments, case %i: each cell comes from the newest',
    (i) => {
      const random = new Random(seed + i);
      const rank = 1 + random.below(3);
      const extents = Array.from({ length: rank }, () => 2 + random.below([120, 24, 10][rank - 1] ?? 4));
      const side = (extent: number): [number, number] => {
        const [a, b] = [random.below(extent), random.below(extent)];
        return [Math.min(a, b), Math.max(a, b) + 1];
      };
      const someBox = (): Box => {
        const sides = extents.map(side);
        return box(
          sides.map(([low]) => low),
          sides.map(([, high]) => high),
        );
      };
      const fragments = Array.from({ length: random.below(40) }, someBox);
      const whole = someBox();
      const extent = extents.map((n) => 1 + random.below(n));
      const grid = { extent, phase: extent.map((n) => -random.below(n)) };
      const pieces = overlay(whole, fragments, grid) ?? [];
      expect(paint(whole, pieces)).toEqual(paintSlowly(whole, fragments));
      expect(uncoveredCells(whole, pieces)).toBe(paintSlowly(whole, fragments).filter((f) => f === -1).length);
    },
  );

  test('one fragment has one piece', () => {
    const grid = { extent: [10, 10], phase: [0, 0] };
    const pieces = overlay(box([5, 5], [95, 95]), [box([0, 0], [100, 100])], grid);
    expect(pieces).toEqual([{ fragment: 0, start: [5, 5], stop: [95, 95] }]);
  });

  test('fragments under one that covers the box have no pieces', () => {
    const grid = { extent: [10], phase: [0] };
    const pieces = overlay(box([20], [30]), [box([0], [50]), box([0], [100])], grid);
    expect(pieces).toEqual([{ fragment: 0, start: [20], stop: [30] }]);
  });

  test('rows appended one by one in any order have one piece each', () => {
    const random = new Random(7);
    const rows = Array.from({ length: 500 }, (_, i) => i).sort(() => random.next() - 0.5);
    const fragments = rows.map((row) => box([row, 0], [row + 1, 64]));
    const pieces = overlay(box([0, 0], [500, 64]), fragments, { extent: [1, 16], phase: [0, 0] });
    expect(pieces).toHaveLength(500);
  });

  test('a tile is split into two pieces only at a corner of a newer fragment', () => {
    const grid = { extent: [10, 10], phase: [0, 0] };
    const pieces = overlay(box([0, 0], [100, 100]), [box([33, 44], [57, 68]), box([0, 0], [100, 100])], grid) ?? [];
    const uses = new Map<string, number>();
    for (const { fragment, start, stop } of pieces) {
      if (fragment !== 1) continue;
      for (let y = Math.floor((start[0] ?? 0) / 10); y * 10 < (stop[0] ?? 0); y++) {
        for (let x = Math.floor((start[1] ?? 0) / 10); x * 10 < (stop[1] ?? 0); x++) {
          uses.set(`${y},${x}`, (uses.get(`${y},${x}`) ?? 0) + 1);
        }
      }
    }
    expect(uses.has('4,5')).toBe(false);
    expect([...uses].filter(([, n]) => n > 1).sort()).toEqual([
      ['3,4', 2],
      ['3,6', 2],
      ['5,4', 2],
      ['5,6', 2],
    ]);
    expect(uses.size).toBe(100 - 1);
  });

  test('ten thousand small fragments are processed within seconds', () => {
    const random = new Random(3);
    const fragments = Array.from({ length: 10_000 }, () => {
      const [y, x] = [random.below(99_000), random.below(99_000)];
      return box([y, x], [y + 1 + random.below(900), x + 1 + random.below(900)]);
    });
    fragments.push(box([0, 0], [100_000, 100_000]));
    const started = performance.now();
    const pieces = overlay(box([0, 0], [100_000, 100_000]), fragments, { extent: [500, 500], phase: [0, 0] }) ?? [];
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(uncoveredCells(box([0, 0], [100_000, 100_000]), pieces)).toBe(0);
  });

  test('too many pieces are refused', () => {
    const lines = Array.from({ length: 1400 }, (_, i) =>
      i % 2 === 0 ? box([i * 10, 0], [i * 10 + 1, 14_000]) : box([0, i * 10], [14_000, i * 10 + 1]),
    );
    const fragments = [...lines, box([0, 0], [14_000, 14_000])];
    expect(overlay(box([0, 0], [14_000, 14_000]), fragments, { extent: [100, 100], phase: [0, 0] })).toBeNull();
    expect(maxPieces).toBeLessThan(700 * 700);
  });
});
