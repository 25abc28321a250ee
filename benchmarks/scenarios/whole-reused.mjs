import { bytes, memoryLimitMiB, npyOffset, shape, whole } from './shared/field.mjs';

const floor = (block) => ({
  use: 'file',
  kind: 'floor',
  floor: { offset: npyOffset, length: bytes, block, memory: 'reused' },
});

export default {
  order: 10,
  group: 'file',
  title: 'the whole array of one file into a reused buffer',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: whole,
  into: 'reused',
  contenders: {
    'posix-par': {},
    floor: floor(1 << 20),
    'numpy-memmap': {},
    'h5py-file': { data: 'f4-contiguous.h5' },
    'node-fs': {},
    dd: { kind: 'tool', unchecked: true },
    fio: { kind: 'tool', unchecked: true },
  },
  targets: [
    { faster: 'posix-par', than: ['floor'], atLeast: 0.9 },
    { of: 'posix-par', memoryAbove: 0, atMost: memoryLimitMiB },
  ],
};
