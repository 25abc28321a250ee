import { shape } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

export default {
  order: 105,
  group: 'hdf5',
  title: 'HDF5, the row [100, :, :] of chunks with shuffle and gzip, decoded only as far as needed',
  reference: 'f4.npy',
  data: 'f4-gzip.h5',
  shape,
  selections: [[100, null, null]],
  contenders: { 'posix-par': {}, 'h5py-file': {}, hidefix: { use: 'hidefix-index' } },
  targets: [
    ...targetsOf({ peers: ['h5py-file'], peer: 4, bytes: 4 * 1024 * 1024 }),
    { faster: 'posix-par', than: ['hidefix'], atLeast: 1.3 },
  ],
};
