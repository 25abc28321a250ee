import { shape, whole } from './shared/field.mjs';
import { coldFio, coldOurs } from './shared/storage.mjs';

export default {
  order: 521,
  group: 'storage',
  title: 'the whole array of 256 raw tiles that are not in the page cache, into a reused buffer',
  reference: 'f4.npy',
  data: 'f4-tiles',
  shape,
  selections: whole,
  into: 'reused',
  cache: 'cold',
  contenders: { ...coldOurs, fio: coldFio.fio, 'fio-one-file': { ...coldFio.fio, use: 'fio', data: 'f4.npy' } },
  // fio-one-file is only for comparison: in one file, the kernel reads ahead from one tile into the next, which is
  // impossible with separate files.
  targets: [{ faster: 'posix-par', than: ['fio'], atLeast: 0.95 }],
};
