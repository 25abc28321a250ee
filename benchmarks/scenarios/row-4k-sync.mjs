import { rows } from './shared/rows.mjs';

export default {
  ...rows,
  order: 70,
  title: 'a row of 4 KiB of one file, readSync against fs.readSync',
  contenders: {
    'posix-par': { sync: true },
    'node-fs': { sync: true },
    'numpy-memmap': {},
  },
  targets: [{ faster: 'posix-par', than: ['node-fs'], atLeast: 1 / 3 }],
};
