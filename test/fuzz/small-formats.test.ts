/**
 * Mutated headers of the formats that have one: each ends in an error of this library, or in a description within the file.
 * How many, and which: test/support/fuzz.ts.
 */
import { describe, expect, it } from 'vitest';
import type { ArrayDescriptor } from '../../lib/formats/format.js';
import { openDescriptor } from '../../lib/formats/registry.js';
import { runSync } from '../../lib/io/driver.js';
import { countingBytes } from '../support/byte-writer.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { type NcFile, netcdf3Bytes } from '../support/netcdf3-bytes.js';
import { nifti1Header, nifti2Header, niftiFile } from '../support/nifti-bytes.js';
import { npyBytes, npyDict, zipBytes } from '../support/npy-bytes.js';

/** One mutant may allocate this much for descriptions and buffers; the files have about a kilobyte. */
const allowedBytes = 8 * 1024 * 1024;
/** Mutants of all files together. */
const usualMutants = 40_000;
/** Of one file, for long runs. */
const timeout = 3_600_000;

/** A file that opens, and what of it is mutated. */
interface Seed {
  readonly name: string;
  readonly path: string;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** The file whose first `span` bytes are mutated; `path` by default. */
  readonly mutated?: string;
  readonly span: number;
  readonly arrays?: readonly (string | null)[];
  readonly format: string;
}

const data = countingBytes(96);
const npy = npyBytes(npyDict('<f4', true, [2, 3, 4]), data, 1, 16);
const tileManifest = {
  version: 1,
  shape: [30, 40],
  tileShape: [7, 8],
  dtype: 'complex64',
  order: 'F',
  byteOrder: 'big',
  fillValue: [1, 'NaN'],
  path: 'a/{0:02}_{1}',
  edgeTiles: 'clipped',
  offset: 16,
  attributes: { a: [1, { b: null }] },
  dimensionNames: ['y', null],
};
const netcdf = (version: 1 | 2 | 5): NcFile => ({
  version,
  dims: [
    ['t', 0],
    ['x', 3],
  ],
  attributes: [['title', 'char', new TextEncoder().encode('seed')]],
  variables: [
    {
      name: 'f',
      type: 'short',
      dims: [1],
      data: countingBytes(6),
      attributes: [['_FillValue', 'short', Uint8Array.of(1, 2)]],
    },
    { name: 'a', type: 'short', dims: [0, 1], data: countingBytes(12) },
    { name: 'd', type: 'double', dims: [0], data: countingBytes(16) },
  ],
  heldRecords: 2,
});
const file = (name: string, path: string, bytes: Uint8Array, span: number, format: string): Seed => ({
  name,
  path,
  files: { [path]: bytes },
  span,
  format,
});

const seeds: readonly Seed[] = [
  file('npy 1', '/a.npy', npy, npy.length - 96, 'npy'),
  file('npy 3', '/a.npy', npyBytes(npyDict('>c16', false, [6]), data, 3, 16), 80, 'npy'),
  {
    ...file(
      'npz',
      '/a.npz',
      zipBytes(
        [
          { name: 'a.npy', content: npy, localSizes: 'zip64', wide: true },
          { name: 'b.npy', content: npy },
        ],
        true,
      ),
      2_000,
      'npz',
    ),
    arrays: ['a', 'b', null],
  },
  file(
    'npz with a descriptor',
    '/a.npz',
    zipBytes([{ name: 'a.npy', content: npy, localSizes: 'descriptor' }]),
    2_000,
    'npz',
  ),
  file('NIfTI-1', '/a.nii', niftiFile(nifti1Header({ slope: 2, qformCode: 1, sformCode: 1 }), 352, data), 352, 'nifti'),
  file('NIfTI-1 BE', '/a.nii', niftiFile(nifti1Header({ order: 'big', qformCode: 1 }), 352, data), 352, 'nifti'),
  file('NIfTI-2', '/a.nii', niftiFile(nifti2Header({ qformCode: 1 }), 544, data), 544, 'nifti'),
  {
    ...file('NIfTI-1 pair', '/a.img', data, 348, 'nifti'),
    files: { '/a.img': data, '/a.hdr': nifti1Header({ magic: 'ni1\0', voxOffset: 0 }) },
    mutated: '/a.hdr',
  },
  ...([1, 2, 5] as const).map((version) => ({
    ...file(`CDF-${version}`, '/a.nc', netcdf3Bytes(netcdf(version)), 1_000, 'netcdf3'),
    arrays: ['f', 'a', 'd', null],
  })),
  {
    ...file('tiles.json', '/t', data, 1_000, 'tiles'),
    files: { '/t/tiles.json': JSON.stringify(tileManifest) },
    mutated: '/t/tiles.json',
  },
  {
    ...file('a sidecar', '/r.bin', data, 1_000, 'raw'),
    files: { '/r.bin': data, '/r.bin.json': JSON.stringify({ dtype: 'int16', shape: [4, 5], order: 'F', offset: 8 }) },
    mutated: '/r.bin.json',
  },
];

/** Opens and looks at what a planner would: the layers of the whole array, and the first and the last chunk. */
function examine(backend: MemoryBackend, path: string, format: string | null, array: string | null): ArrayDescriptor {
  const found = runSync(openDescriptor(path, { array, options: {}, format }), backend);
  const origin = found.shape.map(() => 0);
  for (const layer of runSync(found.layers(origin, found.shape), backend)) {
    const first = layer.start.map((s, d) => Math.floor((s - (layer.origin[d] ?? 0)) / (layer.chunkShape[d] ?? 1)));
    const last = layer.stop.map((s, d) => Math.floor((s - 1 - (layer.origin[d] ?? 0)) / (layer.chunkShape[d] ?? 1)));
    for (const coordinates of [first, last]) {
      const places = runSync(layer.index.locate(coordinates.map((c) => [c])), backend);
      if (places.kind !== 'table') continue;
      const size = backend.files.get(places.files[0] ?? '')?.length ?? 0;
      const [offset = -1] = places.offsets;
      const [length = -1] = places.lengths;
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Error(`A chunk at ${offset} of ${length} bytes is not in a file of ${size} bytes`);
      }
    }
  }
  return found;
}

/** Whether the files open. Throws when they do anything but open or fail with an error of this library. */
function opens(files: Seed['files'], seed: Seed, array: string | null, what: string): boolean {
  const backend = new MemoryBackend(files);
  const opened = attempt(`${seed.name}, array ${array}, ${what}`, allowedBytes, () => {
    examine(backend, seed.path, what.startsWith('cut') ? seed.format : null, array);
  });
  if (backend.openRuns !== 0) throw new Error(`${seed.name}, ${what}: a run was not closed`);
  return opened;
}

describe('mutated headers', () => {
  it.each(seeds)(
    'of $name end in an error of this library, or in a description within the file',
    { timeout },
    (seed) => {
      for (const array of seed.arrays ?? [null]) {
        if (seed.arrays === undefined || array !== null) expect(opens(seed.files, seed, array, 'as it is')).toBe(true);
      }
      const target = seed.mutated ?? seed.path;
      const content = seed.files[target] ?? '';
      const original = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      let [tried, opened] = [0, 0];
      for (const { what, bytes } of mutants(original, seed.span, mutantCount(usualMutants, seeds.length))) {
        const array = seed.arrays?.[(tried >> 1) % seed.arrays.length] ?? null;
        if (opens({ ...seed.files, [target]: bytes }, seed, array, what)) opened += 1;
        tried += 1;
      }
      // Neither all mutants fail (then they would not get beyond the magic) nor all open.
      expect(opened).toBeGreaterThan(0);
      expect(opened).toBeLessThan(tried);
    },
  );
});

describe('a tile manifest with hostile values', () => {
  const deep = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as unknown;
  const hostile: readonly unknown[] = [
    null,
    true,
    -1,
    0,
    0.5,
    1e308,
    2 ** 53,
    '',
    '\0',
    '../..',
    '/',
    '{',
    '{0}{1}',
    '{99}',
    'NaN',
    [],
    {},
    deep,
    [0],
    [-1, 1],
    [1e15, 1e15],
    [2 ** 31, 2 ** 31],
    ['1', '1'],
    new Array(33).fill(1),
    new Array(10_000).fill(1),
    [null, null],
    [[1], [1]],
    { toString: 1 },
    { __proto__: null, length: 2 },
    'x'.repeat(100_000),
    '{0}'.repeat(2_000),
  ];

  it.each([...Object.keys(tileManifest), '__proto__', 'constructor'])('for %s fails cleanly or opens', (key) => {
    const [seed] = seeds.filter(({ name }) => name === 'tiles.json');
    if (seed === undefined) throw new Error('Expected the seed of tiles.json');
    let opened = 0;
    for (const value of hostile) {
      const entries = Object.entries(tileManifest).filter(([name]) => name !== key);
      const fields = [...entries, [key, value] as const].map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
      const text = `{${fields.join(',')}}`;
      if (opens({ '/t/tiles.json': text }, seed, null, `${key} = ${text.slice(-80)}`)) opened += 1;
    }
    expect(opened).toBeLessThan(hostile.length);
  });
});
