import { dataPath, files } from './shared/files.mjs';

const data = 'w4-virtual';
const path = dataPath(data, 'all.h5');

export default {
  ...files,
  order: 740,
  title: 'a virtual dataset over 16 HDF5 files of 16 MiB with gzip chunks, the whole array',
  reference: 'w4.npy',
  data,
  shape: [64, 1024, 1024],
  selections: [[null, null, null]],
  contenders: { 'posix-par': { path }, 'h5py-file': { path } },
  targets: [{ faster: 'posix-par', than: ['h5py-file'], atLeast: 4 }],
};
