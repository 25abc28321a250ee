import { shape, whole } from './shared/field.mjs';
import { threadScaling } from './shared/peers.mjs';

export default {
  order: 209,
  group: 'zarr',
  title: 'Zarr, zstd, the whole array: two threads against one',
  reference: 'f4.npy',
  data: 'f4-zstd.zarr',
  shape,
  selections: whole,
  ...threadScaling('f4-zstd.zarr'),
};
