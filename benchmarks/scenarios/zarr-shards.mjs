import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

export default {
  order: 204,
  group: 'zarr',
  title: 'Zarr, the whole array, shards 128x512x512 of zstd chunks 64x128x128',
  reference: 'f4.npy',
  data: 'f4-shards.zarr',
  shape,
  selections: whole,
  contenders: { 'posix-par': {}, ...zarrPeers },
  targets: targetsOf({ peers: zarrPeerNames, peer: 1.25, bytes: bytes }),
};
