import { bytes, memoryLimitMiB, npyOffset, shape, whole } from './shared/field.mjs';

const floor = (memory) => ({
  use: 'file',
  kind: 'floor',
  floor: { offset: npyOffset, length: bytes, block: 2 << 20, memory },
});

export default {
  order: 20,
  group: 'file',
  title: 'the whole array of one file into new memory',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: whole,
  contenders: {
    'posix-par': {},
    'floor-huge': floor('fresh-huge'),
    'floor-small': floor('fresh'),
    'numpy-memmap': {},
    'h5py-file': { data: 'f4-contiguous.h5' },
    'node-fs': {},
  },
  targets: [
    { faster: 'posix-par', than: ['floor-huge'], atLeast: 0.85 },
    { faster: 'posix-par', than: ['numpy-memmap', 'h5py-file'], atLeast: 1.4 },
    { of: 'posix-par', memoryAbove: bytes, atMost: memoryLimitMiB },
  ],
};
