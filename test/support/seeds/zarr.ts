/**
 * Provides small Zarr arrays of both versions, also with shards, for tests that damage them.
 * @module
 */
import { countingBytes } from '../byte-writer.js';
import { encodeShard } from '../zarr-shard.js';
import { arrayV2, arrayV3 } from '../zarr-store.js';
import { fileSeed, type Seed } from './seed.js';

const little = { name: 'bytes', configuration: { endian: 'little' } };
const crc = { name: 'crc32c' };

function sharding(chunkShape: number[], codecs: object[], indexCodecs: object[], location = 'end'): object {
  const configuration = { chunk_shape: chunkShape, codecs, index_codecs: indexCodecs, index_location: location };
  return { name: 'sharding_indexed', configuration };
}

const chunk = new Uint8Array(8).fill(7);
const six = new Array<Uint8Array>(6).fill(chunk);

/** Returns an int16 array of shape [4, 6] in shards of [4, 6] with 2 x 3 chunks of [2, 2] (8 bytes). */
function shardedStore(codecs: object[], shard: Uint8Array): Record<string, Uint8Array | string> {
  const grid = { name: 'regular', configuration: { chunk_shape: [4, 6] } };
  return { '/s/zarr.json': JSON.stringify(arrayV3({ chunk_grid: grid, codecs })), '/s/c/0/0': shard };
}

const nestedShard = encodeShard([encodeShard([chunk, null, chunk], { location: 'start', checksum: false }), null], {
  checksum: false,
});
const nested = sharding([2, 6], [sharding([2, 2], [little], [little], 'start')], [little]);

/** Makes the documents longer, so that some mutants of them are valid. */
const attributes = { title: 'an attribute with a long text' };

/** Returns an array of shape [4] in chunks of [2] whose elements have `bytes` bytes and the type `dataType`. */
function typedStore(dataType: unknown, bytes: number, fillValue: unknown): Record<string, Uint8Array | string> {
  const grid = { name: 'regular', configuration: { chunk_shape: [2] } };
  const array = arrayV3({ shape: [4], chunk_grid: grid, data_type: dataType, fill_value: fillValue, attributes });
  const content = countingBytes(4 * bytes).map((byte) => byte + 65);
  const chunks = { '/s/c/0': content.subarray(0, 2 * bytes), '/s/c/1': content.subarray(2 * bytes) };
  return { '/s/zarr.json': JSON.stringify(array), ...chunks };
}

const fields = [
  ['x', 'float32'],
  ['name', { name: 'null_terminated_bytes', configuration: { length_bytes: 5 } }],
  ['p', { name: 'structured', configuration: { fields: [['w', 'int16']] } }],
];
const recordType = { name: 'structured', configuration: { fields } };
const text32 = { name: 'fixed_length_utf32', configuration: { length_bytes: 12 } };

const image = {
  axes: [
    { name: 'y', type: 'space', unit: 'micrometer' },
    { name: 'x', type: 'space' },
  ],
  datasets: [
    {
      path: 'a/0',
      coordinateTransformations: [
        { type: 'scale', scale: [2, 0.5] },
        { type: 'translation', translation: [1, 0] },
      ],
    },
  ],
};
const group = { zarr_format: 3, node_type: 'group' };

/** Seeds of Zarr stores. Tests mutate one file of each store. */
export const zarrSeeds: readonly Seed[] = [
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
  { name: 'zarr.json of bfloat16', files: typedStore('bfloat16', 2, 1.5), mutated: '/s/zarr.json' },
  { name: 'zarr.json of int4', files: typedStore('int4', 1, -8), mutated: '/s/zarr.json' },
  { name: 'zarr.json of text', files: typedStore(text32, 12, ''), mutated: '/s/zarr.json' },
  {
    name: 'zarr.json of records',
    files: typedStore(recordType, 11, Buffer.alloc(11).toString('base64')),
    mutated: '/s/zarr.json',
  },
  {
    name: '.zarray of records',
    files: {
      '/s/.zarray': JSON.stringify(
        arrayV2({
          dtype: [
            ['x', '<f4'],
            ['u', '<U2'],
            ['p', [['w', '>i2', [2]]]],
          ],
          fill_value: null,
        }),
      ),
      '/s/0.0': countingBytes(6 * 16),
    },
    mutated: '/s/.zarray',
  },
  { name: 'shards inside a shard', files: shardedStore([nested], nestedShard), mutated: '/s/c/0/0' },
].map(({ name, files, mutated }) => fileSeed(name, 'zarr', '/s', files, { mutated }));

/** Seeds of OME-Zarr images, which are opened by the option `level`. */
export const imageSeeds: readonly Seed[] = [
  fileSeed(
    'zarr.json of an image',
    'zarr',
    '/s',
    {
      '/s/zarr.json': JSON.stringify({ ...group, attributes: { ome: { version: '0.5', multiscales: [image] } } }),
      '/s/a/zarr.json': JSON.stringify(group),
      '/s/a/0/zarr.json': JSON.stringify(arrayV3()),
    },
    { mutated: '/s/zarr.json', arrays: [null], options: { level: 0 } },
  ),
  fileSeed(
    '.zattrs of an image',
    'zarr',
    '/s',
    {
      '/s/.zgroup': '{"zarr_format":2}',
      '/s/.zattrs': JSON.stringify({ multiscales: [image] }),
      '/s/a/0/.zarray': JSON.stringify(arrayV2()),
    },
    { mutated: '/s/.zattrs', arrays: [null], options: { level: 0 } },
  ),
];

/** Encodes texts as the codec `vlen-utf8` does: their number, and then the length and the bytes of each. */
function encodeTexts(texts: readonly string[]): Uint8Array {
  const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const parts = texts.flatMap((text) => [u32(Buffer.byteLength(text)), Buffer.from(text)]);
  return Buffer.concat([u32(texts.length), ...parts]);
}

const stringStore = {
  '/s/zarr.json': JSON.stringify(
    arrayV3({
      shape: [2, 4],
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3] } },
      data_type: 'string',
      codecs: [{ name: 'vlen-utf8' }],
      fill_value: 'none',
      attributes,
    }),
  ),
  '/s/c/0/0': encodeTexts(['', 'one', 'two words', 'drei', '四', 'a text of 24 characters.']),
};

/** Seeds of arrays of texts of variable length, which `openText` opens. The chunk at column 3 does not exist. */
export const variableTextSeeds: readonly Seed[] = [
  fileSeed('zarr.json of texts of any length', 'zarr', '/s', stringStore, { mutated: '/s/zarr.json' }),
  fileSeed('a chunk of texts of any length', 'zarr', '/s', stringStore, { mutated: '/s/c/0/0' }),
];
