import { randomBoxes, shape } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

export default {
  order: 106,
  group: 'hdf5',
  title: 'HDF5, 500 boxes 16x32x32 of chunks with shuffle and gzip, awaited one by one',
  reference: 'f4.npy',
  data: 'f4-gzip.h5',
  shape,
  selections: randomBoxes(500, [16, 32, 32]),
  rounds: 3,
  contenders: { 'posix-par': {}, 'h5py-file': {}, hidefix: { use: 'hidefix-index' } },
  targets: [
    ...targetsOf({ peers: ['h5py-file'], peer: 1.3, bytes: 500 * 4 * 16 * 32 * 32 }),
    { faster: 'posix-par', than: ['hidefix'], atLeast: 1.3 },
  ],
};
