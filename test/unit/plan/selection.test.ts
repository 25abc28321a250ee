import { describe, expect, test } from 'vitest';
import { SelectionError } from '../../../lib/core/errors.js';
import { normalizeSelection, shapeOf } from '../../../lib/plan/hyperslab.js';
import { parseSelection, type Selection, slice } from '../../../lib/plan/selection.js';

/** Returns the selected indices of each axis. */
function indices(selection: Selection, shape: number[]): number[][] {
  return normalizeSelection(selection, shape).map((axis) =>
    axis.kind === 'list' ? [...axis.indices] : Array.from({ length: axis.count }, (_, i) => axis.start + i * axis.step),
  );
}

describe('normalizeSelection', () => {
  test.each<[string, Selection, number[], number[][], number[]]>([
    [
      'null is the whole array',
      null,
      [2, 3],
      [
        [0, 1],
        [0, 1, 2],
      ],
      [2, 3],
    ],
    ['an integer drops its dimension', [1], [2, 3], [[1], [0, 1, 2]], [3]],
    ['a negative integer counts from the end', [-1, -3], [2, 3], [[1], [0]], []],
    ['a slice clamps its bounds', [slice(-9, 9)], [4], [[0, 1, 2, 3]], [4]],
    ['a slice with a step', [slice(1, 9, 3)], [8], [[1, 4, 7]], [3]],
    ['a negative step walks back from the end', [slice(null, null, -1)], [3], [[2, 1, 0]], [3]],
    ['a negative step with bounds', [{ start: 5, stop: 1, step: -2 }], [8], [[5, 3]], [2]],
    ['a plain object with one key', [{ stop: 2 }], [5], [[0, 1]], [2]],
    ['an empty slice', [slice(3, 3)], [5], [[]], [0]],
    ['a slice beyond the end is empty', [slice(7, 9)], [5], [[]], [0]],
    ['one argument is the stop', [slice(2)], [5], [[0, 1]], [2]],
    ['a list in any order with repeats and negatives', [[3, 0, -1, 3]], [5], [[3, 0, 4, 3]], [4]],
    ['a mask', [[true, false, true]], [3], [[0, 2]], [2]],
    ['an empty list', [[]], [5], [[]], [0]],
    ['an ellipsis stands for what is missing', ['...', 1], [2, 2, 2], [[0, 1], [0, 1], [1]], [2, 2]],
    ['an ellipsis may stand for nothing', [0, '...'], [2], [[0]], []],
    ['null is a whole axis', [null, 0], [2, 2], [[0, 1], [0]], [2]],
    ['text', '0:2, :, -1', [3, 2, 4], [[0, 1], [0, 1], [3]], [2, 2]],
    ['a typed array of indices', [Int32Array.of(2, 0)], [3], [[2, 0]], [2]],
    ['a scalar array', [], [], [], []],
  ])('%s', (_, selection, shape, expected, resultShape) => {
    expect(indices(selection, shape)).toEqual(expected);
    expect(shapeOf(normalizeSelection(selection, shape))).toEqual(resultShape);
  });

  test.each<[string, Selection, number[]]>([
    ['an index past the end', [5], [5]],
    ['an index before the start', [-6], [5]],
    ['a listed index past the end', [[0, 5]], [5]],
    ['too many entries', [0, 0], [5]],
    ['two ellipses', ['...', '...'], [5]],
    ['step zero', [slice(0, 5, 0)], [5]],
    ['a mask of another length', [[true]], [5]],
    ['a fraction', [1.5], [5]],
    ['NaN', [Number.NaN], [5]],
    ['a fraction in a slice', [slice(0.5, 3)], [5]],
    ['a mask with a number in it', [[true, 1, false] as unknown as boolean[]], [3]],
    ['text that is no number', 'a', [5]],
    ['text with too many colons', '1:2:3:4', [5]],
  ])('rejects %s', (_, selection, shape) => {
    expect(() => normalizeSelection(selection, shape)).toThrow(SelectionError);
  });

  test('converts a list with a constant step to a range', () => {
    expect(normalizeSelection([[6, 4, 2]], [8])).toEqual([
      { kind: 'range', start: 6, step: -2, count: 3, dropped: false },
    ]);
  });

  test('normalises 32 dimensions', () => {
    expect(normalizeSelection('...', new Array<number>(32).fill(2))).toHaveLength(32);
  });
});

describe('parseSelection', () => {
  test('parses lists, slices, integers and an ellipsis', () => {
    expect(parseSelection('[3, 1,7], ::-2 , ..., -1,')).toEqual([
      [3, 1, 7],
      { start: null, stop: null, step: -2 },
      '...',
      -1,
    ]);
  });

  test('an empty text selects everything', () => {
    expect(parseSelection('  ')).toEqual([]);
  });
});
