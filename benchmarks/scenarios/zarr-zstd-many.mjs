import { randomBoxes, shape } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

export default {
  order: 210,
  group: 'zarr',
  title: 'Zarr, 500 boxes 16x32x32 of chunks with zstd, by one call of readMany; others one by one',
  reference: 'f4.npy',
  data: 'f4-zstd.zarr',
  shape,
  selections: randomBoxes(500, [16, 32, 32]),
  rounds: 3,
  contenders: {
    'posix-par': { use: 'posix-par-many' },
    'one-by-one': { use: 'posix-par', kind: 'ours' },
    ...zarrPeers,
  },
  targets: targetsOf({ peers: [...zarrPeerNames, 'one-by-one'], peer: 4, bytes: 500 * 4 * 16 * 32 * 32 }),
};
