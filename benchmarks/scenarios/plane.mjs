import { memoryLimitMiB, npyOffset, shape } from './shared/field.mjs';

export default {
  order: 50,
  group: 'file',
  title: 'the plane [:, :, 500] of one file: 262,144 elements 4 KiB apart',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: [[null, null, 500]],
  repeats: 3,
  contenders: {
    'posix-par': {},
    'floor-mmap': {
      use: 'box',
      kind: 'floor',
      floor: { offset: npyOffset, shape, from: [0, 0, 500], count: [256, 1024, 1], method: 'mmap', memory: 'fresh' },
    },
    'numpy-memmap': {},
    'h5py-file': { data: 'f4-contiguous.h5' },
  },
  targets: [
    { faster: 'posix-par', than: ['h5py-file'], atLeast: 2 },
    { faster: 'posix-par', than: ['numpy-memmap'], atLeast: 1, aim: true },
    { of: 'posix-par', memoryAbove: 4 * 256 * 1024, atMost: memoryLimitMiB },
  ],
};
