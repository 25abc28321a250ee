import { memoryLimitMiB, npyOffset, shape } from './shared/field.mjs';

const from = [101, 37, 211];
const count = [130, 500, 510];
const floor = (method) => ({
  use: 'box',
  kind: 'floor',
  floor: { offset: npyOffset, shape, from, count, method, memory: 'fresh-huge' },
});

export default {
  order: 30,
  group: 'file',
  title: 'an unaligned box 130x500x510 of one file',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: [from.map((f, d) => [f, f + count[d]])],
  contenders: {
    'posix-par': {},
    'floor-pread': floor('pread'),
    'floor-mmap': floor('mmap'),
    'numpy-memmap': {},
    'h5py-file': { data: 'f4-contiguous.h5' },
    'node-fs': {},
  },
  targets: [
    { faster: 'posix-par', than: ['numpy-memmap'], atLeast: 1 },
    { of: 'posix-par', memoryAbove: 4 * 130 * 500 * 510, atMost: memoryLimitMiB },
  ],
};
