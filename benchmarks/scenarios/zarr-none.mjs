import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf, zarrPeerNames, zarrPeers } from './shared/peers.mjs';

const data = 'f4-none.zarr';

export default {
  order: 200,
  group: 'zarr',
  title: 'Zarr, the whole array, chunks 64x128x128 without codec',
  reference: 'f4.npy',
  data,
  shape,
  selections: whole,
  before: writeTable(data),
  contenders: { 'posix-par': {}, floor: chunkFloor(data, { codec: 'none' }), ...zarrPeers },
  targets: targetsOf({ floor: 0.85, peers: zarrPeerNames, peer: 1.2, bytes }),
};
