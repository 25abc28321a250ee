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
  // There is no target for fio-one-file, because it has an advantage: in a single file, the kernel reads ahead from one
  // tile into the next.
  targets: [{ faster: 'posix-par', than: ['fio'], atLeast: 0.95 }],
};
