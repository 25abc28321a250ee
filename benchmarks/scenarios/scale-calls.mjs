import { chunkFloor, writeTable } from './shared/chunk-table.mjs';
import { randomBoxes, whole } from './shared/field.mjs';
import { rows } from './shared/rows.mjs';
import { ofField, ours } from './shared/scale.mjs';

const hot = { ...ofField, data: 'f4.npy' };
const blosc = 'f4-blosc.zarr';

export default [
  {
    ...hot,
    name: 'scale-call-boxes',
    order: 680,
    title: '500 boxes 16x32x32 of a cached .npy file, awaited one by one',
    selections: randomBoxes(500, [16, 32, 32]),
    contenders: {
      'posix-par': ours({ repeats: 20 }),
      'posix-par-sync': { use: 'posix-par', kind: 'ours', sync: true },
      'numpy-memmap': {},
    },
    repeats: 20,
    targets: [
      { faster: 'posix-par', than: ['numpy-memmap'], atLeast: 0.8 },
      { faster: 'posix-par-sync', than: ['numpy-memmap'], atLeast: 1 },
    ],
  },
  {
    ...rows,
    ...hot,
    name: 'scale-call-row',
    order: 681,
    title: 'rows of 4 KiB of a cached .npy file, readSync against fs.readSync into reused memory',
    contenders: { 'posix-par': { sync: true }, 'node-fs': { sync: true } },
    targets: [{ faster: 'posix-par', than: ['node-fs'], atLeast: 1 / 1.5 }],
  },
  {
    ...hot,
    name: 'scale-call-plane',
    order: 682,
    title: 'planes of 4 MiB of a cached .npy file in a loop',
    selections: Array.from({ length: 64 }, (_, z) => [[z, z + 1], null, null]),
    contenders: { 'posix-par': ours({ repeats: 3 }), 'numpy-memmap': {} },
    repeats: 3,
    targets: [{ faster: 'posix-par', than: ['numpy-memmap'], atLeast: 0.8 }],
  },
  {
    ...ofField,
    name: 'scale-blosc-reused',
    order: 683,
    title: '1 GiB of blosc chunks with lz4 into reused memory',
    data: blosc,
    selections: whole,
    rounds: 5,
    before: writeTable(blosc),
    contenders: {
      'posix-par': { use: 'posix-par-loop', kind: 'ours', memory: 'into' },
      floor: chunkFloor(blosc, { codec: 'blosc', memory: 'reused' }),
    },
    targets: [{ faster: 'posix-par', than: ['floor'], atLeast: 1.1 }],
  },
];
