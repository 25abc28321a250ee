/** Tests the parts of the viewer that need no browser: its state, slices, coordinates and elements. */
import { describe, expect, test } from 'vitest';
import { csvOf } from '../../web/viewer/src/array/csv.js';
import { boundsOf } from '../../web/viewer/src/plot/bounds.js';
import { chunkBordersOf } from '../../web/viewer/src/plot/chunk-borders.js';
import { decodeElements, queryOf } from '../../web/viewer/src/plot/element-types.js';
import { formatCoordinate, tickLabel } from '../../web/viewer/src/plot/format-coordinate.js';
import { formatBytes, formatNumber, formatShape } from '../../web/viewer/src/plot/format-number.js';
import {
  axesOf,
  fitSlice,
  moveAxis,
  nextSlice,
  type Slice,
  selectionText,
  sliceSize,
} from '../../web/viewer/src/plot/slice.js';
import { formatState, parseState, viewNames } from '../../web/viewer/src/shell/view-state.js';
import { Random, testSeed } from '../support/random.js';

const seed = testSeed();

describe('the state of the page', () => {
  test(`is the same after a round trip through a URL (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let i = 0; i < 200; i++) {
      const state = {
        path: random.pick(['', 'a.npy', 'a b/größe & co.nc/t2m']),
        field: random.pick([null, 'p.w']),
        view: random.pick(viewNames),
        slice: random.pick<Slice | null>([null, [3, 'y', 'x'], ['x'], [0, 12, 'x', 'y']]),
        zoom: random.pick([null, { ranges: [[-2.5, 8] as const, [3, 4] as const], sizes: [20, 10] }]),
        colorMap: random.pick(['Viridis', 'Magma']),
        scale: random.pick(['linear', 'log', 'symlog'] as const),
        range: random.pick<readonly [number | null, number | null]>([
          [null, null],
          [0, null],
          [-1.5, 1e20],
          [null, 0],
        ]),
        decodesCf: random.below(2) === 0,
        showsChunks: random.below(2) === 0,
        showsHistogram: random.below(2) === 0,
        showsStorage: random.below(2) === 0,
      };
      expect(parseState(new URLSearchParams(String(formatState(state))))).toEqual(state);
    }
  });

  test('ignores what it does not understand', () => {
    const state = parseState(
      new URLSearchParams('path=/a/&view=none&slice=1,b&colors=Pink&scale=cubic&range=x,5,6&zoom=3:2:9'),
    );
    expect(state).toEqual({ ...parseState(new URLSearchParams()), path: 'a', range: [null, 5] });
  });
});

describe('a slice', () => {
  test('begins with the first plane of the last two dimensions', () => {
    expect(fitSlice([4, 5, 6], axesOf.image, null)).toEqual([0, 'y', 'x']);
    expect(fitSlice([4, 5, 6], axesOf.line, null)).toEqual([0, 0, 'x']);
    expect(fitSlice([6], axesOf.line, null)).toEqual(['x']);
  });

  test('is followed by the slice of the same step, up to the ends of the array', () => {
    const shape = [4, 3, 5, 6];
    expect(nextSlice(shape, [1, 0, 'y', 'x'], [2, 0, 'y', 'x'])).toEqual([3, 0, 'y', 'x']);
    expect(nextSlice(shape, [2, 0, 'y', 'x'], [1, 0, 'y', 'x'])).toEqual([0, 0, 'y', 'x']);
    expect(nextSlice(shape, [2, 0, 'y', 'x'], [3, 0, 'y', 'x'])).toBeNull();
    expect(nextSlice(shape, [1, 0, 'y', 'x'], [0, 0, 'y', 'x'])).toBeNull();
    expect(nextSlice(shape, [1, 0, 'y', 'x'], [3, 0, 'y', 'x'])).toBeNull();
    expect(nextSlice(shape, [1, 0, 'y', 'x'], [2, 1, 'y', 'x'])).toBeNull();
    expect(nextSlice(shape, [1, 0, 'y', 'x'], [1, 'y', 0, 'x'])).toBeNull();
  });

  test(`always has each axis once, and indices that exist (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let i = 0; i < 2000; i++) {
      const shape = Array.from({ length: 2 + random.below(4) }, () => 1 + random.below(9));
      const axes = random.pick([axesOf.image, axesOf.line]);
      const entry = (): number | 'x' | 'y' => random.pick<number | 'x' | 'y'>(['x', 'y', 0, 3, 100, -2]);
      const given = random.below(4) === 0 ? null : Array.from({ length: 1 + random.below(5) }, entry);
      const slice = fitSlice(shape, axes, given);
      expect(slice.length).toBe(shape.length);
      expect(slice.filter((part) => typeof part === 'string').sort()).toEqual([...axes].sort());
      for (const [d, part] of slice.entries()) {
        if (typeof part !== 'number') continue;
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThan(shape[d] ?? 0);
      }
      expect(fitSlice(shape, axes, slice)).toEqual(slice);
      const moved = moveAxis(slice, 'x', random.below(shape.length));
      expect(fitSlice(shape, axes, moved)).toEqual(moved);
    }
  });

  test('keeps its index if the axes change', () => {
    expect(fitSlice([4, 5, 6], axesOf.line, [3, 'y', 'x'])).toEqual([3, 2, 'x']);
    expect(moveAxis([3, 'y', 'x'], 'x', 1)).toEqual([3, 'x', 'y']);
    expect(moveAxis([3, 'y', 'x'], 'x', 0)).toEqual(['x', 'y', 0]);
  });

  test('becomes a selection of the server', () => {
    expect(selectionText([3, 'y', 'x'])).toBe('3,:,:');
    expect(sliceSize([4, 5, 6], [3, 'y', 'x'])).toBe(30);
  });
});

test('coordinates are dates if their unit is a time', () => {
  const cases: readonly (readonly [number, string | null, string])[] = [
    [7, 'hours since 2026-01-01', '2026-01-01 07:00 UTC'],
    [0, 'days since 1970-01-01 00:00:00', '1970-01-01'],
    [1.5, 'days since 1970-01-01T00:00:00Z', '1970-01-02 12:00 UTC'],
    [90, 'minutes since 2000-01-01 00:00', '2000-01-01 01:30 UTC'],
    [-45.25, 'degrees_north', '-45.25 degrees_north'],
    [3, null, '3'],
    [3, 'months since 2000-01-01', '3 months since 2000-01-01'],
    [3, 'days since the flood', '3 days since the flood'],
    [1e300, 'days since 2000-01-01', '1e+300 days since 2000-01-01'],
  ];
  for (const [value, units, text] of cases) expect(formatCoordinate(value, units), String(units)).toBe(text);
});

test('ticks outside an array have no label', () => {
  expect([-1, 0, 1, 2].map((index) => tickLabel(Float64Array.of(-90, 0.1 + 0.2), index))).toEqual([
    '',
    '-90',
    '0.3',
    '',
  ]);
});

test('numbers, sizes and shapes are short', () => {
  expect([0.1 + 0.2, 1e21, Number.NaN, -1234.56789].map(formatNumber)).toEqual(['0.3', '1e+21', 'NaN', '-1234.568']);
  expect([0, 1023, 1024, 1.5 * 2 ** 30, 2 ** 60].map(formatBytes)).toEqual([
    '0 B',
    '1020 B',
    '1 KiB',
    '1.5 GiB',
    '1020 PiB',
  ]);
  expect([formatShape([]), formatShape([3, 4])]).toEqual(['scalar', '3 × 4']);
});

test('borders of chunks lie between chunks, and are left out if there are too many', () => {
  expect(chunkBordersOf(10, 4)).toEqual([4, 8]);
  expect(chunkBordersOf(8, 4)).toEqual([4]);
  expect(chunkBordersOf(4, 4)).toEqual([]);
  expect(chunkBordersOf(0, 4)).toEqual([]);
  expect(chunkBordersOf(100_000, 1)).toEqual([]);
});

test('a CSV file has one line per row', () => {
  const csv = (array: ArrayBufferView, dtype: string, shape: readonly number[]): string =>
    csvOf(array.buffer as ArrayBuffer, dtype, shape).join('');
  expect(csv(Float32Array.of(1, 2.5, Number.NaN, 4), 'float32', [2, 2])).toBe('1,2.5\nNaN,4\n');
  expect(csv(Uint8Array.of(1, 2), 'uint8', [2])).toBe('1\n2\n');
  expect(csv(BigInt64Array.of(2n ** 62n + 1n, -1n), 'int64', [1, 2])).toBe('4611686018427387905,-1\n');
  expect(csv(Float64Array.of(1, -2, 0.5, 3), 'complex128', [2])).toBe('1-2j\n0.5+3j\n');
  const long = csvOf(new Uint8Array(300_000).buffer, 'uint8', [100_000, 3]);
  expect(long.length).toBeGreaterThan(1);
  expect(long.join('')).toBe('0,0,0\n'.repeat(100_000));
});

describe('elements', () => {
  const bytes = (array: ArrayBufferView): ArrayBuffer => array.buffer as ArrayBuffer;

  test('of every type become numbers', () => {
    expect([...decodeElements(bytes(Int32Array.of(-5, 2 ** 30)), 'int32')]).toEqual([-5, 2 ** 30]);
    expect([...decodeElements(bytes(BigInt64Array.of(-1n, 2n ** 40n)), 'int64')]).toEqual([-1, 2 ** 40]);
    expect([...decodeElements(bytes(BigUint64Array.of(2n ** 63n)), 'uint64')]).toEqual([2 ** 63]);
    expect([...decodeElements(bytes(Uint8Array.of(0, 1)), 'bool')]).toEqual([0, 1]);
    expect([...decodeElements(bytes(Float32Array.of(3, 4, 0, -2)), 'complex64')]).toEqual([5, 2]);
    expect(() => decodeElements(new ArrayBuffer(2), 'float16')).toThrow('Elements of the type float16 cannot be drawn');
  });

  test('are asked for in a type that the page reads', () => {
    const wanted = { path: 'a', field: null, selection: ':', decodesCf: true, maxPixels: 10 };
    expect(queryOf({ ...wanted, dtype: 'int16' })).toMatchObject({ decode: 'cf', maxPixels: 10, format: 'bin' });
    expect(queryOf({ ...wanted, dtype: 'float16' })).toMatchObject({ as: 'float32' });
    expect(queryOf({ ...wanted, dtype: 'int64', decodesCf: false })).toMatchObject({ as: 'float64' });
    for (const dtype of ['bool', 'complex64']) expect(queryOf({ ...wanted, dtype })).not.toHaveProperty('decode');
  });
});

describe('the bounds of elements', () => {
  test('leave out NaN and infinities, and are remembered', () => {
    const data = Float32Array.of(Number.NaN, -3, Number.POSITIVE_INFINITY, 0, 2.5, 7, Number.NEGATIVE_INFINITY);
    const bounds = { min: -3, max: 7, positiveMin: 0, strictPositiveMin: 2.5, missing: 1, notPositive: 3 };
    expect(boundsOf(data)).toEqual(bounds);
    expect(boundsOf(data)).toBe(boundsOf(data));
    expect(boundsOf(Uint8Array.of(9, 4, 200))).toEqual({
      min: 4,
      max: 200,
      positiveMin: 4,
      strictPositiveMin: 4,
      missing: 0,
      notPositive: 0,
    });
    expect(boundsOf(Float64Array.of(Number.NaN)).min).toBe(Infinity);
  });
});
