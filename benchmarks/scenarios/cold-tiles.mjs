import { shape, whole } from './shared/field.mjs';
import { coldFio, coldOurs } from './shared/storage.mjs';

export default {
  order: 521,
  group: 'storage',
  title: 'the whole array of 256 raw tiles that are not in the page cache, into a buffer that is reused',
  reference: 'f4.npy',
  data: 'f4-tiles',
  shape,
  selections: whole,
  into: 'reused',
  cache: 'cold',
  contenders: { ...coldOurs, fio: coldFio.fio, 'fio-one-file': { ...coldFio.fio, use: 'fio', data: 'f4.npy' } },
  targets: [{ faster: 'posix-par', than: ['fio', 'fio-one-file'], atLeast: 0.95 }],
};
