import { randomBoxesIn } from './shared/field.mjs';
import { files, fresh } from './shared/files.mjs';

const shape = [64, 1024, 1024];
const npz = { ...files, reference: 'w4.npy', data: 'w4.npz', shape };

export default [
  {
    ...npz,
    name: 'files-npz-whole',
    order: 710,
    title: 'a compressed member of 256 MiB of an .npz file, opened again in each round, without an index',
    selections: [[null, null, null]],
    contenders: {
      'posix-par': fresh(),
      'posix-par-index': fresh({ savesIndex: true }),
      'numpy-npz': {},
    },
    targets: [{ faster: 'posix-par', than: ['numpy-npz'], atLeast: 1.5 }],
  },
  {
    ...npz,
    name: 'files-npz-box',
    order: 711,
    title: 'a box of 8x256x256 of the same member, with a saved index',
    selections: randomBoxesIn(shape, 1, [8, 256, 256]),
    contenders: { 'posix-par': fresh({ savesIndex: true }), 'numpy-npz': {} },
    targets: [{ faster: 'posix-par', than: ['numpy-npz'], atLeast: 10 }],
  },
];
