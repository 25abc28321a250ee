/**
 * Mutated TileDB metadata: what is inside the compressed tiles is changed before it is compressed, since a changed
 * stream would only test zlib. How many, and which: test/support/fuzz.ts.
 */
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isPosixParError } from '../../lib/core/errors.js';
import { tiledb } from '../../lib/formats/tiledb/tiledb.js';
import { openArray } from '../../lib/index.js';
import { runSync } from '../../lib/io/driver.js';
import { ByteWriter } from '../support/byte-writer.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type ArraySpec, genericTile, schemaContent, tiledbFiles } from '../support/tiledb-bytes.js';

/** One mutant may allocate this much; the files have a few kilobytes. */
const allowedBytes = 8 * 1024 * 1024;
/** Mutants of all seeds together. */
const usualMutants = 30_000;
/** Of one seed, for long runs. */
const timeout = 3_600_000;

type Files = Readonly<Record<string, Uint8Array>>;

/** Bytes that are mutated, and the array that holds them. */
interface Seed {
  readonly name: string;
  readonly content: Uint8Array;
  readonly span: number;
  /** All files of the array, with a mutant in the place of `content`. */
  readonly files: (mutant: Uint8Array) => Files;
}

const specOf = (version: number): ArraySpec => ({
  version,
  dimensions: [
    { name: 'y', lo: -3, hi: 9, extent: 4 },
    { name: 'x', lo: 2, hi: 12, extent: 5 },
  ],
  attributes: [{ name: 'v' }, { name: 'w', nullable: true }],
  tileOrder: 'row',
  cellOrder: 'column',
  fragments: [
    { time: 10, lo: [-2, 2], hi: [7, 12] },
    { time: 20, lo: [0, 6], hi: [3, 9] },
  ],
});

function rooted(files: Files): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/a/${name}`, bytes]));
}

/** The content of the only chunk of a generic tile as tiledb-bytes.ts makes it. */
function contentOf(tile: Uint8Array): Uint8Array {
  return Uint8Array.from(inflateSync(tile.subarray(88)));
}

function fileSeed(name: string, version: number, suffix: string, span: 'all' | 'end', extra: Files = {}): Seed {
  const files = { ...rooted(tiledbFiles(specOf(version))), ...extra };
  const path = Object.keys(files).find((file) => file.endsWith(suffix)) ?? '';
  const whole = files[path] ?? new Uint8Array(0);
  // The footer is at the end: what is before it is kept.
  const cut = span === 'end' ? Math.max(0, whole.length - 420) : 0;
  const content = whole.subarray(cut);
  const joined = (mutant: Uint8Array): Uint8Array =>
    new ByteWriter().bytes(whole.subarray(0, cut)).bytes(mutant).done();
  return { name, content, span: content.length, files: (mutant) => ({ ...files, [path]: joined(mutant) }) };
}

/** The inside of the generic tile that is all of a file. */
function tileSeed(name: string, version: number, suffix: string, content: Uint8Array, extra: Files = {}): Seed {
  const files = { ...rooted(tiledbFiles(specOf(version))), ...extra };
  const path = Object.keys(files).find((file) => file.includes(suffix)) ?? '';
  return {
    name,
    content,
    span: content.length,
    files: (mutant) => ({ ...files, [path]: genericTile(mutant, version) }),
  };
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const uuid = '0'.repeat(32);
const lists = (names: readonly string[]): Uint8Array => text(names.map((name) => `__commits/${name}\n`).join(''));
const commitOf = (n: number): string => `__${n}0_${n}0_${String(n).padStart(32, '0')}_22.wrt`;
const metadataContent = new ByteWriter()
  .u32(1)
  .text('k')
  .u8(0, 12)
  .u32(3)
  .text('abc')
  .u32(2)
  .text('ab')
  .u8(0, 3)
  .u32(2)
  .f64(1, 2)
  .u32(1)
  .text('k')
  .u8(1)
  .done();
const oldMetadata = contentOf(
  Object.entries(tiledbFiles(specOf(2))).find(([name]) => name.endsWith('__fragment_metadata.tdb'))?.[1] ??
    new Uint8Array(0),
);

const seeds: readonly Seed[] = [
  ...[1, 4, 6, 9, 17, 22].map((version) =>
    tileSeed(
      `schema, format ${version}`,
      version,
      version < 10 ? '__array_schema' : '__schema/',
      schemaContent(specOf(version)),
    ),
  ),
  ...[3, 5, 7, 10, 14, 15, 22, 23].map((version) =>
    fileSeed(`footer, format ${version}`, version, '__fragment_metadata.tdb', 'end'),
  ),
  fileSeed('the whole of the metadata, format 12', 12, '__fragment_metadata.tdb', 'all'),
  tileSeed('the metadata of format 2', 2, '__fragment_metadata.tdb', oldMetadata),
  tileSeed('user metadata', 22, '__meta/', metadataContent, { [`/a/__meta/__3_3_${uuid}`]: new Uint8Array(0) }),
  fileSeed('a consolidated list', 22, '.con', 'all', {
    [`/a/__commits/__10_20_${uuid}_22.con`]: lists([commitOf(1), commitOf(2)]),
  }),
  fileSeed('a vacuum file', 22, '.vac', 'all', {
    [`/a/__commits/__10_20_${uuid}_22.vac`]: text(`__fragments/${commitOf(1)}`),
  }),
];

/** Opens both attributes and looks at what a planner would: all layers, and all of their chunks. */
function examine(backend: MemoryBackend, array: string): void {
  const probe = { path: '/a', kind: 'directory', head: new Uint8Array(0), size: 0 } as const;
  const found = runSync(tiledb.open(probe, { array, options: { at: 1e12 } }), backend);
  const start = found.shape.map(() => 0);
  const stop = found.shape.map((extent) => Math.min(extent, 1_000));
  for (const layer of runSync(found.layers(start, stop), backend)) {
    const box = layer.start.map((s, d) => {
      const extent = layer.chunkShape[d] ?? 1;
      const origin = layer.origin[d] ?? 0;
      const first = Math.floor((s - origin) / extent);
      const last = Math.floor(((layer.stop[d] ?? 0) - 1 - origin) / extent);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    const places = runSync(layer.index.locate(box), backend);
    if (places.kind !== 'table') throw new Error('TileDB tells the places of tiles by a table');
    const size = backend.files.get(places.files[0] ?? '')?.length ?? 0;
    for (const [i, offset] of places.offsets.entries()) {
      const length = places.lengths[i] ?? -1;
      if (offset < 0 || length <= 0 || offset + length > size) {
        throw new Error(`A tile at ${offset} of ${length} bytes is not in a file of ${size} bytes`);
      }
    }
  }
}

/** Whether the array opens. Throws when it does anything but open or fail with an error of this library. */
function opens(files: Files, array: string, what: string): boolean {
  const backend = new MemoryBackend(files);
  const opened = attempt(`array ${array}, ${what}`, allowedBytes, () => examine(backend, array));
  if (backend.openRuns !== 0) throw new Error(`${what}: a run was not closed`);
  return opened;
}

describe('mutated TileDB metadata', () => {
  test.each(seeds)('$name ends in an error of this library, or in tiles within their file', { timeout }, (seed) => {
    for (const array of ['v', 'w']) expect(opens(seed.files(seed.content), array, 'as it is')).toBe(true);
    let [tried, opened] = [0, 0];
    for (const { what, bytes } of mutants(seed.content, seed.span, mutantCount(usualMutants, seeds.length))) {
      if (opens(seed.files(bytes), tried % 4 < 2 ? 'v' : 'w', `${seed.name}, ${what}`)) opened += 1;
      tried += 1;
    }
    expect(opened).toBeGreaterThan(0);
    if (!/list|vacuum/.test(seed.name)) expect(opened).toBeLessThan(tried);
  });
});

describe('mutated TileDB arrays on disk', () => {
  const directory = new TemporaryDirectory();
  const spec = specOf(22);
  const files = tiledbFiles(spec);
  for (const [name, bytes] of Object.entries(files)) directory.write(`a/${name}`, bytes);

  test.each(Object.keys(files).filter((name) => /metadata|a0\.tdb|__schema/.test(name)))(
    '%s: a read gives data or an error of this library',
    async (name) => {
      const original = files[name] ?? new Uint8Array(0);
      let [tried, failed] = [0, 0];
      for (const { what, bytes } of mutants(original, original.length, 150)) {
        directory.write(`a/${name}`, bytes);
        try {
          await using array = await openArray(directory.at('a'), { array: 'v' });
          if (array.size < 1e6) await array.read();
        } catch (error) {
          if (!isPosixParError(error)) throw new Error(what, { cause: error });
          failed += 1;
        }
        tried += 1;
      }
      directory.write(`a/${name}`, original);
      expect(tried).toBe(150);
      expect(failed).toBeGreaterThan(0);
      await using array = await openArray(directory.at('a'), { array: 'v' });
      expect((await array.read()).shape).toEqual([13, 11]);
    },
  );
});
