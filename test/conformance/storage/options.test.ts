/**
 * Checks, for several storage layouts, that a result does not depend on the options of the read (engine, threads, queue
 * depth, cache policy, read-ahead), on its memory, or on faults from which a read recovers. POSIX_PAR_SEED=n repeats
 * a run.
 */
import { describe, expect, test } from 'vitest';
import { allocate, openArray, type ReadOptions, type TypedArray } from '../../../lib/index.js';
import { evict } from '../../../lib/storage/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { directBlock, engines } from '../../support/engines.js';
import { errno, type Fault, withFaults } from '../../support/faults.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { counting, writeNpy, writeShards, writeTiles, writeZarr } from '../../support/sample-arrays.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { arrayV2, arrayV3, writeFiles } from '../../support/zarr-store.js';

const folder = new TemporaryDirectory();
const matrix = [120, 150] as const;
const length = matrix[0] * matrix[1];

/** Writes raw files of `rows` rows each, and a file of references to their parts. Returns its path. */
function references(name: string, rows: number): string {
  const [down, across] = matrix;
  const refs: Record<string, unknown> = {
    'a/.zarray': arrayV2({ shape: matrix, chunks: [1, across / 2], dtype: '<f4', order: 'C' }),
  };
  for (let from = 0; from < down; from += rows) {
    const data = counting(length).subarray(from * across, (from + rows) * across);
    const file = folder.write(`${name}/${from}.raw`, bytesOf(data));
    for (let row = 0; row < rows; row++) {
      for (const half of [0, 1]) {
        refs[`a/${from + row}.${half}`] = [file, (2 * row + half) * across * 2, across * 2];
      }
    }
  }
  return folder.write(`${name}.json`, JSON.stringify({ version: 1, refs }));
}

/** Writes uncompressed chunks, one file per chunk. */
function plainChunks(name: string, chunk: number): string {
  const grid = { name: 'regular', configuration: { chunk_shape: [chunk] } };
  const files: Record<string, object | Uint8Array> = {
    'zarr.json': arrayV3({ shape: [length], data_type: 'float32', chunk_grid: grid }),
  };
  const data = counting(length);
  for (let c = 0; c * chunk < length; c++) files[`c/${c}`] = bytesOf(data.subarray(c * chunk, (c + 1) * chunk));
  return writeFiles(folder.at(name), files);
}

interface Layout {
  readonly what: string;
  readonly path: string;
  readonly array?: string;
  readonly shape: readonly number[];
  /** Expected values. Default: the index of each element. */
  readonly values?: Uint8Array;
}

/** Returns true if the tile with this number is absent: every third tile. A tile has 3 rows and 10 columns. */
const isAbsent = (tile: number): boolean => tile % 3 === 1;
function withHoles(): Uint8Array {
  const data = counting(length);
  for (let i = 0; i < length; i++) {
    const [row, column] = [Math.floor(i / matrix[1]), i % matrix[1]];
    if (isAbsent(Math.floor(row / 3) * (matrix[1] / 10) + Math.floor(column / 10))) data[i] = -1;
  }
  return bytesOf(data);
}
const holes = Array.from({ length: (matrix[0] / 3) * (matrix[1] / 10) }, (_, tile) => tile).filter(isAbsent);

const layouts: readonly Layout[] = [
  { what: 'one file', path: writeNpy(folder, 'c.npy', matrix), shape: matrix },
  { what: 'F order', path: writeNpy(folder, 'f.npy', matrix, { fortran: true }), shape: matrix },
  { what: 'a few tiles', path: writeTiles(folder, 'few', matrix, [64, 64]), shape: matrix },
  { what: 'many tiles', path: writeTiles(folder, 'many', matrix, [3, 10]), shape: matrix },
  {
    what: 'many tiles, some absent',
    path: writeTiles(folder, 'holes', matrix, [3, 10], { absent: holes }),
    shape: matrix,
    values: withHoles(),
  },
  { what: 'blocks for tiles', path: writeTiles(folder, 'blocks', matrix, [8, 16]), shape: matrix },
  { what: 'many plain chunks', path: plainChunks('plain', 36), shape: [length] },
  { what: 'many gzip chunks', path: writeZarr(folder, 'gzip', length, 50), shape: [length] },
  { what: 'shards', path: writeShards(folder, 'shards', length, 45), shape: [length] },
  { what: 'places in one file', path: references('one', matrix[0]), array: 'a', shape: matrix },
  { what: 'places in a few files', path: references('several', 10), array: 'a', shape: matrix },
];
const values = new Uint8Array(counting(length).buffer);

/** Returns faults from which a read recovers. */
function faults(random: Random): Fault[] {
  const always = { op: 'pread', times: 0 } as const;
  return random.pick<() => Fault[]>([
    () => [],
    () => [],
    () => [{ ...always, action: 'cold' }],
    () => [{ ...always, action: 'shorten', value: directBlock * (1 + random.below(3)) }],
    () => [{ ...always, action: 'eintr', times: 3, skip: random.below(20) }],
    () => [{ ...always, action: 'error', value: errno.EAGAIN, times: 1, skip: random.below(20) }],
  ])();
}

function options(random: Random): ReadOptions {
  const maybe = <K extends keyof ReadOptions>(key: K, choices: readonly NonNullable<ReadOptions[K]>[]) =>
    random.below(2) === 0 ? {} : { [key]: random.pick(choices) };
  return {
    engine: random.pick(engines),
    ...maybe('threads', [1, 2, 5]),
    ...maybe('cache', ['keep', 'drop', 'dontcache']),
    ...maybe('readahead', ['none', 'sequential', 'random', 1 << 16]),
    ...maybe('queueDepth', [1, 2, 7, 300]),
    ...maybe('coalesce', [
      { gapBytes: 0, maxBytes: 512 },
      { gapBytes: 1 << 16, maxBytes: 1 << 20 },
    ]),
  };
}

async function read(layout: Layout, random: Random): Promise<void> {
  const whole = layout.shape.map((extent) => Array.from({ length: extent }, (_, i) => i));
  const some = random.below(2) === 0 ? null : randomSelection(random, layout.shape);
  const selection = some?.entries ?? null;
  const expected = pickBytes(layout.values ?? values, layout.shape, 4, some?.indices ?? whole);
  const how = options(random);
  const hindrances = faults(random);
  const mode = random.pick(['read', 'readSync', 'readInto'] as const);
  const into = allocate('float32', expected.length / 4 + 1024).subarray(random.pick([0, 1, 4, 512]));
  if (random.below(4) === 0) await evict(layout.path.endsWith('.npy') ? layout.path : folder.at('c.npy'));

  await using array = await openArray(layout.path, layout.array === undefined ? {} : { array: layout.array });
  const { data } = await withFaults(hindrances, (): { data: TypedArray } | Promise<{ data: TypedArray }> => {
    if (mode === 'readSync') return array.readSync(selection, how);
    if (mode === 'read') return array.read(selection, how);
    return array.readInto(into.subarray(0, expected.length / 4), selection, how);
  });
  const where = JSON.stringify({ layout: layout.what, mode, selection, how, hindrances });
  expectSameBytes(data, expected, where);
}

describe('read options do not change the result', () => {
  // With a queue depth of 1, io_uring reads one tile at a time, on one thread or on several threads.
  test.for(engines)('absent tiles in short queues: %s', async (engine) => {
    const { path, values: expected } = layouts.find(({ what }) => what === 'many tiles, some absent') ?? {};
    await using array = await openArray(path ?? '');
    for (const how of [{ queueDepth: 1 }, { queueDepth: 2, threads: 2 }]) {
      expectSameBytes((await array.read(null, { ...how, engine })).data, expected ?? values);
      expectSameBytes(array.readSync(null, { ...how, engine }).data, expected ?? values);
    }
  });

  const seed = testSeed();
  test.each(layouts)('$what', async (layout) => {
    const random = new Random(seed ^ layouts.indexOf(layout));
    expect(layout.path, `POSIX_PAR_SEED=${seed}`).not.toBe('');
    for (let i = 0; i < 60; i++) {
      try {
        await read(layout, random);
      } catch (error) {
        throw new Error(`POSIX_PAR_SEED=${seed}, read ${i}`, { cause: error });
      }
    }
  });
});
