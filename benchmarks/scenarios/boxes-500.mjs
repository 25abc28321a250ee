import { memoryLimitMiB, randomBoxes, shape } from './shared/field.mjs';

export default {
  order: 40,
  group: 'file',
  title: '500 boxes 16x32x32 of one file, one call per box, awaited one by one',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: randomBoxes(500, [16, 32, 32]),
  repeats: 5,
  contenders: {
    'posix-par': {},
    'posix-par-sync': { use: 'posix-par', kind: 'ours', sync: true },
    'numpy-memmap': {},
    'h5py-file': { data: 'f4-contiguous.h5' },
    'node-fs': {},
  },
  targets: [
    { faster: 'posix-par', than: ['numpy-memmap'], atLeast: 0.5 },
    { of: 'posix-par', memoryAbove: 500 * 16 * 32 * 32 * 4, atMost: memoryLimitMiB },
  ],
};
