import { shape } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

export default {
  order: 207,
  group: 'zarr',
  title: 'Zarr, the row [100, :, :] of zstd chunks',
  reference: 'f4.npy',
  data: 'f4-zstd.zarr',
  shape,
  selections: [[100, null, null]],
  contenders: { 'posix-par': {}, ...zarrPeers },
  targets: targetsOf({ peers: zarrPeerNames, peer: 1.5, bytes: 4 * 1024 * 1024 }),
};
