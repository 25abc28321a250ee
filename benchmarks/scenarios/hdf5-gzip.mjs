import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

const data = 'f4-gzip.h5';

export default {
  order: 100,
  group: 'hdf5',
  title: 'HDF5, the whole array, chunks 64x128x128, shuffle and gzip',
  reference: 'f4.npy',
  data,
  shape,
  selections: whole,
  before: writeTable(data),
  contenders: {
    'posix-par': {},
    floor: chunkFloor(data, { codec: 'zlib', shuffle: 1, open: 'once' }),
    'h5py-file': {},
    hidefix: { use: 'hidefix-index' },
  },
  targets: [
    ...targetsOf({ floor: 0.9, peers: ['h5py-file'], peer: 4, bytes }),
    { faster: 'posix-par', than: ['hidefix'], atLeast: 1 },
  ],
};
