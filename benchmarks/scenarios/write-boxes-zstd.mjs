import { boxWrite, chunk, oursWriting } from './shared/writes.mjs';

const array = { format: 'zarr', chunkShape: chunk, codecs: [{ name: 'zstd', level: 3 }] };
const peer = { chunk, codecs: 'zstd' };
const writeBackBytes = 2 ** 29;

export default {
  ...boxWrite,
  order: 521,
  title: '500 boxes 16x32x32 into Zarr chunks of 1 MiB, zstd',
  contenders: {
    'posix-par': oursWriting({ ...array, writeBackBytes }),
    'posix-par-no-sync': oursWriting({ ...array, writeBackBytes, durability: 'none' }),
    'tensorstore-transaction': { use: 'write-tensorstore', write: { ...peer, syncs: true, transaction: true } },
    'zarr-python': { use: 'write-zarr-python', write: peer },
  },
  targets: [
    { faster: 'posix-par', than: ['tensorstore-transaction'], atLeast: 1 },
    { faster: 'posix-par-no-sync', than: ['zarr-python'], atLeast: 4 },
  ],
};
