import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

const data = 'f4-blosc.zarr';

export default {
  order: 203,
  group: 'zarr',
  title: 'Zarr, the whole array, blosc with lz4 and shuffle',
  reference: 'f4.npy',
  data,
  shape,
  selections: whole,
  before: writeTable(data),
  contenders: { 'posix-par': {}, floor: chunkFloor(data, { codec: 'blosc' }), ...zarrPeers },
  targets: targetsOf({ floor: 0.85, peers: zarrPeerNames, peer: 1.2, bytes }),
};
