import { boxWrite, oursWriting } from './shared/writes.mjs';

export default {
  ...boxWrite,
  order: 520,
  title: '500 boxes 16x32x32 into a new .npy file, then synchronization',
  contenders: {
    'posix-par': oursWriting({ format: 'npy' }, { inFlight: 8 }),
    'posix-par-one': oursWriting({ format: 'npy' }),
    'numpy-memmap': { use: 'write-numpy', write: { method: 'memmap' } },
  },
  targets: [{ faster: 'posix-par', than: ['numpy-memmap'], atLeast: 1 }],
};
