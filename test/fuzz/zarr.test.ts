/**
 * Mutated metadata and shard indexes of Zarr: each ends in an error of this library or in places within the files.
 * How many, and which: test/support/fuzz.ts.
 */
import { describe, expect, it } from 'vitest';
import { zarr } from '../../lib/formats/zarr/zarr.js';
import { runSync } from '../../lib/io/driver.js';
import { attempt, mutantCount, mutants } from '../support/fuzz.js';
import { MemoryBackend } from '../support/memory-backend.js';
import { encodeShard } from '../support/zarr-shard.js';
import { arrayV2, arrayV3 } from '../support/zarr-store.js';

/** One mutant may allocate this much. */
const allowedBytes = 16 * 1024 * 1024;
/** Mutants of all stores together. */
const usualMutants = 24_000;
/** Of one store, for long runs. */
const timeout = 3_600_000;

const little = { name: 'bytes', configuration: { endian: 'little' } };
const crc = { name: 'crc32c' };

function sharding(chunkShape: number[], codecs: object[], indexCodecs: object[], location = 'end'): object {
  const configuration = { chunk_shape: chunkShape, codecs, index_codecs: indexCodecs, index_location: location };
  return { name: 'sharding_indexed', configuration };
}

const chunk = new Uint8Array(8).fill(7);
const six = new Array<Uint8Array>(6).fill(chunk);

/** An int16 array of shape [4, 6] in shards of [4, 6] with 2 x 3 chunks of [2, 2] (8 bytes). */
function shardedStore(codecs: object[], shard: Uint8Array): Record<string, Uint8Array | string> {
  const grid = { name: 'regular', configuration: { chunk_shape: [4, 6] } };
  return { '/s/zarr.json': JSON.stringify(arrayV3({ chunk_grid: grid, codecs })), '/s/c/0/0': shard };
}

const nestedShard = encodeShard([encodeShard([chunk, null, chunk], { location: 'start', checksum: false }), null], {
  checksum: false,
});
const nested = sharding([2, 6], [sharding([2, 2], [little], [little], 'start')], [little]);

/** Stores of which one file is mutated. */
const stores: readonly {
  readonly name: string;
  readonly files: Record<string, Uint8Array | string>;
  readonly mutated: string;
}[] = [
  {
    name: '.zarray',
    files: {
      '/s/.zarray': JSON.stringify(
        arrayV2({ filters: [{ id: 'delta', dtype: '<i2', astype: '<i4' }], compressor: { id: 'zlib' } }),
      ),
      '/s/.zattrs': '{"_ARRAY_DIMENSIONS": ["y", "x"], "scale_factor": 2}',
    },
    mutated: '/s/.zarray',
  },
  {
    name: '.zattrs',
    files: { '/s/.zarray': JSON.stringify(arrayV2()), '/s/.zattrs': '{"_ARRAY_DIMENSIONS": ["y", "x"]}' },
    mutated: '/s/.zattrs',
  },
  {
    name: 'zarr.json',
    files: {
      '/s/zarr.json': JSON.stringify(
        arrayV3({
          dimension_names: ['y', null],
          codecs: [{ name: 'transpose', configuration: { order: [1, 0] } }, little, crc],
        }),
      ),
    },
    mutated: '/s/zarr.json',
  },
  {
    name: 'zarr.json of shards',
    files: shardedStore([sharding([2, 2], [little], [little, crc])], encodeShard(six)),
    mutated: '/s/zarr.json',
  },
  { name: 'zarr.json of shards inside shards', files: shardedStore([nested], nestedShard), mutated: '/s/zarr.json' },
  {
    name: 'a shard with a checksum',
    files: shardedStore([sharding([2, 2], [little], [little, crc])], encodeShard(six)),
    mutated: '/s/c/0/0',
  },
  {
    name: 'a shard without a checksum',
    files: shardedStore([sharding([2, 2], [little], [little])], encodeShard(six, { checksum: false })),
    mutated: '/s/c/0/0',
  },
  { name: 'shards inside a shard', files: shardedStore([nested], nestedShard), mutated: '/s/c/0/0' },
];

/** Opens the store and locates chunks at both ends and all of a small grid; whether that went well. */
function examine(files: Record<string, Uint8Array | string>): void {
  const backend = new MemoryBackend(files);
  const array = runSync(
    zarr.open({ path: '/s', kind: 'directory', head: new Uint8Array(0), size: 0 }, { array: null, options: {} }),
    backend,
  );
  for (const layer of runSync(
    array.layers(
      array.shape.map(() => 0),
      array.shape,
    ),
    backend,
  )) {
    const last = layer.stop.map((stop, d) => Math.max(0, Math.ceil(stop / (layer.chunkShape[d] ?? 1)) - 1));
    const boxes = [
      last.map(() => [0]),
      last.map((n) => [n]),
      last.map((n) => Array.from({ length: Math.min(3, n + 1) }, (_, i) => i)),
    ];
    for (const box of boxes) {
      const found = runSync(layer.index.locate(box), backend);
      if (found.kind !== 'table') continue;
      found.offsets.forEach((offset, i) => {
        const size = backend.files.get(found.files[found.fileIndex?.[i] ?? 0] ?? '')?.length ?? 0;
        const end = offset + (found.lengths[i] ?? Number.NaN);
        if (offset !== -1 && !(offset >= 0 && end <= size))
          throw new Error(`A chunk at ${offset} to ${end} of a file of ${size} bytes`);
      });
    }
  }
  if (backend.openRuns !== 0) throw new Error('A run was not closed');
}

const hostile: readonly string[] = [
  'null',
  'true',
  '-1',
  '0',
  '1',
  '0.5',
  '1e308',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  `1${'0'.repeat(400)}`,
  'NaN',
  '-Infinity',
  '""',
  '"\\u0000"',
  '".."',
  '"../../x"',
  '"/"',
  '"<f4"',
  '"|O"',
  '"r8"',
  '"bytes"',
  '"transpose"',
  '"sharding_indexed"',
  '[]',
  '{}',
  '[0]',
  '[1,1,1]',
  '[[]]',
  '[4294967296,4294967296]',
  '[9007199254740991,9007199254740991]',
  `[${'1,'.repeat(99)}1]`,
  `${'['.repeat(300)}${']'.repeat(300)}`,
  '{"name":"bytes"}',
  '{"name":"sharding_indexed","configuration":{}}',
  '{"toString":1}',
  '{"must_understand":false}',
  '{"__proto__":{"name":"x"}}',
  `"${'x'.repeat(100_000)}"`,
];

/** All places of values in a JSON text: [start, end). */
function valuePlaces(text: string): (readonly [number, number])[] {
  const places: (readonly [number, number])[] = [];
  const open: number[] = [];
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s,:[\]{}"]+/g)) {
    const [token] = match;
    if (token === '[' || token === '{') open.push(match.index);
    else if (token === ']' || token === '}') places.push([open.pop() ?? 0, match.index + 1]);
    else places.push([match.index, match.index + token.length]);
  }
  return places;
}

describe('mutated Zarr stores', () => {
  it.each(stores)(
    'end in an error of this library, or in chunks within the files: $name',
    { timeout },
    ({ name, files, mutated }) => {
      expect(attempt(name, allowedBytes, () => examine(files))).toBe(true);
      const content = files[mutated] ?? '';
      const original = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      let [tried, opened] = [0, 0];
      for (const { what, bytes } of mutants(original, original.length, mutantCount(usualMutants, stores.length))) {
        const damaged = { ...files, [mutated]: bytes };
        if (attempt(`${name}, ${what}`, allowedBytes, () => examine(damaged))) opened += 1;
        tried += 1;
      }
      expect(opened).toBeGreaterThan(0);
      expect(opened).toBeLessThan(tried);
    },
  );

  it.each(stores.filter(({ mutated }) => mutated !== '/s/c/0/0'))(
    'with a hostile value in each place of $name',
    ({ name, files, mutated }) => {
      const text = String(files[mutated]);
      let [tried, opened] = [0, 0];
      for (const [start, end] of valuePlaces(text)) {
        for (const value of hostile) {
          const damaged = { ...files, [mutated]: text.slice(0, start) + value + text.slice(end) };
          const what = `${name}: ${value.slice(0, 40)} for ${text.slice(start, end).slice(0, 40)}`;
          if (attempt(what, allowedBytes, () => examine(damaged))) opened += 1;
          tried += 1;
        }
      }
      expect(tried).toBeGreaterThan(100);
      expect(opened).toBeLessThan(tried);
    },
  );
});
