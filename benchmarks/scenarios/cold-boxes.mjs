import { npyOffset, randomBoxes, shape } from './shared/field.mjs';

const size = [16, 32, 32];
const selections = randomBoxes(500, size);
const from = selections.flatMap((box) => box.map(([start]) => start));
const floor = (method) => ({
  use: 'boxes',
  kind: 'floor',
  floor: { offset: npyOffset, shape, count: size, from, method },
});

export default {
  order: 522,
  group: 'storage',
  title: '500 boxes 16x32x32 of one file that is not in the page cache, one call per box, awaited one by one',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections,
  cache: 'cold',
  contenders: {
    'posix-par': {},
    'posix-par-random': { use: 'posix-par', kind: 'ours', options: { readahead: 'random' } },
    'posix-par-uring': { use: 'posix-par', kind: 'ours', options: { engine: 'uring' } },
    'posix-par-uring-direct': { use: 'posix-par', kind: 'ours', options: { engine: 'uring-direct' } },
    'numpy-memmap': {},
    'node-fs': {},
    'floor-asked-together': floor('willneed'),
    'floor-mapping': floor('mmap'),
  },
  targets: [{ faster: 'posix-par', than: ['numpy-memmap', 'node-fs'], atLeast: 2 }],
};
