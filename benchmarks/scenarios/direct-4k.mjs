import { randomRows, rowsOf, uringDirect } from './shared/storage.mjs';

const elements = 1024;
const lists = [1, 2].map((seed) => randomRows(4096, (1 << 28) / elements, seed));
const fio = { block: 4096, pattern: 'randread', isDirect: true, bytes: 2 * 4096 * 4096 };
const ours = (options, more = {}) => ({
  use: 'posix-par',
  kind: 'ours',
  options: { ...rowsOf(elements), coalesce: { gapBytes: 0 }, ...options },
  ...more,
});

export default {
  order: 510,
  group: 'storage',
  title: 'blocks of 4 KiB at random places of one file, direct, 64 in flight',
  reference: 'f4.npy',
  data: 'f4.raw',
  shape: rowsOf(elements).shape,
  isReshaped: true,
  selections: lists.map((list) => [{ list }, null]),
  into: 'reused',
  cache: 'cold',
  isDirect: true,
  repeats: 3,
  contenders: {
    'posix-par': ours({ engine: uringDirect, queueDepth: 64 }),
    'posix-par-direct': ours({ engine: 'direct' }),
    'posix-par-calls': ours(
      { engine: uringDirect },
      { inFlight: 64, selections: lists.flatMap((list) => list.map((row) => [row, null])) },
    ),
    fio: { kind: 'tool', unchecked: true, fio: { ...fio, engine: 'io_uring', depth: 64, jobs: 1 } },
    'fio-psync': { use: 'fio', kind: 'tool', unchecked: true, fio: { ...fio, jobs: 16 } },
  },
  targets: [
    { faster: 'posix-par', than: ['fio'], atLeast: 0.9 },
    { faster: 'posix-par', than: ['fio-psync'], atLeast: 1.5 },
  ],
};
