import { bytes, shape, whole } from './shared/field.mjs';
import { targetsOf } from './shared/peers.mjs';

export default {
  order: 103,
  group: 'hdf5',
  title: 'HDF5, the whole contiguous array',
  reference: 'f4.npy',
  data: 'f4-contiguous.h5',
  shape,
  selections: whole,
  contenders: { 'posix-par': {}, 'h5py-file': {} },
  targets: targetsOf({ peers: ['h5py-file'], peer: 1.3, bytes: bytes }),
};
