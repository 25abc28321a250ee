/**
 * Provides small Zarr arrays of both versions, also with shards, for tests that damage them.
 * @module
 */
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
  { name: 'shards inside a shard', files: shardedStore([nested], nestedShard), mutated: '/s/c/0/0' },
].map(({ name, files, mutated }) => fileSeed(name, 'zarr', '/s', files, { mutated }));
