import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

const data = 'f4-zstd.zarr';

export default {
  order: 201,
  group: 'zarr',
  title: 'Zarr, the whole array, zstd',
  reference: 'f4.npy',
  data,
  shape,
  selections: whole,
  before: writeTable(data),
  contenders: { 'posix-par': {}, floor: chunkFloor(data, { codec: 'zstd' }), ...zarrPeers },
  targets: targetsOf({ floor: 0.9, peers: zarrPeerNames, peer: 1.3, bytes }),
};
