import { shape } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

export default {
  order: 208,
  group: 'zarr',
  title: 'Zarr, the row [100, :, :] of blosc chunks: only the blocks needed',
  reference: 'f4.npy',
  data: 'f4-blosc.zarr',
  shape,
  selections: [[100, null, null]],
  contenders: { 'posix-par': {}, ...zarrPeers },
  targets: targetsOf({ peers: zarrPeerNames, peer: 2, bytes: 4 * 1024 * 1024 }),
};
