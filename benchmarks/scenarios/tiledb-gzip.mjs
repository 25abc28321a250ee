import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

export default {
  order: 302,
  group: 'tiledb',
  title: 'TileDB, the whole array, tiles 64x128x128, gzip',
  reference: 'f4.npy',
  data: 'f4-gzip.tdb',
  shape,
  selections: whole,
  contenders: { 'posix-par': {}, 'tiledb-py': {} },
  targets: targetsOf({ peers: ['tiledb-py'], peer: 3.3, bytes }),
};
