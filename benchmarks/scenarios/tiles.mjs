import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { bytes, memoryLimitMiB, shape, whole } from './shared/field.mjs';

export default {
  order: 60,
  group: 'file',
  title: 'the whole array of 256 raw tiles of 64x128x128; peers read the same chunks as Zarr',
  reference: 'f4.npy',
  data: 'f4-tiles',
  shape,
  selections: whole,
  before: writeTable('f4-tiles'),
  contenders: {
    'posix-par': {},
    floor: chunkFloor('f4-tiles', { codec: 'none' }),
    zarrs: { use: 'zarr-python', pipeline: 'zarrs', data: 'f4-none.zarr' },
    'zarr-python': { data: 'f4-none.zarr' },
    tensorstore: { use: 'tensorstore-zarr3', data: 'f4-none.zarr' },
  },
  targets: [
    { faster: 'posix-par', than: ['floor'], atLeast: 0.85 },
    { of: 'posix-par', memoryAbove: bytes, atMost: memoryLimitMiB },
  ],
};
