/** Writes into arrays that other libraries created. Reads them with these libraries and ours, and checks the values. */
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { DType } from '../../../lib/core/dtype.js';
import {
  type ArrayHandle,
  createArray,
  openArray,
  readSubset,
  slice,
  UnsupportedError,
  type WritableArrayHandle,
} from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { runChild } from '../../support/children.js';
import { errno, failure, withFaults } from '../../support/faults.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { ArrayModel, elementsOf, randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();

interface Case {
  readonly path: string;
  readonly array: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly expected: string;
  readonly format: 0 | 2 | 3;
}

describe.skipIf(pythonMissing !== null)('arrays of NumPy and zarr-python', () => {
  const seed = testSeed();

  test(`equal a model after random writes, seed ${seed}`, async () => {
    const random = new Random(seed);
    const directory = folder.at('made');
    fs.mkdirSync(directory);
    const cases = JSON.parse(runPython('test/conformance/write/make_arrays.py', directory, `${seed}`)) as Case[];
    expect(cases.length).toBeGreaterThan(90);
    for (const { path, array, dtype, shape, expected } of cases) {
      const model = new ArrayModel(shape, dtype);
      model.bytes.set(fs.readFileSync(expected));
      const name = array === '' ? {} : { array };
      {
        await using out = await openArray(path, { mode: 'r+', durability: 'none', ...name });
        expectSameBytes(bytesOf((await out.read()).data), model.bytes, `${path} before it is changed`);
        for (let i = 0; i < 3; i++) {
          const write = randomWrite(random, shape, dtype);
          await out.write(write.entries, { data: elementsOf(write.bytes, dtype), dtype, shape: write.shape });
          model.apply(write);
        }
        expectSameBytes(bytesOf((await out.read()).data), model.bytes, `${path} before it is closed`);
      }
      await using again = await openArray(path, name);
      expectSameBytes(bytesOf((await again.read()).data), model.bytes, path);
      fs.writeFileSync(expected, model.bytes);
    }
    const zarr = cases.filter(({ format }) => format !== 0);
    const manifest = folder.write('zarr.json', JSON.stringify(zarr));
    expect(JSON.parse(runPython('test/conformance/write/check_zarr.py', manifest))).toMatchObject({
      'zarr-python': zarr.length,
    });
    const npy = cases.filter(({ format }) => format === 0).map((one) => ({ ...one, order: 'C' }));
    const files = folder.write('npy.json', JSON.stringify(npy));
    expect(runPython('test/conformance/write/check_npy.py', files).trim()).toBe(`${npy.length}`);
  }, 120_000);
});

describe('an array that is opened for writing', () => {
  async function createFile(name: string): Promise<string> {
    const path = folder.at(name);
    await using out = await createArray(path, { shape: [4, 3], dtype: 'int16' });
    await out.write(
      null,
      Int16Array.from({ length: 12 }, (_, i) => i),
    );
    return path;
  }

  test('has the type of a writable array', () => {
    const openAll = () =>
      [
        openArray('x', { mode: 'r+', dtype: 'int8' }),
        openArray('x', { mode: 'r' }),
        openArray('x'),
        openArray('x', { mode: 'r+' }),
      ] as const;
    type Opened = ReturnType<typeof openAll>;
    expectTypeOf<Opened[0]>().toEqualTypeOf<Promise<WritableArrayHandle<'int8'>>>();
    expectTypeOf<Opened[1]>().toEqualTypeOf<Promise<ArrayHandle>>();
    expectTypeOf<Opened[2]>().toEqualTypeOf<Promise<ArrayHandle>>();
    expectTypeOf<Opened[3]>().toEqualTypeOf<Promise<WritableArrayHandle>>();
    expect(openAll).toBeTypeOf('function');
  });

  test.each(['a.npy', 'a.zarr'])('%s is changed only in the selection, in the same file', async (name) => {
    const path = await createFile(name);
    const file = name === 'a.npy' ? path : `${path}/zarr.json`;
    const before = fs.statSync(file);
    {
      await using out = await openArray(path, { mode: 'r+' });
      expect(out).toMatchObject({ path, shape: [4, 3], dtype: 'int16' });
      await out.write([slice(1, 3), 1], Int16Array.of(-1, -2));
    }
    expect(fs.statSync(file).ino).toBe(before.ino);
    expect([...(await readSubset<'int16'>(path)).data]).toEqual([0, 1, 2, 3, -1, 5, 6, -2, 8, 9, 10, 11]);
    expect(fs.readdirSync(folder.path).filter((entry) => entry.endsWith('.partial'))).toEqual([]);
  });

  test('can be read again after it could not be opened for a read', async () => {
    const path = await createFile('hidden.zarr');
    await using out = await openArray(path, { mode: 'r+' });
    fs.renameSync(`${path}/zarr.json`, `${path}/hidden`);
    await expect(out.read([0])).rejects.toThrow();
    fs.renameSync(`${path}/hidden`, `${path}/zarr.json`);
    expect([...(await out.read([1])).data]).toEqual([3, 4, 5]);
  });

  test('keeps bytes outside the range of a write', async () => {
    const path = folder.at('raw.bin');
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
    fs.writeFileSync(path, bytes);
    const options = { format: 'raw', dtype: 'uint16', shape: [2, 4], offset: 7, mode: 'r+' } as const;
    {
      await using out = await openArray(path, options);
      await out.write([slice(0, 2), 1], Uint16Array.of(0xffff, 0xeeee));
    }
    bytes.set([0xff, 0xff], 9);
    bytes.set([0xee, 0xee], 17);
    expect(new Uint8Array(fs.readFileSync(path))).toEqual(bytes);
  });

  test('stays open and complete after a write that failed', async () => {
    const path = await createFile('failed.npy');
    {
      await using out = await openArray(path, { mode: 'r+' });
      const fault = { op: 'pwrite', action: 'error', value: errno.EIO, times: 0, path } as const;
      expect(await withFaults([fault], () => failure(() => out.write([0], new Int16Array(3))))).toMatchObject({
        _tag: 'WriteError',
        code: 'EIO',
      });
      await out.write([1], new Int16Array(3));
      await out.close();
    }
    expect([...(await readSubset<'int16'>(path, [slice(0, 2)])).data]).toEqual([0, 1, 2, 0, 0, 0]);
  });

  test.each(['locked.npy', 'locked.zarr'])('%s is refused to other writers, but not to readers', async (name) => {
    const path = await createFile(name);
    const child = fileURLToPath(new URL('children/open-writable.mjs', import.meta.url));
    const inChild = async (lock: string): Promise<string> => {
      const { stdout, stderr } = await runChild(child, [path, lock]);
      return stdout + stderr;
    };
    const out = await openArray(path, { mode: 'r+' });
    const error = await failure(() => openArray(path, { mode: 'r+' }));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EAGAIN' });
    expect(error.message).toMatch(/is open for writing in another handle or program.*`options.lock`/);
    expect(await inChild('exclusive')).toMatch(/^EAGAIN .*is open for writing in another/);
    expect(await inChild('none')).toMatch(/^open/);
    expect((await readSubset(path)).shape).toEqual([4, 3]);
    await out.close();
    expect(await inChild('exclusive')).toMatch(/^open/);
    await using again = await openArray(path, { mode: 'r+' });
    await again.discard();
    await using last = await openArray(path, { mode: 'r+' });
    expect((await last.read()).shape).toEqual([4, 3]);
  });

  test('is not locked if the file system refuses the lock, and says so', async () => {
    const path = await createFile('unlockable.npy');
    const fault = { op: 'fcntl', action: 'error', value: errno.EOPNOTSUPP, times: 0, path } as const;
    await withFaults([fault], async () => {
      const error = await failure(() => openArray(path, { mode: 'r+' }));
      expect(error).toMatchObject({ _tag: 'WriteError', code: 'EOPNOTSUPP' });
      expect(error.message).toMatch(/set `options.lock` to 'none'/);
      await using out = await openArray(path, { mode: 'r+', lock: 'none' });
      await out.write([0], new Int16Array(3));
    });
  });

  test('is cleaned up only if a writer was killed, and only by a writer with the lock', async () => {
    const path = await createFile('marked.zarr');
    const [marker, stale] = [`${path}/.zarr.json.writing`, `${path}/c/0/.0.17.partial`];
    fs.writeFileSync(stale, 'x');
    {
      await using out = await openArray(path, { mode: 'r+' });
      expect(fs.existsSync(marker)).toBe(false);
      await out.write([0], new Int16Array(3));
      expect([fs.existsSync(marker), fs.existsSync(stale)]).toEqual([true, true]);
    }
    expect(fs.existsSync(marker)).toBe(false);
    fs.writeFileSync(marker, '');
    {
      await using out = await openArray(path, { mode: 'r+', lock: 'none' });
      await out.write([0], new Int16Array(3));
    }
    expect([fs.existsSync(marker), fs.existsSync(stale)]).toEqual([true, true]);
    await (await openArray(path, { mode: 'r+' })).close();
    expect([fs.existsSync(marker), fs.existsSync(stale)]).toEqual([false, false]);
    expect(fs.readdirSync(`${path}/c/0`)).toEqual(['0']);
  });

  test.each<[string, object, number]>([
    ['the old shape', { shape: [4, 3], oldBytes: 152, newBytes: 164 }, 152],
    ['another shape', { shape: [5, 3], oldBytes: 152, newBytes: 164 }, 160],
    ['another size', { shape: [4, 3], oldBytes: 152, newBytes: 156 }, 160],
    ['no growth', { shape: [4, 3] }, 160],
  ])('loses the bytes of an append that was killed, with a marker of %s', async (_what, growth, size) => {
    const path = await createFile('appended.npy');
    expect(fs.statSync(path).size).toBe(152);
    fs.appendFileSync(path, new Uint8Array(8));
    const marker = folder.write('.appended.npy.writing', JSON.stringify(growth));
    await (await openArray(path, { mode: 'r+' })).close();
    expect(fs.statSync(path).size).toBe(size);
    expect(fs.existsSync(marker)).toBe(false);
    fs.rmSync(path);
  });

  test('can be written if no marker can be created', async () => {
    const path = await createFile('unmarked.zarr');
    const fault = { op: 'create', action: 'error', value: errno.EACCES, times: 0, path: `${path}/.zarr` } as const;
    await withFaults([fault], async () => {
      await using out = await openArray(path, { mode: 'r+' });
      await out.write([0], new Int16Array(3));
    });
    expect([...(await readSubset<'int16'>(path, [0])).data]).toEqual([0, 0, 0]);
  });

  test('must exist and be of a format that can be written', async () => {
    expect(await failure(() => openArray(folder.at('absent.npy'), { mode: 'r+' }))).toMatchObject({ code: 'ENOENT' });
    const tensors = Buffer.from('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(tensors.length));
    const path = folder.write('a.safetensors', Buffer.concat([length, tensors, Buffer.of(1)]));
    const error = await failure(() => openArray(path, { mode: 'r+' }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(/writing into files of the format safetensors/);
  });

  test.each([
    [{ mode: 'w' }, /`options.mode`/],
    [{ mode: 'r+', lock: 'shared' }, /`options.lock`/],
    [{ mode: 'r+', durability: 'some' }, /`options.durability`/],
    [{ mode: 'r+', externalFiles: { roots: ['/'] } }, /`options.externalFiles.roots`/],
    [{ lock: 'none' }, /lock/],
  ])('is refused with the options %j', async (options, message) => {
    const error = await failure(() => openArray(folder.at('a.npy'), options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });
});
