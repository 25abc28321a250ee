import { files } from './shared/files.mjs';

export default {
  ...files,
  order: 750,
  title: 'a zipped Zarr array of 256 MiB with zstd chunks, whole, against the same array in a folder',
  reference: 'w4.npy',
  data: 'w4-zstd.zarr.zip',
  shape: [64, 1024, 1024],
  selections: [[null, null, null]],
  contenders: {
    'posix-par': {},
    'posix-par-folder': { use: 'posix-par', kind: 'ours', data: 'w4-zstd.zarr' },
    'zarr-python': {},
  },
  targets: [
    { faster: 'posix-par', than: ['posix-par-folder'], atLeast: 0.9 },
    { faster: 'posix-par', than: ['zarr-python'], atLeast: 2 },
  ],
};
