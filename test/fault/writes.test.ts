/** Tests writes that fail: which error they report, and that neither a target nor a temporary file is left. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FaultOp } from '../../lib/core/generated/names.js';
import { type CreateOptions, createArray, readSubset, slice, WriteError } from '../../lib/index.js';
import { bytesOf, expectSameBytes } from '../support/bytes.js';
import { errno, type Fault, failure, withFaults } from '../support/faults.js';
import { idlePool, openDescriptors } from '../support/process-state.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [8, 1 << 16];
const data = new Float32Array(8 << 16).map((_, i) => i);
let next = 0;

/** Returns a new empty directory. */
function emptyDirectory(): string {
  next += 1;
  const path = folder.at(`d${next}`);
  fs.mkdirSync(path);
  return path;
}

async function writeArray(path: string, more: { overwrite?: boolean; format?: 'npy' | 'raw' } = {}): Promise<void> {
  await using out = await createArray(path, { shape, dtype: 'float32', ...more });
  await Promise.all([0, 1, 2, 3].map((i) => out.write([slice(2 * i, 2 * i + 2)], data.slice(i << 17, (i + 1) << 17))));
}

const failing: readonly (readonly [FaultOp, keyof typeof errno, skip: number])[] = [
  ['create', 'EACCES', 0],
  ['create', 'EROFS', 0],
  ['fallocate', 'ENOSPC', 0],
  ['fallocate', 'EDQUOT', 0],
  ['pwrite', 'ENOSPC', 0],
  ['pwrite', 'ENOSPC', 1],
  ['pwrite', 'EIO', 2],
  ['pwrite', 'EFBIG', 3],
  ['sync', 'EIO', 0],
  ['sync', 'EDQUOT', 0],
  ['rename', 'EACCES', 0],
];

describe('a system call that fails', () => {
  test.each(failing)('%s with %s after %i calls leaves no file', async (op, code, skip) => {
    const directory = emptyDirectory();
    const path = `${directory}/a.npy`;
    const fault: Fault = { op, action: 'error', value: errno[code], times: 0, skip };
    const error = await withFaults([fault], () => failure(() => writeArray(path)));
    expect(error).toBeInstanceOf(WriteError);
    expect(error).toMatchObject({ _tag: 'WriteError', code, errno: errno[code] });
    expect((error as WriteError).path.startsWith(directory)).toBe(true);
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test.each(failing)('%s with %s after %i calls leaves the file that would be replaced', async (op, code, skip) => {
    const directory = emptyDirectory();
    const path = `${directory}/a.npy`;
    fs.writeFileSync(path, 'old');
    const fault: Fault = { op, action: 'error', value: errno[code], times: 0, skip };
    await withFaults([fault], () => failure(() => writeArray(path, { overwrite: true })));
    expect(fs.readdirSync(directory)).toEqual(['a.npy']);
    expect(fs.readFileSync(path, 'utf8')).toBe('old');
  });

  test('names the offset and length of the range', async () => {
    const directory = emptyDirectory();
    const out = await createArray(`${directory}/a.npy`, { shape, dtype: 'float32' });
    const offset = 128 + 4 * (1 << 16);
    const fault: Fault = { op: 'pwrite', action: 'error', value: errno.EIO, times: 0, offset, length: 1 };
    const error = await withFaults([fault], () => failure(() => out.write([1], data.slice(0, 1 << 16))));
    expect(error).toMatchObject({ code: 'EIO', offset, length: 4 << 16 });
    expect(await failure(() => out.close())).toMatchObject({ _tag: 'WriteError', code: 'ECANCELED', cause: error });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test('a call that writes nothing is EIO', async () => {
    const directory = emptyDirectory();
    const fault: Fault = { op: 'pwrite', action: 'end', times: 0, skip: 1 };
    const error = await withFaults([fault], () => failure(() => writeArray(`${directory}/a.npy`)));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EIO' });
    expect(fs.readdirSync(directory)).toEqual([]);
  });
});

describe('calls that the library repeats or does without', () => {
  test.each<Fault>([
    { op: 'pwrite', action: 'shorten', value: 1000, times: 0 },
    { op: 'pwrite', action: 'eintr', times: 3 },
    { op: 'sync', action: 'eintr', times: 3 },
    { op: 'rename', action: 'eintr', times: 3 },
    { op: 'fallocate', action: 'error', value: errno.EOPNOTSUPP },
    { op: 'rename', action: 'error', value: errno.EOPNOTSUPP },
  ])('$op: $action', async (fault) => {
    const path = `${emptyDirectory()}/a.npy`;
    await withFaults([fault], () => writeArray(path));
    expectSameBytes(bytesOf((await readSubset(path)).data), bytesOf(data));
    expect(fs.readdirSync(path.slice(0, -'/a.npy'.length))).toEqual(['a.npy']);
  });
});

describe('names of targets', () => {
  test('are never replaced without `overwrite`', async () => {
    const directory = emptyDirectory();
    const path = `${directory}/a.npy`;
    fs.writeFileSync(path, 'old');
    expect(await failure(() => writeArray(path))).toMatchObject({ _tag: 'WriteError', code: 'EEXIST', path });
    expect(fs.readFileSync(path, 'utf8')).toBe('old');
  });

  test('are not replaced either if they appear while the array is written', async () => {
    const directory = emptyDirectory();
    const path = `${directory}/a.npy`;
    const out = await createArray(path, { shape, dtype: 'float32' });
    await out.write(null, data);
    fs.writeFileSync(path, 'other');
    expect(await failure(() => out.close())).toMatchObject({ _tag: 'WriteError', code: 'EEXIST', path });
    expect(fs.readFileSync(path, 'utf8')).toBe('other');
    expect(fs.readdirSync(directory)).toEqual(['a.npy']);
  });

  test('keep the permissions of the file that is replaced, and symbolic links', async () => {
    const directory = emptyDirectory();
    fs.writeFileSync(`${directory}/real.npy`, 'old', { mode: 0o640 });
    fs.symlinkSync('real.npy', `${directory}/link.npy`);
    await writeArray(`${directory}/link.npy`, { overwrite: true });
    expect(fs.lstatSync(`${directory}/link.npy`).isSymbolicLink()).toBe(true);
    expect(fs.statSync(`${directory}/real.npy`).mode & 0o777).toBe(0o640);
    expectSameBytes(bytesOf((await readSubset(`${directory}/real.npy`)).data), bytesOf(data));
  });

  test('of directories and pipes are refused', async () => {
    const directory = emptyDirectory();
    fs.mkdirSync(`${directory}/a.npy`);
    const overwrite = { overwrite: true, shape, dtype: 'float32' } as const;
    expect(await failure(() => createArray(`${directory}/a.npy`, overwrite))).toMatchObject({ code: 'EISDIR' });
    expect(await failure(() => createArray('/dev/null', { ...overwrite, format: 'npy' }))).toMatchObject({
      code: 'EINVAL',
    });
    expect(await failure(() => createArray(`${directory}/none/a.npy`, overwrite))).toMatchObject({ code: 'ENOENT' });
  });

  test('of a store replace neither files nor directories that are not stores', async () => {
    const directory = emptyDirectory();
    const store = { overwrite: true, shape, dtype: 'float32', format: 'zarr' } as const;
    fs.writeFileSync(`${directory}/file`, 'kept');
    fs.mkdirSync(`${directory}/folder`);
    fs.writeFileSync(`${directory}/folder/file`, 'kept');
    expect(await failure(() => createArray(`${directory}/file`, store))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failure(() => createArray(`${directory}/folder`, store))).toMatchObject({ code: 'EEXIST' });
    expect(fs.readdirSync(directory).sort()).toEqual(['file', 'folder']);
    expect(fs.readFileSync(`${directory}/folder/file`, 'utf8')).toBe('kept');
  });

  test('of a raw file and its sidecar appear together, the sidecar first', async () => {
    const directory = emptyDirectory();
    const path = `${directory}/a.raw`;
    const out = await createArray(path, { shape, dtype: 'float32', format: 'raw' });
    await out.write(null, data);
    expect(fs.readdirSync(directory).every((name) => name.endsWith('.partial'))).toBe(true);
    await out.close();
    expect(fs.readdirSync(directory).sort()).toEqual(['a.raw', 'a.raw.json']);
    expect(await failure(() => writeArray(path, { format: 'raw' }))).toMatchObject({ code: 'EEXIST' });
  });
});

describe('a raw file and its sidecar', () => {
  const write = (path: string, order: 'C' | 'F', overwrite: boolean): Promise<void> =>
    createArray(path, { shape: [2, 3], dtype: 'int8', format: 'raw', order, overwrite }).then((out) => out.close());

  test.each([0, 1])('leave no file if rename %i fails', async (skip) => {
    const directory = emptyDirectory();
    const fault: Fault = { op: 'rename', action: 'error', value: errno.EIO, skip };
    const error = await withFaults([fault], () => failure(() => write(`${directory}/a.raw`, 'C', false)));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EIO' });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test.each([0, 1])('are not changed if rename %i of a replacement fails', async (skip) => {
    const directory = emptyDirectory();
    await write(`${directory}/a.raw`, 'C', false);
    const sidecar = fs.readFileSync(`${directory}/a.raw.json`, 'utf8');
    const fault: Fault = { op: 'rename', action: 'error', value: errno.EIO, skip };
    const error = await withFaults([fault], () => failure(() => write(`${directory}/a.raw`, 'F', true)));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'EIO' });
    expect(fs.readdirSync(directory).sort()).toEqual(['a.raw', 'a.raw.json']);
    expect(fs.readFileSync(`${directory}/a.raw.json`, 'utf8')).toBe(sidecar);
  });

  test('can be created if a process was killed between their names', async () => {
    const path = `${emptyDirectory()}/a.raw`;
    await write(path, 'C', false);
    fs.rmSync(path);
    expect(await failure(() => write(path, 'F', false))).toMatchObject({ code: 'EEXIST', path: `${path}.json` });
    await write(path, 'C', false);
    expect(fs.existsSync(path)).toBe(true);
  });
});

describe('the end of a handle', () => {
  test('removes an array with a failed write, without a second error if it is disposed', async () => {
    const directory = emptyDirectory();
    const error = await failure(async () => {
      await using out = await createArray(`${directory}/a.npy`, { shape: [2], dtype: 'int8' });
      await out.write(null, Float64Array.of(1, 1000));
    });
    expect(error).toMatchObject({ _tag: 'ConversionError' });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test('of an abort leaves no file', async () => {
    const directory = emptyDirectory();
    const controller = new AbortController();
    const error = await failure(async () => {
      await using out = await createArray(`${directory}/a.npy`, { shape, dtype: 'float32' });
      const write = out.write(null, data, { signal: controller.signal });
      controller.abort();
      await write;
    });
    expect(error).toMatchObject({ _tag: 'AbortError' });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test.each<[string, Partial<CreateOptions>]>([
    ['a.raw', { format: 'raw' }],
    ['a.zarr', { chunkShape: [1, 1 << 16] }],
    ['tiles', { format: 'tiles', chunkShape: [1, 1 << 16] }],
  ])('leaves no file open before garbage is collected: %s', async (name, options) => {
    const directory = emptyDirectory();
    for (const end of ['discard', 'close'] as const) {
      const out = await createArray(`${directory}/${end}-${name}`, { shape, dtype: 'float32', ...options });
      await out.write([0], data.slice(0, 1 << 16));
      await out[end]();
      await idlePool();
      expect([end, openDescriptors(directory)]).toEqual([end, []]);
    }
  });

  test('refuses later calls', async () => {
    const out = await createArray(`${emptyDirectory()}/a.npy`, { shape: [2], dtype: 'int8' });
    await out.close();
    await out.close();
    for (const call of [() => out.write(null, new Int8Array(2)), () => out.read(), () => out.flush()]) {
      expect(await failure(call)).toMatchObject({ _tag: 'ClosedError' });
    }
  });

  test('discard() removes the array', async () => {
    const directory = emptyDirectory();
    const out = await createArray(`${directory}/a.npy`, { shape: [2], dtype: 'int8' });
    await out.write(null, new Int8Array(2));
    await out.discard();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test('a temporary file of a killed process is removed by the next writer of the target', async () => {
    // parseWriter() recognises names of temporary files; output-file.test.ts tests which of these files are removed.
    const directory = emptyDirectory();
    const out = await createArray(`${directory}/a.npy`, { shape: [2], dtype: 'int8' });
    expect(fs.readdirSync(directory)).toEqual([expect.stringMatching(/^\.a\.npy\..*\.partial$/)]);
    await out.discard();
  });
});

describe('arguments', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['format', () => createArray(folder.at('a.xyz'), { shape: [1], dtype: 'int8' }), /`options.format`/],
    ['dtype', () => createArray(folder.at('a.npy'), { shape: [1], dtype: 'int7' as 'int8' }), /`options.dtype`/],
    ['shape', () => createArray(folder.at('a.npy'), { shape: [-1], dtype: 'int8' }), /`options.shape`/],
    ['size', () => createArray(folder.at('a.npy'), { shape: [2 ** 40, 2 ** 40], dtype: 'int8' }), /less than 2\^53/],
    [
      'an option of another format',
      () => createArray(folder.at('a.npy'), { shape: [1], dtype: 'int8', attributes: { a: 1 } }),
      /`options.attributes`/,
    ],
  ])('%s', async (_, call, message) => {
    const error = await failure(call);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  test('data and selections are checked before anything is written', async () => {
    await using out = await createArray(folder.at('checked.npy'), { shape: [4, 3], dtype: 'float32', overwrite: true });
    const four = new Float32Array(4);
    expect(await failure(() => out.write([0], four))).toMatchObject({ _tag: 'SelectionError' });
    expect(await failure(() => out.write([[1, 1], 0], four.slice(2)))).toMatchObject({
      message: expect.stringMatching(/distinct/),
    });
    expect(await failure(() => out.write([9], four))).toMatchObject({ _tag: 'SelectionError' });
    expect(await failure(() => out.write([0], [1, 2, 3] as never))).toBeInstanceOf(TypeError);
    expect(await failure(() => out.write([null, 0], { data: four, shape: [2, 2] }))).toMatchObject({
      message: expect.stringMatching(/shape \[4\]/),
    });
    await out.write([null, 0], four);
    await out.close();
    expect((await readSubset(folder.at('checked.npy'))).shape).toEqual([4, 3]);
  });
});
