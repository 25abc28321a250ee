import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

export default {
  order: 300,
  group: 'tiledb',
  title: 'TileDB, the whole array, tiles 64x128x128, no filter',
  reference: 'f4.npy',
  data: 'f4-none.tdb',
  shape,
  selections: whole,
  contenders: { 'posix-par': {}, 'tiledb-py': {} },
  targets: targetsOf({ peers: ['tiledb-py'], peer: 8, bytes }),
};
