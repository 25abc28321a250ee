/** Shared by the storage scenarios, whose reads bypass the page cache or find it empty. */
import { npyOffset, random } from './field.mjs';

/** Engine with many direct reads in flight. */
export const uringDirect = 'uring-direct';

/** Returns options of openArray with which the rows of the array are blocks of `elements` elements of the file. */
export function rowsOf(elements, offset = 0) {
  const shape = [(1 << 28) / elements, elements];
  return { format: 'raw', dtype: 'float32', shape, offset, order: 'C', byteOrder: 'little' };
}

/** Returns `count` distinct numbers below `limit`, in random order. */
export function randomRows(count, limit, seed) {
  const next = random(seed);
  const chosen = new Set();
  while (chosen.size < count) chosen.add(Math.floor(next() * limit));
  return [...chosen];
}

/** Returns a scenario of direct reads of random blocks, with `inFlight` concurrent calls, compared with fio. */
export function directBlocks({ order, mebibytes, inFlight, count }) {
  const elements = mebibytes << 18;
  const rows = randomRows(count, (1 << 28) / elements, 10 + mebibytes);
  const fio = { block: mebibytes << 20, pattern: 'randread', isDirect: true, bytes: count * (mebibytes << 20) };
  const ours = (options, more = {}) => ({
    use: 'posix-par',
    kind: 'ours',
    inFlight,
    options: { ...rowsOf(elements), engine: 'direct', ...options },
    ...more,
  });
  return {
    name: `direct-${mebibytes}m-${inFlight}`,
    order,
    group: 'storage',
    title: `blocks of ${mebibytes} MiB at random places of one file, direct, ${inFlight} in flight`,
    reference: 'f4.npy',
    data: 'f4.raw',
    shape: rowsOf(elements).shape,
    isReshaped: true,
    selections: rows.map((row) => [row, null]),
    into: 'slots',
    cache: 'cold',
    isDirect: true,
    contenders: {
      'posix-par': ours({}),
      'posix-par-one-read': ours(
        { engine: uringDirect, queueDepth: inFlight },
        { selections: [[{ list: rows }, null]], inFlight: 1 },
      ),
      'posix-par-unaligned': ours(rowsOf(elements, npyOffset), { data: 'f4.npy' }),
      fio: { kind: 'tool', unchecked: true, fio: { ...fio, engine: 'io_uring', depth: inFlight, jobs: 1 } },
      'fio-psync': { use: 'fio', kind: 'tool', unchecked: true, fio: { ...fio, jobs: inFlight } },
    },
    targets: [
      { faster: 'posix-par', than: ['fio', 'fio-psync'], atLeast: 0.95 },
      { faster: 'posix-par-one-read', than: ['fio', 'fio-psync'], atLeast: 0.95 },
    ],
  };
}

/** Contenders of this library for an array that is not in the page cache: the engine `auto` and three fixed engines. */
export const coldOurs = {
  'posix-par': {},
  'posix-par-direct': { use: 'posix-par', kind: 'ours', options: { engine: 'direct' } },
  'posix-par-uring': { use: 'posix-par', kind: 'ours', options: { engine: 'uring' } },
  'posix-par-uring-direct': { use: 'posix-par', kind: 'ours', options: { engine: uringDirect } },
};

const tool = (fio) => ({ use: 'fio', kind: 'tool', unchecked: true, fio });

/** Contenders that read sequentially with fio: one thread, two threads that each read one half, and direct I/O. */
export const coldFio = {
  fio: tool({ jobs: 1 }),
  'fio-two': tool({ jobs: 2 }),
  'fio-direct': tool({ jobs: 1, engine: 'io_uring', depth: 8, isDirect: true }),
};
