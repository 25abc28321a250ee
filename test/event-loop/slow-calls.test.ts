/**
 * Tests that no asynchronous call blocks the JavaScript thread. One kind of system call at a time is held: it waits
 * until the JavaScript thread releases it. If that thread made the call, it could not, and the call would fail.
 */
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultOp, faultOps } from '../../lib/core/generated/names.js';
import { convert, createArray, openArray, openGroup, slice } from '../../lib/index.js';
import { binding, type NativeFault } from '../../lib/native/binding.js';
import { dropIdleFiles } from '../support/process-state.js';
import { pythonMissing, runPython } from '../support/python.js';
import { writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

/** Time in milliseconds after which the JavaScript thread releases the held calls. */
const heldMs = 10;
/** Time in milliseconds after which a held call fails. A busy machine does not delay a release that much. */
const limitMs = 20_000;

const folder = new TemporaryDirectory();
const rows = 64;
const columns = 256;

/** Arrays of each kind of storage: an open file (npy, raw), one file per chunk (tiles), encoded chunks (zarr). */
const npy = writeNpy(folder, 'a.npy', [rows, columns]);
const raw = folder.write('a.bin', new Uint8Array(new Float32Array(rows * columns).buffer));
const tiles = writeTiles(folder, 'tiles', [rows, columns], [rows / 2, columns]);
/** Tiles in many files, which io_uring opens and reads in batches. */
const manyTiles = writeTiles(folder, 'many-tiles', [rows, columns], [1, columns]);
const zarr = writeZarr(folder, 'store/zarr', 1000, 500);
fs.writeFileSync(folder.at('store/.zgroup'), '{"zarr_format":2}');
const copied = folder.at('copied.zarr');
const copiedChunks = [rows / 2, columns] as const;
const rawOptions = { format: 'raw', shape: [rows, columns], dtype: 'float32' } as const;

const formats: [name: string, path: string, options: object][] = [
  ['npy', npy, {}],
  ['raw', raw, rawOptions],
  ['tiles', tiles, {}],
  ['zarr', zarr, {}],
];
const groups = [folder.at('store')];
if (pythonMissing === null) {
  const hdf5 = folder.at('a.h5');
  runPython('test/fault/write_hdf5.py', hdf5, '1000', '500');
  formats.push(['hdf5', `${hdf5}#/data`, {}]);
  groups.push(hdf5);
}

/** Opens an array of one format, reads and explains selections of it asynchronously, and closes it. */
async function useArray(path: string, options: object): Promise<void> {
  const array = await openArray(path, options);
  const few = [slice(0, 2)];
  const scattered = array.shape.length === 2 ? [slice(0, rows), slice(0, columns, 5)] : [slice(0, 1000, 7)];
  await Promise.all([
    array.read(few),
    array.read(scattered),
    array.readInto(new Float32Array(array.size)),
    array.explainAsync(few),
    array.read(few, { as: 'float64' }),
  ]);
  await array.read(few);
  await array.close();
}

/** Reads with options that need further system calls. */
async function useOptions(): Promise<void> {
  const array = await openArray(npy);
  const [all, thin] = [[slice(0, rows)], [slice(0, rows), slice(0, columns, 5)]];
  await Promise.all([
    array.read(all, { engine: 'uring' }),
    array.read(all, { engine: 'direct' }),
    array.read(thin, { engine: 'mmap' }),
    array.read(all, { cache: 'drop' }),
    array.read(thin, { readahead: 'random' }),
  ]);
  await array.close();
  await using many = await openArray(manyTiles);
  await many.read();
  await using leased = await openArray(npy, { consistency: 'lease' });
  await leased.read(all);
  await using confined = await openArray(npy, { externalFiles: { roots: [folder.path] } });
  await confined.read(all);
}

/** Creates, replaces and discards arrays of one format. */
async function write(path: string, options: { readonly format: 'npy' | 'zarr' }): Promise<void> {
  const layout = { ...options, shape: [rows, columns], dtype: 'float32', overwrite: true } as const;
  const part = new Float32Array(2 * columns);
  for (const isKept of [true, true, false]) {
    const out = await createArray(path, layout);
    await out.write([slice(1, 3)], part);
    await out.flush();
    await (isKept ? out.close() : out.discard());
  }
}

/** Copies the stored chunks of an array into a new array. */
async function copyChunks(): Promise<void> {
  const stats = await convert(copied, folder.at('copy.zarr'), {
    format: 'zarr',
    chunkShape: copiedChunks,
    codecs: [],
    overwrite: true,
  });
  expect(stats.method).toBe('copy');
}

async function walk(path: string): Promise<void> {
  const group = await openGroup(path);
  let entries = 0;
  for await (const { name } of group.walk()) entries += name.length;
  expect(entries).toBeGreaterThan(0);
}

/**
 * System calls that are made very often. Only a few of them are held at a time, because otherwise the test would take
 * minutes.
 */
const frequentCalls: ReadonlySet<FaultOp> = new Set(['poll', 'proc']);

/** Numbers of held calls, and of those among them that reached their time limit. */
interface HeldCalls {
  readonly calls: number;
  readonly expired: number;
}

/** Runs `body` while calls of `op` are held, and releases them every {@link heldMs}. */
async function holdDuring(op: FaultOp, body: () => Promise<unknown>): Promise<HeldCalls> {
  const times = frequentCalls.has(op) ? 8 : 0;
  const hold = { op, path: '', skip: 0, times, action: 'hold', value: limitMs } as const;
  let [calls, expired, isOver] = [0, 0, false];
  // Installing faults releases the calls that the installed ones hold.
  const replace = (faults: readonly NativeFault[]): void => {
    calls += binding().fault_counts()[0] ?? 0;
    expired += binding().set_faults(faults);
  };
  replace([hold]);
  const work = body().finally(() => {
    isOver = true;
  });
  work.catch(() => undefined);
  while (!isOver) {
    await sleep(heldMs);
    replace([hold]);
  }
  replace([]);
  // A call that was not released has failed, so the work has failed, too. Its error would say less.
  if (expired === 0) await work;
  return { calls, expired };
}

/** Reads the arrays and groups of this test, reads with further options, and writes, while calls of `op` are held. */
async function useAll(op: FaultOp): Promise<HeldCalls> {
  await dropIdleFiles();
  return await holdDuring(op, () =>
    Promise.all([
      ...formats.map(([, path, options]) => useArray(path, options)),
      ...groups.map(walk),
      useOptions(),
      write(folder.at('new.npy'), { format: 'npy' }),
      write(folder.at('new.zarr'), { format: 'zarr' }),
      copyChunks(),
    ]),
  );
}

/** System calls that do not necessarily occur in this test. */
const optionalCalls: ReadonlySet<FaultOp> = new Set<FaultOp>([
  'lseek', // Only used by the benchmarks.
  'getxattr', // Only used to describe a file system.
  'access', // Only used for files of another user.
  'lease_signal', // Only waits on a thread of its own, and is only affected if another process breaks a lease.
  ...(['madvise', 'mmap_anonymous'] as const), // Not used if memory of earlier reads is reused.
  ...(['uring_setup', 'uring_enter', 'uring_register'] as const), // Not used if the system provides no ring.
  'ftruncate', // Only used for files that cannot be allocated.
  'preadv2', // With RWF_NOWAIT, the fault makes the call fail with EAGAIN instead of holding it.
]);

describe('the JavaScript thread does not wait', () => {
  beforeAll(async () => {
    const source = { shape: [rows, columns], dtype: 'float32', chunkShape: copiedChunks, codecs: [] } as const;
    await using array = await createArray(copied, source);
    await array.write(null, new Float32Array(rows * columns).fill(1));
    await array.close();
  });
  afterAll(() => {
    binding().set_faults([]);
  });

  test.for(faultOps)('for calls of `%s`', { timeout: 120_000 }, async (op) => {
    const { calls, expired } = await useAll(op);
    expect(expired).toBe(0);
    if (!optionalCalls.has(op)) expect(calls).toBeGreaterThan(0);
  });
});

test('a call of the JavaScript thread is noticed', async () => {
  await using array = await openArray(npy);
  const hold = { op: 'pread', path: '', skip: 0, times: 0, action: 'hold', value: 50 } as const;
  binding().set_faults([hold]);
  let expired = 0;
  try {
    expect(() => array.readSync()).toThrow('ETIMEDOUT');
  } finally {
    expired = binding().set_faults([]);
  }
  expect(expired).toBeGreaterThan(0);
});
