import { shape, whole } from './shared/field.mjs';
import { threadScaling } from './shared/peers.mjs';

export default {
  order: 107,
  group: 'hdf5',
  title: 'HDF5, shuffle and gzip, the whole array: two threads against one',
  reference: 'f4.npy',
  data: 'f4-gzip.h5',
  shape,
  selections: whole,
  ...threadScaling('f4-gzip.h5'),
};
