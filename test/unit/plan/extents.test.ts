import { describe, expect, test } from 'vitest';
import { finish } from '../../../lib/core/checkpoint.js';
import type { DType } from '../../../lib/core/dtype.js';
import { estimateIo } from '../../../lib/plan/estimate.js';
import type { Coalescing } from '../../../lib/plan/extent-shape.js';
import { extentsOf } from '../../../lib/plan/extents.js';
import { normalizeSelection } from '../../../lib/plan/hyperslab.js';
import { type ChunkGrid, columnMajor, rowMajor } from '../../../lib/plan/layout.js';
import type { ChunkLocations } from '../../../lib/plan/locations.js';
import { axesOf, chunkBox, type LayerPlan } from '../../../lib/plan/read-plan.js';
import { type Selection, slice } from '../../../lib/plan/selection.js';
import { planOf } from '../../support/plans.js';

const exact = { gapBytes: 0, maxBytes: 1 << 20 };

function grid(
  shape: number[],
  chunkShape: number[],
  options: { dtype?: DType; order?: 'C' | 'F'; edge?: 'full' | 'clipped' } = {},
): ChunkGrid {
  return {
    start: shape.map(() => 0),
    stop: shape,
    origin: shape.map(() => 0),
    chunkShape,
    gridShape: shape,
    layout: {
      dtype: options.dtype ?? 'float32',
      byteOrder: 'little',
      axisOrder: options.order === 'F' ? columnMajor(shape.length) : rowMajor(shape.length),
      edge: options.edge ?? 'full',
    },
  };
}

const oneFile = (offset: number, length: number): ChunkLocations => ({
  kind: 'table',
  files: ['f'],
  fileIndex: null,
  offsets: Float64Array.of(offset),
  lengths: Float64Array.of(length),
  filterMasks: null,
});

/** Returns [offset, length] of every extent. */
function extents(
  selection: Selection,
  shape: number[],
  coalescing = exact,
  options: Parameters<typeof grid>[2] = {},
): number[][] {
  const g = grid(shape, shape, options);
  const plan = planOf(selection, shape, g, oneFile(100, 1e9), coalescing);
  return plan.layers.flatMap((layer) => {
    const all = [...extentsOf(layer)].map((e) => [e.offset, e.length]);
    const totals = finish(estimateIo(layer));
    expect(totals.extents).toBe(all.length);
    expect(totals.bytes).toBe(all.reduce((sum, [, length]) => sum + (length ?? 0), 0));
    return all;
  });
}

describe('extents of one uncompressed chunk', () => {
  test('the whole array is one extent', () => {
    expect(extents(null, [4, 5, 6])).toEqual([[100, 480]]);
  });

  test('the maximum length splits it between rows', () => {
    expect(extents(null, [4, 6], { gapBytes: 0, maxBytes: 48 })).toEqual([
      [100, 48],
      [148, 48],
    ]);
  });

  test('a row longer than the maximum is split between elements', () => {
    expect(extents(null, [10], { gapBytes: 0, maxBytes: 16 })).toEqual([
      [100, 16],
      [116, 16],
      [132, 8],
    ]);
  });

  test('whole inner dimensions merge, outer steps do not', () => {
    expect(extents([slice(0, 4, 2), null, null], [4, 5, 6])).toEqual([
      [100, 120],
      [340, 120],
    ]);
  });

  test('a box reads one run per row', () => {
    expect(extents([1, slice(1, 3), slice(2, 4)], [4, 5, 6])).toEqual([
      [100 + (30 + 6 + 2) * 4, 8],
      [100 + (30 + 12 + 2) * 4, 8],
    ]);
  });

  test('merges extents whose gap equals the limit', () => {
    expect(extents([1, slice(1, 3), slice(2, 4)], [4, 5, 6], { gapBytes: 16, maxBytes: 1 << 20 })).toEqual([[252, 32]]);
  });

  test('keeps extents whose gap exceeds the limit separate', () => {
    expect(extents([1, slice(1, 3), slice(2, 4)], [4, 5, 6], { gapBytes: 15, maxBytes: 1 << 20 })).toHaveLength(2);
  });

  test('a negative step reads the same bytes', () => {
    expect(extents([slice(null, null, -1)], [8])).toEqual([[100, 32]]);
  });

  test('a column of a Fortran-order file is one extent', () => {
    expect(extents([null, 2], [4, 5], exact, { order: 'F' })).toEqual([[100 + 2 * 4 * 4, 16]]);
  });

  test('a row of a Fortran-order file is one extent per element', () => {
    expect(extents([2], [4, 3], exact, { order: 'F' })).toEqual([
      [108, 4],
      [124, 4],
      [140, 4],
    ]);
  });

  test('a scalar is one element', () => {
    expect(extents(null, [])).toEqual([[100, 4]]);
  });

  test('an empty selection reads nothing', () => {
    expect(extents([slice(0, 0)], [4, 5])).toEqual([]);
  });

  test('a list reads its positions in ascending order', () => {
    expect(extents([[3, 0, 3]], [5, 2])).toEqual([
      [100, 8],
      [124, 8],
      [124, 8],
    ]);
  });
});

describe('extents of a grid', () => {
  const names: ChunkLocations = {
    kind: 'template',
    directory: 'd',
    literals: ['t', '.', ''],
    fields: [
      { dimension: 0, width: 2 },
      { dimension: 1, width: 0 },
    ],
    offset: 8,
  };

  test('only chunks that the box touches are read', () => {
    const g = grid(
      [100, 100],
      [200, 200].map((n) => n / 20),
      {},
    );
    const plan = planOf([slice(9, 21), 50], [100, 100], g, names, exact);
    const layer = plan.layers[0];
    if (layer === undefined) throw new Error('no layer');
    expect(finish(chunkBox(axesOf(layer)))).toEqual([[0, 1, 2], [5]]);
    expect([...extentsOf(layer)].map((e) => e.file)).toEqual(['d/t00.5', 'd/t01.5', 'd/t02.5']);
  });

  test('clipped edge chunks are shorter', () => {
    const g = grid([5, 5], [4, 4], { edge: 'clipped' });
    const plan = planOf(null, [5, 5], g, names, exact);
    const layer = plan.layers[0];
    if (layer === undefined) throw new Error('no layer');
    expect([...extentsOf(layer)].map((e) => [e.file, e.offset, e.length])).toEqual([
      ['d/t00.0', 8, 64],
      ['d/t00.1', 8, 16],
      ['d/t01.0', 8, 16],
      ['d/t01.1', 8, 4],
    ]);
  });

  test('neighbouring whole chunks of a file are read together up to the limit', () => {
    const g = grid([8], [2], { dtype: 'float64' });
    const table: ChunkLocations = {
      kind: 'table',
      files: ['f'],
      fileIndex: null,
      offsets: Float64Array.of(116, 100, -1, 140),
      lengths: Float64Array.of(16, 16, 0, 16),
      filterMasks: null,
    };
    const layerOf = (coalescing: Coalescing): LayerPlan => {
      const [layer] = planOf(null, [8], g, table, coalescing, 'encoded').layers;
      if (layer === undefined) throw new Error('no layer');
      return layer;
    };
    const near = layerOf({ gapBytes: 8, maxBytes: 1000 });
    expect([...extentsOf(near)].map((e) => [e.offset, e.length])).toEqual([[100, 56]]);
    expect(finish(estimateIo(near))).toEqual({ files: 1, extents: 1, bytes: 56, absent: 1 });
    expect([...extentsOf(layerOf({ gapBytes: 0, maxBytes: 1000 }))].map((e) => [e.offset, e.length])).toEqual([
      [100, 32],
      [140, 16],
    ]);
  });

  test('large neighbouring chunks are read together only if there are many bytes', () => {
    const KiB = 1024;
    const extentLengths = (lengths: readonly number[]): readonly number[] => {
      let end = 0;
      const offsets = Float64Array.from(lengths, (length) => {
        end += length;
        return end - length;
      });
      const table: ChunkLocations = {
        kind: 'table',
        files: ['f'],
        fileIndex: null,
        offsets,
        lengths: Float64Array.from(lengths),
        filterMasks: null,
      };
      const g = grid([2 * lengths.length], [2], { dtype: 'float64' });
      const coalescing = { gapBytes: 4096, maxBytes: 1024 * KiB };
      const [layer] = planOf(null, [2 * lengths.length], g, table, coalescing, 'encoded').layers;
      if (layer === undefined) throw new Error('no layer');
      return [...extentsOf(layer)].map(({ length }) => length / KiB);
    };
    expect(extentLengths([100, 120, 30, 40, 64].map((length) => length * KiB))).toEqual([100, 190, 64]);
    expect(extentLengths(Array.from({ length: 33 }, () => 256 * KiB))).toEqual([...Array(8).fill(1024), 256]);
  });
});

/** Yields the position in the flat array of each selected element. */
function* wanted(selection: Selection, shape: number[], strides: number[]): Generator<number> {
  const axes = normalizeSelection(selection, shape).map((axis) =>
    axis.kind === 'list' ? [...axis.indices] : Array.from({ length: axis.count }, (_, i) => axis.start + i * axis.step),
  );
  function* walk(d: number, offset: number): Generator<number> {
    if (d === shape.length) yield offset;
    else for (const i of axes[d] ?? []) yield* walk(d + 1, offset + i * (strides[d] ?? 0));
  }
  yield* walk(0, 0);
}

test('random selections: extents cover all selected bytes, and no others except permitted gaps', () => {
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
  for (let round = 0; round < 400; round++) {
    const rank = 1 + random(4);
    const shape = Array.from({ length: rank }, () => 1 + random(7));
    const selection = shape.map((extent) => {
      switch (random(4)) {
        case 0:
          return random(extent);
        case 1:
          return slice(random(extent), random(extent + 1), 1 + random(3));
        case 2:
          return slice(null, null, -1 - random(2));
        default:
          return Array.from({ length: 1 + random(4) }, () => random(extent));
      }
    });
    const limits = { gapBytes: random(3) * 8, maxBytes: 4 + random(100) };
    const order = random(2) === 0 ? 'C' : 'F';
    const strides = new Array<number>(rank).fill(1);
    if (order === 'C') for (let d = rank - 2; d >= 0; d--) strides[d] = (strides[d + 1] ?? 1) * (shape[d + 1] ?? 1);
    else for (let d = 1; d < rank; d++) strides[d] = (strides[d - 1] ?? 1) * (shape[d - 1] ?? 1);
    const covered = new Set<number>();
    for (const [offset = 0, length = 0] of extents(selection, shape, limits, { dtype: 'uint8', order })) {
      for (let i = 0; i < length; i++) covered.add(offset - 100 + i);
    }
    const needed = new Set(wanted(selection, shape, strides));
    for (const byte of needed) expect(covered.has(byte)).toBe(true);
    if (needed.size === 0) expect(covered.size).toBe(0);
    // Extents begin and end with selected bytes.
    if (needed.size > 0) {
      expect(Math.min(...covered)).toBe(Math.min(...needed));
      expect(Math.max(...covered)).toBe(Math.max(...needed));
    }
  }
});
