import { shape } from './shared/field.mjs';
import { zarrPeers } from './shared/peers.mjs';
import { ofField, ours } from './shared/scale.mjs';

const rows = 6;
const cacheBytes = 64 * 2 ** 20;

export default {
  ...ofField,
  order: 640,
  name: 'scale-window',
  title: 'a sliding window of 6 rows of 128x256, step 1, over 256 rows of zstd chunks, awaited one by one',
  data: 'f4-zstd.zarr',
  selections: Array.from({ length: shape[0] - rows + 1 }, (_, z) => [
    [z, z + rows],
    [0, 128],
    [0, 256],
  ]),
  rounds: 3,
  contenders: {
    'posix-par': ours({ cacheBytes }),
    'posix-par-stream': ours({ streams: true }),
    'zarr-python': {},
    zarrs: zarrPeers.zarrs,
    tensorstore: { use: 'tensorstore-zarr3' },
    'tensorstore-cache': { use: 'tensorstore-zarr3', cacheBytes },
  },
  targets: [
    { faster: 'posix-par', than: ['zarr-python'], atLeast: 10 },
    { faster: 'posix-par', than: ['tensorstore-cache'], atLeast: 1 },
  ],
};
