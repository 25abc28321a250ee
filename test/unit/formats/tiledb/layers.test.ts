/**
 * Tests that a read only requests tiles from which it needs a cell. If several fragments contain a cell, the newest one
 * provides it.
 */
import { describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../../../lib/core/errors.js';
import type { ArrayDescriptor } from '../../../../lib/formats/format.js';
import { tiledb } from '../../../../lib/formats/tiledb/tiledb.js';
import { newCounters, type SyncBackend } from '../../../../lib/io/backend.js';
import { runSync } from '../../../../lib/io/driver.js';
import { MemoryBackend } from '../../../support/memory-backend.js';
import { directoryProbe } from '../../../support/probe.js';
import { Random, testSeed } from '../../../support/random.js';
import { type ArraySpec, type FragmentSpec, tiledbFiles } from '../../../support/tiledb-bytes.js';

const probe = directoryProbe('/a');

function backendOf(spec: ArraySpec): MemoryBackend {
  return new MemoryBackend(Object.fromEntries(Object.entries(tiledbFiles(spec)).map(([k, v]) => [`/a/${k}`, v])));
}

function open(backend: SyncBackend, array = 'v', options: Record<string, unknown> = {}): ArrayDescriptor {
  return runSync(tiledb.open(probe, { array, options }), backend);
}

function specOf(fragments: readonly FragmentSpec[], extents: readonly number[] = [8, 10]): ArraySpec {
  return {
    version: 22,
    dimensions: extents.map((extent, d) => ({ name: `d${d}`, lo: -5, hi: 54, extent })),
    attributes: [{ name: 'v' }],
    tileOrder: 'column',
    cellOrder: 'row',
    fragments,
  };
}

/** Returns the tiles that the layers of the box request, as `file@offset`, in order and with duplicates. */
function tilesOf(array: ArrayDescriptor, backend: MemoryBackend, start: number[], stop: number[]): string[] {
  const tiles: string[] = [];
  for (const layer of runSync(array.layers(start, stop), backend)) {
    const box = layer.start.map((s, d) => {
      const first = Math.floor((s - (layer.origin[d] ?? 0)) / (layer.chunkShape[d] ?? 1));
      const last = Math.floor(((layer.stop[d] ?? 0) - 1 - (layer.origin[d] ?? 0)) / (layer.chunkShape[d] ?? 1));
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    const places = runSync(layer.index.locate(box), backend);
    if (places.kind !== 'table') throw new Error('Expected a table');
    for (const offset of places.offsets) tiles.push(`${places.files[0]}@${offset}`);
  }
  return tiles;
}

/** Counts, cell by cell, the distinct pairs (fragment, tile of the fragment) that provide a visible cell of the box. */
function shownTiles(spec: ArraySpec, start: readonly number[], stop: readonly number[]): number {
  const shown = new Set<string>();
  const [a, b] = [spec.dimensions[0]?.extent ?? 1, spec.dimensions[1]?.extent ?? 1];
  for (let y = start[0] ?? 0; y < (stop[0] ?? 0); y++) {
    for (let x = start[1] ?? 0; x < (stop[1] ?? 0); x++) {
      const f = spec.fragments.findLastIndex(({ lo, hi }) =>
        [y - 5, x - 5].every((c, d) => c >= (lo[d] ?? 0) && c <= (hi[d] ?? 0)),
      );
      if (f >= 0) shown.add(`${f}:${Math.floor(y / a)},${Math.floor(x / b)}`);
    }
  }
  return shown.size;
}

describe('the tiles of a read', () => {
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);

  test.each(Array.from({ length: 25 }, (_, i) => i))('are exactly those with visible cells, case %i', (i) => {
    const random = new Random(seed + i);
    const side = (low: number, length: number): [number, number] => {
      const [a, b] = [random.below(length), random.below(length)];
      return [low + Math.min(a, b), low + Math.max(a, b)];
    };
    const fragments = Array.from({ length: 1 + random.below(20) }, (_, f) => {
      const [y, x] = [side(-5, 60), side(-5, 60)];
      return { time: f + 1, lo: [y[0], x[0]], hi: [y[1], x[1]] };
    });
    const spec = specOf(fragments, [1 + random.below(30), 1 + random.below(30)]);
    const backend = backendOf(spec);
    const array = open(backend);
    const [y, x] = [side(0, 60), side(0, 60)];
    const [start, stop] = [
      [y[0], x[0]],
      [y[1] + 1, x[1] + 1],
    ];
    const tiles = tilesOf(array, backend, start, stop);
    expect(new Set(tiles).size).toBe(shownTiles(spec, start, stop));
    // A tile is requested more than once only at the corners of newer fragments.
    expect(tiles.length - new Set(tiles).size).toBeLessThanOrEqual(8 * fragments.length);
  });

  test('do not require the metadata of a fragment that a newer one covers', () => {
    const fragments = Array.from({ length: 30 }, (_, f) => ({ time: f + 1, lo: [-5, -5], hi: [54, 54] }));
    const backend = backendOf(specOf(fragments));
    const array = open(backend);
    backend.reads.length = 0;
    tilesOf(array, backend, [0, 0], [60, 60]);
    const read = new Set(backend.reads.map(({ path }) => path));
    expect(read.size).toBe(1);
    expect([...read][0]).toContain('/__30_30_');
  });

  test('are located without further reads after the first time', () => {
    const backend = backendOf(specOf([{ time: 1, lo: [-5, -5], hi: [54, 54] }]));
    const array = open(backend);
    tilesOf(array, backend, [0, 0], [60, 60]);
    const counters = newCounters();
    for (const layer of runSync(array.layers([3, 3], [20, 20]), backend, counters)) {
      runSync(layer.index.locate([[0], [1]]), backend, counters);
    }
    expect(counters).toEqual(newCounters());
  });
});

describe('an array that is changed while it is opened', () => {
  test('is listed again if a file is missing', () => {
    const old = backendOf(specOf([{ time: 1, lo: [-5, -5], hi: [54, 54] }]));
    const vacuumed = backendOf(specOf([{ time: 7, lo: [0, 0], hi: [9, 9] }]));
    let lists = 0;
    const backend: SyncBackend = {
      begin: () => {
        const [before, after] = [old.begin(), vacuumed.begin()];
        return {
          ...after,
          // The first listing contains a fragment that is missing when its files are opened.
          list: (path) => {
            lists += 1;
            return (lists <= 4 ? before : after).list(path);
          },
        };
      },
    };
    const array = open(backend);
    expect(array.attributes['tiledb']).toMatchObject({
      fragments: 1,
      nonEmptyDomain: [
        [0, 9],
        [0, 9],
      ],
    });
    expect(array.filesMayVanish).toBe(true);
  });

  test('throws ENOENT if a file is missing after that, too', () => {
    const whole = backendOf(specOf([{ time: 1, lo: [-5, -5], hi: [54, 54] }]));
    const files = Object.fromEntries([...whole.files].filter(([name]) => !name.endsWith('__fragment_metadata.tdb')));
    expect(() => open(new MemoryBackend(files))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test('throws ENOENT on locating the tiles of a missing data file', () => {
    const whole = backendOf(specOf([{ time: 1, lo: [-5, -5], hi: [54, 54] }]));
    const backend = new MemoryBackend(
      Object.fromEntries([...whole.files].filter(([name]) => !name.endsWith('a0.tdb'))),
    );
    const array = open(backend);
    expect(() => tilesOf(array, backend, [0, 0], [9, 9])).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('opening with an attribute and options', () => {
  const backend = backendOf({
    ...specOf([{ time: 5, lo: [0, 0], hi: [9, 9] }]),
    attributes: [{ name: 'v' }, { name: 'w', nullable: true }],
  });

  test('requires one of the attributes', () => {
    expect(() => runSync(tiledb.open(probe, { array: null, options: {} }), backend)).toThrow(
      /Expected one of 'v', 'w'/,
    );
    expect(() => open(backend, 'x')).toThrow(/Expected one of 'v', 'w' .* received 'x'/);
  });

  test.each([
    [{ at: 'yesterday' }, /options\.at/],
    [{ at: -1 }, /options\.at/],
    [{ at: [9, 3] }, /options\.at/],
    [{ at: new Date(Number.NaN) }, /options\.at/],
    [{ part: 'nulls' }, /options\.part/],
    [{ extent: 'all' }, /options\.extent/],
    [{ time: 3 }, /options\.time/],
  ])('refuses the option %j', (options, message) => {
    expect(() => open(backend, 'v', options)).toThrow(TypeError);
    expect(() => open(backend, 'v', options)).toThrow(message);
  });

  test('accepts a Date, a number, a bigint or a time window as time', () => {
    const fragments = (at: unknown): unknown =>
      (open(backend, 'v', { at }).attributes['tiledb'] as { fragments: number }).fragments;
    expect([new Date(5), 5, 5n, [5, 5], [0n, 9]].map(fragments)).toEqual([1, 1, 1, 1, 1]);
    expect([new Date(4), 4.9, [6, 9], [0, 4]].map(fragments)).toEqual([0, 0, 0, 0]);
  });

  test('can count positions from the first written cell', () => {
    const array = open(backend, 'v', { extent: 'nonempty' });
    expect(array.shape).toEqual([10, 10]);
    expect(array.domain).toEqual([
      { lo: 0, hi: 9 },
      { lo: 0, hi: 9 },
    ]);
    expect(open(backend, 'v', { extent: 'nonempty', at: 4 }).shape).toEqual([0, 0]);
  });

  test('refuses the validity of an attribute that is not nullable', () => {
    expect(() => open(backend, 'v', { part: 'validity' })).toThrow(UnsupportedError);
  });
});
