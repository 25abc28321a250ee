import { rows } from './shared/rows.mjs';

export default {
  ...rows,
  order: 71,
  title: 'a row of 4 KiB of one file, read against FileHandle.read, awaited one by one',
  contenders: {
    'posix-par': {},
    'node-fs': {},
  },
  targets: [{ faster: 'posix-par', than: ['node-fs'], atLeast: 1 }],
};
