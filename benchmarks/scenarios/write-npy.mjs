import { oursWriting, wholeWrite } from './shared/writes.mjs';

const fio = (isDirect, jobs) => ({ use: 'write-fio', kind: 'tool', unchecked: true, write: { isDirect, jobs } });

export default {
  ...wholeWrite,
  order: 500,
  title: 'the whole array from memory to a new .npy file, with fdatasync',
  contenders: {
    'posix-par': oursWriting({ format: 'npy' }, { measuresItself: false }),
    'posix-par-allocated': oursWriting({ format: 'npy' }, { isAllocated: true }),
    'posix-par-cached': oursWriting({ format: 'npy', writeEngine: 'pwrite' }),
    'numpy-tofile': { use: 'write-numpy', write: { method: 'tofile' } },
    fio: fio(false, 1),
    'fio-direct': fio(true, 2),
  },
  targets: [
    { faster: 'posix-par', than: ['numpy-tofile'], atLeast: 1 },
    { faster: 'posix-par', than: ['fio', 'fio-direct'], atLeast: 0.9 },
    // The elements are in memory before the round begins, so all memory counts.
    { of: 'posix-par', memoryAbove: 0, atMost: 64 },
  ],
};
