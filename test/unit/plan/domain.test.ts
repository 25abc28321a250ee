/** Tests the conversion of coordinates to positions against an enumeration of the domain. */
import { describe, expect, test } from 'vitest';
import { SelectionError } from '../../../lib/core/errors.js';
import { toPositions } from '../../../lib/plan/domain.js';
import { normalizeSelection } from '../../../lib/plan/hyperslab.js';
import type { Selection } from '../../../lib/plan/selection.js';

function positions(selection: Selection, length: number, lo: number | bigint): number[] {
  const [axis] = normalizeSelection(toPositions(selection, [length], [{ lo }]), [length]);
  if (axis === undefined) return [];
  if (axis.kind === 'list') return [...axis.indices];
  return Array.from({ length: axis.count }, (_, i) => axis.start + i * axis.step);
}

describe('selections by coordinates', () => {
  test('every slice around a small domain selects the coordinates from start to stop', () => {
    const lo = -3;
    const length = 5;
    const bounds = [null, -9, -4, -3, -2, 0, 1, 2, 3, 9];
    for (const start of bounds) {
      for (const stop of bounds) {
        for (const step of [1, 2, 7, -1, -2, -7]) {
          const first = start ?? (step > 0 ? lo : lo + length - 1);
          const inside = (c: number): boolean => c >= lo && c < lo + length;
          const before = (c: number): boolean => stop === null || (step > 0 ? c < stop : c > stop);
          // A start outside the domain is clipped, as in NumPy.
          const from = step > 0 ? Math.max(first, lo) : Math.min(first, lo + length - 1);
          const met: number[] = [];
          for (let c = from; inside(c) && before(c); c += step) met.push(c - lo);
          expect(positions([{ start, stop, step }], length, lo), `${start}:${stop}:${step}`).toEqual(met);
        }
      }
    }
  });

  test('64-bit coordinates are exact, as bigints and as text', () => {
    const lo = 2n ** 63n - 60n;
    expect(positions([lo + 7n], 40, lo)).toEqual([7]);
    expect(positions(`${lo + 1n}:${lo + 4n}`, 40, lo)).toEqual([1, 2, 3]);
    expect(positions(`[${lo + 5n}, ${lo}, ${lo + 5n}]`, 40, lo)).toEqual([5, 0, 5]);
    expect(positions(`${-(2n ** 63n)}`, 40, -(2n ** 63n))).toEqual([0]);
  });

  test('entries after an ellipsis apply to the last dimensions, and masks and null are kept', () => {
    const first = [{ lo: 10 }, { lo: 20 }, { lo: 30 }];
    expect(toPositions(['...', 31], [4, 4, 4], first)).toEqual(['...', 1]);
    expect(toPositions([11, '...', 31], [4, 4, 4], first)).toEqual([1, '...', 1]);
    expect(toPositions([null, [true, false]], [4, 2], first)).toEqual([null, [true, false]]);
  });

  test('rejects a coordinate outside the domain, and a value that is not a coordinate', () => {
    for (const wrong of [9, 14, -1, 1.5, Number.NaN]) {
      expect(() => toPositions([wrong], [4], [{ lo: 10 }])).toThrow(SelectionError);
    }
    expect(() => toPositions([[10, 14]], [4], [{ lo: 10 }])).toThrow('10 to 13');
  });
});
