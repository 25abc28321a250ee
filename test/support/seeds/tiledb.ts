/**
 * Provides small TileDB arrays of several format versions, for tests that damage their metadata.
 * @module
 */
import { inflateSync } from 'node:zlib';
import { ByteWriter } from '../byte-writer.js';
import { type ArraySpec, genericTile, schemaContent, tiledbFiles } from '../tiledb-bytes.js';
import type { Seed } from './seed.js';

type Files = Readonly<Record<string, Uint8Array>>;

/** Describes a dense array of format `version` with two attributes and two fragments. */
export const specOf = (version: number): ArraySpec => ({
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

function seedOf(name: string, content: Uint8Array, files: Seed['files']): Seed {
  return { name, path: '/a', format: 'tiledb', arrays: ['v', 'w'], content, span: content.length, files };
}

function rooted(files: Files): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/a/${name}`, bytes]));
}

/** Returns the content of the only chunk of a generic tile from tiledb-bytes.ts. */
function contentOf(tile: Uint8Array): Uint8Array {
  return Uint8Array.from(inflateSync(tile.subarray(88)));
}

function partSeed(name: string, version: number, suffix: string, span: 'all' | 'end', extra: Files = {}): Seed {
  const files = { ...rooted(tiledbFiles(specOf(version))), ...extra };
  const path = Object.keys(files).find((file) => file.endsWith(suffix)) ?? '';
  const whole = files[path] ?? new Uint8Array(0);
  // The footer is at the end of the file. Everything before it stays unchanged.
  const cut = span === 'end' ? Math.max(0, whole.length - 420) : 0;
  const content = whole.subarray(cut);
  const joined = (mutant: Uint8Array): Uint8Array =>
    new ByteWriter().bytes(whole.subarray(0, cut)).bytes(mutant).done();
  return seedOf(name, content, (mutant) => ({ ...files, [path]: joined(mutant) }));
}

/** Creates a seed for a file that consists of one generic tile. Tests mutate the content of the tile. */
function tileSeed(name: string, version: number, suffix: string, content: Uint8Array, extra: Files = {}): Seed {
  const files = { ...rooted(tiledbFiles(specOf(version))), ...extra };
  const path = Object.keys(files).find((file) => file.includes(suffix)) ?? '';
  return seedOf(name, content, (mutant) => ({ ...files, [path]: genericTile(mutant, version) }));
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

/** Seeds of several format versions. The content of a compressed tile is mutated before compression. */
export const tiledbSeeds: readonly Seed[] = [
  ...[1, 4, 6, 9, 17, 22].map((version) =>
    tileSeed(
      `schema, format ${version}`,
      version,
      version < 10 ? '__array_schema' : '__schema/',
      schemaContent(specOf(version)),
    ),
  ),
  tileSeed(
    'schema with a current domain',
    22,
    '__schema/',
    schemaContent({
      ...specOf(22),
      currentDomain: [
        [-2, 7],
        [2, 12],
      ],
    }),
  ),
  ...[3, 5, 7, 10, 14, 15, 22, 23].map((version) =>
    partSeed(`footer, format ${version}`, version, '__fragment_metadata.tdb', 'end'),
  ),
  partSeed('the whole of the metadata, format 12', 12, '__fragment_metadata.tdb', 'all'),
  tileSeed('the metadata of format 2', 2, '__fragment_metadata.tdb', oldMetadata),
  tileSeed('user metadata', 22, '__meta/', metadataContent, { [`/a/__meta/__3_3_${uuid}`]: new Uint8Array(0) }),
  partSeed('a consolidated list', 22, '.con', 'all', {
    [`/a/__commits/__10_20_${uuid}_22.con`]: lists([commitOf(1), commitOf(2)]),
  }),
  partSeed('a vacuum file', 22, '.vac', 'all', {
    [`/a/__commits/__10_20_${uuid}_22.vac`]: text(`__fragments/${commitOf(1)}`),
  }),
];
