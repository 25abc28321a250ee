import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { wholeWrite, writtenData, writtenShape } from './shared/writes.mjs';

const codecs = [{ name: 'zstd', level: 3 }];
const data = writtenData('-gzip.h5');
const ours = (write) => ({ use: 'write-convert', kind: 'ours', write: { codecs, ...write } });

export default {
  ...wholeWrite,
  order: 530,
  title: 'HDF5 with gzip and shuffle to Zarr with zstd',
  data,
  before: writeTable(data),
  contenders: {
    'posix-par': ours({}),
    'posix-par-no-sync': ours({ durability: 'none' }),
    // Decodes and encodes each chunk, and writes nothing.
    floor: chunkFloor(data, { shape: writtenShape, codec: 'zlib', shuffle: 1, open: 'once', encode: 1 }),
    'h5py-zarr-python': { use: 'write-zarr-python', write: { chunk: [64, 128, 128], codecs: 'zstd' } },
  },
  targets: [
    { faster: 'posix-par', than: ['floor'], atLeast: 0.87 },
    { faster: 'posix-par-no-sync', than: ['h5py-zarr-python'], atLeast: 2 },
    { of: 'posix-par', memoryAbove: 0, atMost: 400 },
  ],
};
