import { bytes, npyOffset, shape, whole } from './shared/field.mjs';
import { coldFio, coldOurs } from './shared/storage.mjs';

/**
 * Returns a baseline of 16 threads that read blocks and do nothing else. `order`: `parts` if each thread reads its own
 * part of the file, `turns` if each thread takes the next block of the file.
 */
const floor = (order, block) => ({
  use: 'file',
  kind: 'floor',
  threads: 16,
  floor: { offset: npyOffset, length: bytes, order, block },
});

export default {
  order: 520,
  group: 'storage',
  title: 'the whole array of one file that is not in the page cache, into a reused buffer',
  reference: 'f4.npy',
  data: 'f4.npy',
  shape,
  selections: whole,
  into: 'reused',
  cache: 'cold',
  contenders: {
    ...coldOurs,
    ...coldFio,
    'floor-parts': floor('parts', 1 << 20),
    'floor-turns': floor('turns', 1 << 22),
  },
  targets: [{ faster: 'posix-par', than: ['fio', 'fio-two'], atLeast: 0.95 }],
};
