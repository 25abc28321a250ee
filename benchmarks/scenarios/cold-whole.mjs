import { shape, whole } from './shared/field.mjs';
import { coldFio, coldOurs } from './shared/storage.mjs';

export default {
  order: 520,
  group: 'storage',
  title: 'the whole array of one file that is not in the page cache, into a buffer that is reused',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: whole,
  into: 'reused',
  cache: 'cold',
  contenders: { ...coldOurs, ...coldFio },
  targets: [{ faster: 'posix-par', than: ['fio', 'fio-two'], atLeast: 0.95 }],
};
