import { files } from './shared/files.mjs';

const text = {
  ...files,
  reference: 'names.npy',
  data: 'names.h5',
  shape: [1_000_000],
  selections: [[null]],
};
const ours = (strings) => ({ use: 'posix-par-text', strings });
const h5py = (result) => ({ use: 'h5py-text', result });

export default [
  {
    ...text,
    name: 'files-text-strings',
    order: 730,
    title: '10^6 variable-length strings of 20 bytes in an HDF5 file, as strings',
    contenders: { 'posix-par': ours('js'), h5py: h5py('str') },
    targets: [{ faster: 'posix-par', than: ['h5py'], atLeast: 2 }],
  },
  {
    ...text,
    name: 'files-text-utf8',
    order: 731,
    title: 'the same strings, as bytes of UTF-8',
    contenders: { 'posix-par': ours('utf8'), h5py: h5py('bytes'), 'h5py-numpy': h5py('numpy') },
    targets: [{ faster: 'posix-par', than: ['h5py', 'h5py-numpy'], atLeast: 10 }],
  },
];
