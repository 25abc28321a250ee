import { writeTable } from './shared/chunk-table.mjs';
import { bytes, npyOffset, whole } from './shared/field.mjs';
import { decodeFloor, ofField } from './shared/scale.mjs';

const mean = (library) => ({ use: 'mean', library });
const scenario = { ...ofField, computes: 'mean', selections: whole, rounds: 5 };
const zstd = 'f4-zstd.zarr';

export default [
  {
    ...scenario,
    name: 'scale-mean-zstd',
    order: 650,
    title: 'the mean of 1 GiB of zstd chunks; peers read slabs of 256 MiB',
    data: zstd,
    before: writeTable(zstd),
    contenders: {
      'posix-par': { use: 'posix-par-reduce' },
      decode: decodeFloor(zstd, 'zstd'),
      'zarr-python': mean('zarr-python'),
      zarrs: mean('zarrs'),
      tensorstore: mean('tensorstore'),
    },
    targets: [
      { faster: 'posix-par', than: ['decode'], atLeast: 1 / 1.1 },
      { faster: 'posix-par', than: ['zarr-python', 'zarrs', 'tensorstore'], atLeast: 1 },
    ],
  },
  {
    ...scenario,
    name: 'scale-mean-npy',
    order: 651,
    title: 'the mean of 1 GiB of a .npy file',
    data: 'f4.npy',
    contenders: {
      'posix-par': { use: 'posix-par-reduce' },
      floor: { use: 'sum', kind: 'floor', floor: { offset: npyOffset, length: bytes } },
      'numpy-memmap': mean('numpy-memmap'),
    },
    targets: [
      { faster: 'posix-par', than: ['floor'], atLeast: 0.8 },
      { faster: 'posix-par', than: ['numpy-memmap'], atLeast: 3 },
    ],
  },
];
