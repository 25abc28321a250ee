/** Tests reads that return less than requested: they are continued, except at the end of the file, where they fail. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type AnySelection, openArray, ReadError, type ReadOptions, slice } from '../../lib/index.js';
import { bytesOf } from '../support/bytes.js';
import { directBlock, type Engine, readingEngines } from '../support/engines.js';
import { errno, type Fault, failure, withFaults } from '../support/faults.js';
import { dropIdleFiles } from '../support/process-state.js';
import { pythonMissing, runPython } from '../support/python.js';
import { npyHeaderBytes, writeNpy, writeTiles, writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

interface Case {
  readonly what: string;
  readonly path: string;
  readonly selection: AnySelection;
  readonly options: ReadOptions;
}

const folder = new TemporaryDirectory();
const shape = [64, 9, 40] as const;
const hdf5 = folder.at('chunks.h5');
const plain = { engine: 'pread' } as const;
const gathered = { engine: 'pread', coalesce: { gapBytes: 1 << 16, maxBytes: 1 << 20 } } as const;
const extents = { engine: 'pread', coalesce: { gapBytes: 0, maxBytes: 1 << 10 } } as const;

const cases: readonly Case[] = [
  { what: 'a run into its place', path: writeNpy(folder, 'c.npy', shape), selection: null, options: plain },
  { what: 'many runs into their places', path: folder.at('c.npy'), selection: null, options: extents },
  { what: 'a box', path: folder.at('c.npy'), selection: [slice(3, 60), slice(1, 7), slice(5, 33)], options: extents },
  { what: 'a gathered plane', path: folder.at('c.npy'), selection: [null, null, 7], options: gathered },
  { what: 'single elements', path: folder.at('c.npy'), selection: [null, null, 7], options: extents },
  { what: 'F order', path: writeNpy(folder, 'f.npy', shape, { fortran: true }), selection: null, options: plain },
  { what: 'big-endian', path: writeNpy(folder, 'b.npy', shape, { big: true }), selection: null, options: plain },
  { what: 'backwards', path: folder.at('c.npy'), selection: [slice(null, null, -3)], options: extents },
  { what: 'a list', path: folder.at('c.npy'), selection: [[60, 2, 2, 31], slice(0, 9, 2)], options: extents },
  { what: 'tiles', path: writeTiles(folder, 'tiles', [80, 60], [24, 16]), selection: null, options: plain },
  { what: 'parts of tiles', path: folder.at('tiles'), selection: [slice(20, 70), 33], options: extents },
  { what: 'Zarr chunks', path: writeZarr(folder, 'zarr', 9000, 700), selection: [slice(50, 8000, 3)], options: plain },
];

/** All combinations of a case and an engine that makes system calls. */
const engineCases = readingEngines.flatMap((engine) =>
  cases.map((one) => ({ what: one.what, engine, one: by(engine, one) })),
);
const shortened = { pread: [1, 3, 7, 511, 4097], uring: [3, 4097], direct: [directBlock, 8 * directBlock] } as const;

function by(engine: Engine, one: Case): Case {
  return { ...one, options: { ...one.options, engine } };
}

/** Reads the case synchronously and asynchronously, with and without faults, and compares the results. */
async function expectSame({ path, selection, options }: Case, faults: readonly Fault[], array?: string): Promise<void> {
  await using handle = await openArray(path, array === undefined ? {} : { array });
  const want = bytesOf(handle.readSync(selection, options).data);
  expect(want.length).toBeGreaterThan(0);
  const got = await withFaults(faults, () => handle.read(selection, options));
  expect(Buffer.compare(bytesOf(got.data), want)).toBe(0);
  const blocking = await withFaults(faults, () => handle.readSync(selection, options));
  expect(Buffer.compare(bytesOf(blocking.data), want)).toBe(0);
}

describe('short reads', () => {
  test.for(engineCases)('are continued: $what, $engine', async ({ one, engine }) => {
    for (const value of shortened[engine.endsWith('direct') ? 'direct' : engine === 'uring' ? 'uring' : 'pread']) {
      await expectSame(one, [{ op: 'pread', action: 'shorten', value, times: 0 }]);
    }
  });

  test.for(cases)('are continued if data is not cached, or the storage never reports it: $what', async (one) => {
    const { path, selection, options } = one;
    for (const [number, skip] of [errno.EAGAIN, errno.EOPNOTSUPP].flatMap((n) =>
      [0, 1, 2, 7].map((s) => [n, s] as const),
    )) {
      await dropIdleFiles(); // An open file remembers if its file system has rejected non-blocking reads.
      await using handle = await openArray(path);
      // The fault makes one non-blocking call fail. The read then makes blocking calls, which do not get this fault.
      const refused: Fault = { op: 'pread', action: 'error', value: number, skip };
      const faults: Fault[] = [refused, { op: 'pread', action: 'shorten', value: 333, times: 0 }];
      const got = bytesOf((await withFaults(faults, () => handle.read(selection, options))).data);
      expect(Buffer.compare(got, bytesOf(handle.readSync(selection, options).data))).toBe(0);
    }
  });

  test.skipIf(pythonMissing !== null)(`are continued: HDF5 chunks ${pythonMissing ?? ''}`, async () => {
    runPython('test/fault/write_hdf5.py', hdf5, '5000', '600');
    const one = { what: 'HDF5', path: hdf5, selection: [slice(100, 4900)], options: plain };
    for (const value of [1, 13]) await expectSame(one, [{ op: 'pread', action: 'shorten', value, times: 0 }], 'data');
  });

  test('are continued at every boundary of every extent of a box', async () => {
    const path = writeNpy(folder, 'small.npy', [3, 8]);
    await using array = await openArray(path);
    const selection = [null, slice(1, 7)] as const;
    const want = bytesOf(array.readSync(selection, extents).data);
    const extentBytes = 6 * 4;
    for (let extent = 0; extent < 3; extent++) {
      for (let value = 1; value < extentBytes; value++) {
        const got = await withFaults([{ op: 'pread', action: 'shorten', value, skip: extent }], () =>
          array.read(selection, extents),
        );
        expect(Buffer.compare(bytesOf(got.data), want), `${value} bytes of extent ${extent}`).toBe(0);
        expect(got.stats.systemCalls).toBe(3 + 1 + 1); // The last call checks that the file has not changed.
      }
    }
  });

  test('make one system call for each part that is returned', async () => {
    await using array = await openArray(folder.at('c.npy'));
    const { stats } = await withFaults([{ op: 'pread', action: 'shorten', value: 1000, times: 0 }], () =>
      array.read(null, plain),
    );
    const bytes = shape.reduce((a, b) => a * b, 4);
    expect(stats.systemCalls).toBe(Math.ceil(bytes / 1000) + 1);
    expect(stats.bytesRead).toBe(bytes);
    expect(stats.extents).toBe(1);
  });
});

describe('interrupted calls', () => {
  test.for(engineCases)('are retried: $what, $engine', async ({ one }) => {
    const interrupted = (op: Fault['op']): Fault => ({ op, action: 'eintr', times: 5 });
    await expectSame(one, [interrupted('pread'), interrupted('open'), interrupted('fstat'), interrupted('stat')]);
  });

  test('are retried when a file is opened', async () => {
    const interrupted = (op: Fault['op']): Fault => ({ op, action: 'eintr', times: 3, path: 'small.npy' });
    const path = writeNpy(folder, 'small.npy', [3, 8]);
    const data = await withFaults([interrupted('open'), interrupted('fstat'), interrupted('stat')], async () => {
      await using array = await openArray(path);
      return (await array.read()).data;
    });
    expect(data.length).toBe(24);
  });
});

describe('the end of the file inside a chunk', () => {
  let path = '';
  beforeAll(() => {
    path = writeNpy(folder, 'end.npy', [10, 16]);
  });

  const ends = readingEngines.flatMap((engine) => [0, 1, 4, 9].map((skip) => ({ engine, skip })));
  test.for(ends)('is an error that names the extent: extent $skip of ten, $engine', async ({ engine, skip }) => {
    await using array = await openArray(path);
    const selection = [null, slice(2, 10)] as const;
    const extents = { engine, coalesce: { gapBytes: 0, maxBytes: 1 << 10 } };
    for (const blocking of [false, true]) {
      const error = await withFaults([{ op: 'pread', action: 'end', skip }], () =>
        failure(() => (blocking ? array.readSync(selection, extents) : array.read(selection, extents))),
      );
      expect(error).toBeInstanceOf(ReadError);
      const offset = npyHeaderBytes + (skip * 16 + 2) * 4;
      expect(error).toMatchObject({ code: 'EOF', errno: 0, path, offset, length: 32 });
      expect(error.message).toContain('expected 32 bytes, found 0 before the end of the file');
    }
    expect((await array.read()).data.length).toBe(160);
  });

  test('counts the data before it', async () => {
    await using array = await openArray(path);
    const short: Fault = { op: 'pread', action: 'shorten', value: 20 };
    const error = await withFaults([short, { op: 'pread', action: 'end' }], () =>
      failure(() => array.read(null, plain)),
    );
    expect(error.message).toContain('expected 640 bytes, found 20');
  });
});
