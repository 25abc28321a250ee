import { shape } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

export default {
  order: 104,
  group: 'hdf5',
  title: 'HDF5, a box 130x500x510 of the contiguous array',
  reference: 'f4.npy',
  data: 'f4-contiguous.h5',
  shape,
  selections: [
    [
      [101, 231],
      [37, 537],
      [211, 721],
    ],
  ],
  contenders: { 'posix-par': {}, 'h5py-file': {} },
  targets: targetsOf({ peers: ['h5py-file'], peer: 1.3, bytes: 4 * 130 * 500 * 510 }),
};
