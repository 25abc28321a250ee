import { files } from './shared/files.mjs';

const count = 10_000_000;
const field = 'energy';
/** The same bytes as numbers: the field is the third of six columns. */
const column = {
  use: 'posix-par',
  kind: 'ours',
  data: 'records.raw',
  options: { format: 'raw', dtype: 'float32', shape: [count, 6] },
  selections: [[null, 2]],
};

export default [
  {
    ...files,
    name: 'files-records-contiguous',
    order: 720,
    title: 'one float32 field of 10^7 records of 24 bytes, HDF5 contiguous; the same bytes as an array of numbers',
    reference: 'energy.npy',
    data: 'records-contiguous.h5',
    shape: [count],
    selections: [[null]],
    contenders: {
      'posix-par': { options: { field } },
      'posix-par-column': column,
      'h5py-file': { field },
    },
    targets: [{ faster: 'posix-par', than: ['posix-par-column'], atLeast: 0.8 }],
  },
  {
    ...files,
    name: 'files-records-gzip',
    order: 721,
    title: 'the same field, HDF5 chunks with gzip',
    reference: 'energy.npy',
    data: 'records-gzip.h5',
    shape: [count],
    selections: [[null]],
    contenders: { 'posix-par': { options: { field } }, 'h5py-file': { field } },
    targets: [{ faster: 'posix-par', than: ['h5py-file'], atLeast: 3 }],
  },
];
