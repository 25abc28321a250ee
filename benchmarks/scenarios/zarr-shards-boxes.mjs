import { randomBoxes, shape } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

export default {
  order: 205,
  group: 'zarr',
  title: 'Zarr, 500 boxes 16x32x32 of shards, awaited one by one',
  reference: 'f4.npy',
  data: 'f4-shards.zarr',
  shape,
  selections: randomBoxes(500, [16, 32, 32]),
  rounds: 3,
  contenders: { 'posix-par': {}, ...zarrPeers },
  targets: targetsOf({ peers: zarrPeerNames, peer: 1.5, bytes: 500 * 4 * 16 * 32 * 32 }),
};
