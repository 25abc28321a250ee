/** Truncates, replaces or modifies files during a read. The read may fail, but must not crash or return wrong data. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type ArrayHandle, openArray, ReadError, type ReadOptions, readSubset, slice } from '../../lib/index.js';
import { expectSameBytes } from '../support/bytes.js';
import { engines } from '../support/engines.js';
import { type Fault, failure, whileHeld, withFaults } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { npyHeaderBytes, writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [512, 1024] as const;
const fileBytes = npyHeaderBytes + 4 * 512 * 1024;
const halfBytes = npyHeaderBytes + 4 * 256 * 1024;
/** Every third column, which is copied from a mapping if possible. */
const sparse = [null, slice(0, null, 3)] as const;
const template = writeNpy(folder, 'template.npy', shape);
const negative = writeNpy(folder, 'negative.npy', shape, { value: (i) => -i });
let files = 0;

/** Creates a new file of 2 MiB as a copy of `of`. */
function fresh(of = template): string {
  files += 1;
  const path = folder.at(`file-${files}.npy`);
  fs.copyFileSync(of, path);
  return path;
}

const ways: readonly { readonly how: string; read(array: ArrayHandle, options: ReadOptions): unknown }[] = [
  { how: 'sparse, not blocking', read: (array, options) => array.read(sparse, options) },
  { how: 'sparse, blocking', read: (array, options) => array.readSync(sparse, options) },
  { how: 'whole, not blocking', read: (array, options) => array.read(null, options) },
  { how: 'whole, blocking', read: (array, options) => array.readSync(null, options) },
  {
    how: 'a few elements, on the calling thread',
    read: (array, options) => array.read([slice(500, null), 7], options),
  },
];
const table = ways.flatMap(({ how, read }) => engines.map((engine) => ({ how, read, engine })));

afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
});

/** Checks the error of a read of a changed file: it must report the end of the file, or that the file has changed. */
function expectChanged(error: Error, path: string): void {
  expect(error).toBeInstanceOf(ReadError);
  expect(error).toMatchObject({ path, code: expect.stringMatching(/^(EOF|ECHANGED)$/) });
}

describe('a file that is truncated', () => {
  test.for(table)('is an error between two reads: $how, $engine', async ({ read, engine }) => {
    const path = fresh();
    await using array = await openArray(path);
    await read(array, { engine });
    fs.truncateSync(path, halfBytes);
    expectChanged(await failure(() => read(array, { engine })), path);
    expectChanged(await failure(() => read(array, { engine })), path);
    expect(await failure(() => openArray(path))).toMatchObject({ _tag: 'FormatError', path });
  });

  test.for(table)(
    'is an error if it is truncated to nothing between two reads: $how, $engine',
    async ({ read, engine }) => {
      const path = fresh();
      await using array = await openArray(path);
      await read(array, { engine });
      fs.truncateSync(path, 0);
      expectChanged(await failure(() => read(array, { engine })), path);
    },
  );

  test.for(table)(
    'is an error if it ends inside its last page, where a mapping would show zeros: $how, $engine',
    async ({ read, engine }) => {
      const path = fresh();
      await using array = await openArray(path);
      await read(array, { engine });
      fs.truncateSync(path, fileBytes - 4);
      expectChanged(await failure(() => read(array, { engine })), path);
    },
  );

  test.for(engines)('is an error while it is mapped, before the mapping is read: %s', async (engine) => {
    const path = fresh();
    await using array = await openArray(path);
    const truncate: Fault = { op: 'mmap', action: 'truncate', value: halfBytes, path };
    const error = await withFaults([truncate, { op: 'pread', action: 'truncate', value: halfBytes, path }], () =>
      failure(() => array.read(sparse, { engine })),
    );
    expectChanged(error, path);
    expect(fs.statSync(path).size).toBe(halfBytes);
  });

  test.for(['blocking', 'not blocking'])('is an error if the read of another part truncates it: %s', async (how) => {
    const path = fresh();
    await using array = await openArray(path, { threads: 1, engine: 'pread' });
    const truncate: Fault = { op: 'pread', action: 'truncate', value: halfBytes, skip: 2, path };
    const error = await withFaults([truncate], () =>
      failure(() =>
        how === 'blocking'
          ? array.readSync(null, { coalesce: { maxBytes: 1 << 18 } })
          : array.read(null, { coalesce: { maxBytes: 1 << 18 } }),
      ),
    );
    expect(error).toMatchObject({ code: 'EOF', path, errno: 0, length: 1 << 18 });
    expect(error).toHaveProperty('offset', npyHeaderBytes + 4 * (1 << 18));
  });

  test('is read correctly or fails if it is truncated many times under one mapping', async () => {
    for (let round = 0; round < 20; round++) {
      const path = fresh();
      await using array = await openArray(path, { engine: 'mmap' });
      expect((await array.read(sparse)).stats.engine).toBe('mmap');
      const reads = Array.from({ length: 8 }, () => array.read(sparse));
      fs.truncateSync(path, halfBytes);
      for (const outcome of await Promise.allSettled(reads)) {
        if (outcome.status === 'rejected') expectChanged(outcome.reason, path);
        else expect(outcome.value.data[170]).toBe(510);
      }
      expectChanged(await failure(() => array.read(sparse)), path);
      fs.rmSync(path);
    }
  });

  test('a tile that is too short is an error', async () => {
    const path = writeTiles(folder, 'tiles', [128, 128], [64, 64]);
    await using array = await openArray<'float32'>(path);
    const before = await array.read();
    fs.truncateSync(`${path}/tile-1-0.bin`, 64 * 64 * 4 - 1);
    const error = await failure(() => array.read());
    expect(error).toMatchObject({ code: 'EOF', path: `${path}/tile-1-0.bin`, length: 64 * 64 * 4 });
    expectSameBytes((await array.read([slice(0, 64)])).data, before.data.subarray(0, 64 * 128));
  });
});

describe('a tile that is not a regular file', () => {
  test.for(engines)('is an error that names it, and never blocks: %s', async (engine) => {
    for (const [count, size] of [
      [4, 64],
      [64, 16],
    ] as const) {
      const path = writeTiles(folder, `odd-${engine}-${count}`, [128, 128], [size, size]);
      const tile = `${path}/tile-1-0.bin`;
      await using array = await openArray(path, { engine });
      for (const make of [() => execFileSync('mkfifo', [tile]), () => fs.mkdirSync(tile)]) {
        fs.rmSync(tile, { recursive: true });
        make();
        for (const error of [await failure(() => array.read()), await failure(() => array.readSync())]) {
          expect(error).toBeInstanceOf(ReadError);
          expect(error).toMatchObject({
            path: tile,
            code: expect.stringMatching(/^(ESPIPE|EISDIR|EINVAL|ENXIO|EOF)$/),
          });
        }
      }
      fs.rmdirSync(tile);
    }
  });
});

describe('a file that is replaced', () => {
  test.for(table)('is an error after a rename between two reads: $how, $engine', async ({ read, engine }) => {
    const path = fresh();
    await using array = await openArray<'float32'>(path);
    await read(array, { engine });
    fs.renameSync(fresh(negative), path);
    const error = await failure(() => read(array, { engine }));
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path });
    expect(error.message).toContain('it was replaced');
    expect((await readSubset(path, [1, 2])).data[0]).toBe(-1026);
  });

  test('is an error after a rename during the read', async () => {
    const path = fresh();
    await using array = await openArray(path);
    const other = fresh(negative);
    const error = await whileHeld({ op: 'pread', path }, (release) => {
      const reading = failure(() => array.read());
      fs.renameSync(other, path);
      release();
      return reading;
    });
    expect(error).toMatchObject({ code: 'ECHANGED', path });
  });

  test('is an error after its removal', async () => {
    const path = fresh();
    await using array = await openArray(path);
    fs.rmSync(path);
    expect(await failure(() => array.read())).toMatchObject({ code: 'ECHANGED', path });
    expect(await failure(() => openArray(path))).toMatchObject({ code: 'ENOENT', path });
  });

  test('is an error between its opening and its description', async () => {
    const path = fresh();
    const opening = openArray(path);
    fs.renameSync(fresh(negative), path);
    await using array = await opening;
    const { data } = await array.read().catch((error: Error) => {
      expect(error).toMatchObject({ code: 'ECHANGED', path });
      return readSubset(path);
    });
    expect(Math.abs(Number(data[5]))).toBe(5);
  });
});

describe('a file that is modified in place', () => {
  test.for(table)('is an error between two reads: $how, $engine', async ({ read, engine }) => {
    const path = fresh();
    await using array = await openArray(path);
    await read(array, { engine });
    const handle = fs.openSync(path, 'r+');
    fs.writeSync(handle, new Uint8Array(4).fill(0x7f), 0, 4, npyHeaderBytes);
    fs.futimesSync(handle, 1, 1);
    fs.closeSync(handle);
    const error = await failure(() => read(array, { engine }));
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path });
    expect(error.message).toContain('modification time');
    await using again = await openArray(path);
    await read(again, { engine });
  });

  test('stays the same file if only its mode and its names change', async () => {
    const path = fresh();
    await using array = await openArray(path);
    const { data: before } = await array.read();
    fs.chmodSync(path, 0o600);
    fs.rmSync(folder.at('second-name'), { force: true });
    fs.linkSync(path, folder.at('second-name'));
    expectSameBytes((await array.read()).data, before);
  });
});
