import { writeTable } from './shared/chunk-table.mjs';
import { randomCrops } from './shared/crops.mjs';
import { zarrPeers } from './shared/peers.mjs';
import { boxFloor, ofField, ours, wholeCache } from './shared/scale.mjs';

const data = 'f4-zstd.zarr';
const selections = randomCrops(8);
const tensorstore = (keepsCache) => ({ use: 'tensorstore-zarr3', cacheBytes: wholeCache, keepsCache });
const warm = { cacheBytes: wholeCache, keepsCache: true, repeats: 10 };
const scenario = { ...ofField, data, selections, before: writeTable(data) };

export default [
  {
    ...scenario,
    name: 'scale-cache-empty',
    order: 620,
    title: '64 crops 64x64x64 of zstd chunks, 8 per chunk, awaited one by one, with a cache that is empty at first',
    rounds: 3,
    contenders: {
      'posix-par': ours({ cacheBytes: wholeCache }),
      'posix-par-uncached': ours(),
      zarrs: zarrPeers.zarrs,
      'zarr-python': {},
      tensorstore: { use: 'tensorstore-zarr3' },
      'tensorstore-cache': tensorstore(false),
    },
    targets: [
      { faster: 'posix-par', than: ['zarrs', 'zarr-python', 'tensorstore'], atLeast: 3 },
      { faster: 'posix-par', than: ['tensorstore-cache'], atLeast: 1 },
    ],
  },
  {
    ...scenario,
    name: 'scale-cache-warm',
    order: 621,
    title: '64 crops 64x64x64 awaited one by one; all chunks are in the cache',
    repeats: warm.repeats,
    contenders: {
      'posix-par': ours({ ...warm, memory: 'into' }),
      'posix-par-using': ours(warm),
      memcpy: boxFloor(data, 'zstd', selections, { keep: 1 }),
      'tensorstore-cache': tensorstore(true),
    },
    targets: [
      { faster: 'posix-par', than: ['memcpy'], atLeast: 0.8 },
      { faster: 'posix-par', than: ['tensorstore-cache'], atLeast: 3 },
    ],
  },
];
