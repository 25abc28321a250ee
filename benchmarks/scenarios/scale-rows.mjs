import { randomRows } from './shared/storage.mjs';

const shape = [10_000_000, 16];
const list = randomRows(10_000, shape[0], 30).sort((a, b) => a - b);

/** Rows by an ascending list, because h5py accepts no other. */
export default ['contiguous', 'chunked'].map((layout, i) => ({
  name: `scale-rows-${layout}`,
  order: 630 + i,
  group: 'scale',
  leastWarm: 0.8,
  title: `10,000 of 10^7 rows of 64 bytes by a list of indices, HDF5 ${layout}`,
  reference: 'rows.npy',
  data: `rows-${layout}.h5`,
  shape,
  selections: [[{ list }, null]],
  rounds: 5,
  contenders: {
    'posix-par': {},
    'numpy-memmap': { data: 'rows.npy' },
    'h5py-file': {},
  },
  targets: [
    { faster: 'posix-par', than: ['numpy-memmap'], atLeast: 1 },
    { faster: 'posix-par', than: ['h5py-file'], atLeast: 100 },
  ],
}));
