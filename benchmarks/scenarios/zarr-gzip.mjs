import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

const data = 'f4-gzip.zarr';

export default {
  order: 202,
  group: 'zarr',
  title: 'Zarr, the whole array, gzip',
  reference: 'f4.npy',
  data,
  shape,
  selections: whole,
  before: writeTable(data),
  contenders: { 'posix-par': {}, floor: chunkFloor(data, { codec: 'gzip' }), ...zarrPeers },
  targets: targetsOf({ floor: 0.9, peers: zarrPeerNames, peer: 1.6, bytes }),
};
