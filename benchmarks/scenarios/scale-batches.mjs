import { crop, randomCrops, stride } from './shared/crops.mjs';
import { zarrPeers } from './shared/peers.mjs';
import { ofField, tensorstoreMany } from './shared/scale.mjs';

const xbatcher = { use: 'xbatcher-grid', pipeline: 'zarrs', crop, stride };
const loaders = ['zarrs', 'tensorstore', 'xbatcher', 'xbatcher-joint'];

export default [1, 2, 4, 8, 16, 32].map((perChunk, i) => ({
  ...ofField,
  name: `scale-batch-${perChunk}`,
  order: 610 + i,
  title: `a batch of 64 crops 64x64x64 of zstd chunks, ${perChunk} per chunk`,
  data: 'f4-zstd.zarr',
  selections: randomCrops(perChunk),
  rounds: 3,
  contenders: {
    'posix-par': { use: 'posix-par-many' },
    zarrs: zarrPeers.zarrs,
    ...tensorstoreMany,
    ...(perChunk === 1 || perChunk === 32 ? { xbatcher, 'xbatcher-joint': { ...xbatcher, joint: true } } : {}),
  },
  targets: [
    ...(perChunk === 1 ? [{ faster: 'posix-par', than: [...loaders, 'tensorstore-cache'], atLeast: 0.95 }] : []),
    ...(perChunk === 32 ? [{ faster: 'posix-par', than: ['xbatcher'], atLeast: 20 }] : []),
  ],
}));
