/** Appends to arrays. NumPy, zarr-python and this library must then read the elements of a model. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import {
  type CreateOptions,
  createArray,
  openArray,
  SelectionError,
  slice,
  UnsupportedError,
  type WritableArrayHandle,
} from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { errno, failure, withFaults } from '../../support/faults.js';
import { npyBytes, npyDict } from '../../support/npy-bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { elementsOf, randomBytes } from '../../support/write-model.js';

const folder = new TemporaryDirectory();

interface Target {
  readonly name: string;
  readonly options: Partial<CreateOptions>;
}

const targets: readonly Target[] = [
  { name: 'a.npy', options: { byteOrder: 'big' } },
  { name: 'a.bin', options: { format: 'raw', dimensionNames: ['t', null] } },
  { name: 'v2.zarr', options: { zarrFormat: 2, chunkShape: [4, 3], array: 'g/a' } },
  { name: 'v3.zarr', options: { chunkShape: [4, 3], array: 'g/h/a', fillValue: 1 } },
  { name: 'root.zarr', options: { chunkShape: [3, 5] } },
  { name: 'shards.zarr', options: { chunkShape: [2, 3], shardShape: [6, 6], array: 'a' } },
];

/** Creates an array, appends rows and overwrites rows. Compares the array with a model after each step. */
async function appendCase(random: Random, { name, options }: Target, dtype: DType, opening: 'new' | 'r+') {
  const path = folder.at(`${dtype}-${opening.replace('+', '')}-${name}`);
  const width = 5;
  const array = options.array === undefined ? {} : { array: options.array };
  const rowBytes = width * dtypeInfo(dtype).size;
  let rows = 1 + random.below(5);
  let model = randomBytes(random, rows * width, dtype);
  let out: WritableArrayHandle = await createArray(path, {
    shape: [rows, width],
    dtype,
    durability: 'none',
    ...options,
  });
  await out.write(null, { data: elementsOf(model, dtype), dtype });
  for (let step = 0; step < 4; step++) {
    if (opening === 'r+') {
      await out.close();
      out = await openArray(path, { mode: 'r+', durability: step === 0 ? 'full' : 'none', ...array });
    }
    const count = random.below(9);
    const bytes = randomBytes(random, count * width, dtype);
    // Not awaited: the read must wait for it.
    const appended = out.append({ data: elementsOf(bytes, dtype), dtype }, { axis: 0 });
    const found = bytesOf((await out.read()).data);
    await appended;
    model = Uint8Array.from([...model, ...bytes]);
    expectSameBytes(found, model, `${path} after step ${step}`);
    rows += count;
    expect(out.shape).toEqual([rows, width]);
    const row = random.below(rows);
    const changed = randomBytes(random, width, dtype);
    await out.write([row], { data: elementsOf(changed, dtype), dtype });
    model.set(changed, row * rowBytes);
  }
  await out.close();
  await using again = await openArray(path, array);
  expect(again.shape).toEqual([rows, width]);
  expectSameBytes(bytesOf((await again.read()).data), model, path);
  const expected = folder.write(`${path.slice(folder.path.length + 1)}.expected`, model);
  const { chunkShape: chunks, shardShape: shards = null, zarrFormat: format = 3 } = options;
  const common = { path, array: options.array ?? '', dtype, shape: [rows, width], chunks, shards, expected, format };
  return { ...common, order: 'C', attributes: {}, names: null, tensorstore: true, zarrs: format === 3 };
}

describe('random appends', () => {
  const seed = testSeed();
  test(`equal a model, seed ${seed}`, async () => {
    const random = new Random(seed);
    const cases: Awaited<ReturnType<typeof appendCase>>[] = [];
    for (const target of targets) {
      for (const dtype of ['uint8', 'float32', 'int64', 'int16'] as const) {
        for (const opening of ['new', 'r+'] as const) cases.push(await appendCase(random, target, dtype, opening));
      }
    }
    expect(cases).toHaveLength(48);
    if (pythonMissing !== null) return;
    const of = (suffix: string) => cases.filter(({ path }) => path.endsWith(suffix));
    const zarr = folder.write('zarr.json', JSON.stringify(of('.zarr')));
    const counts = JSON.parse(runPython('test/conformance/write/check_zarr.py', zarr)) as Record<string, number>;
    expect(counts).toEqual({
      'zarr-python': 32,
      zarrs: of('.zarr').filter((one) => one.zarrs).length,
      tensorstore: 32,
    });
    const npy = folder.write('npy.json', JSON.stringify(of('.npy')));
    expect(runPython('test/conformance/write/check_npy.py', npy).trim()).toBe('8');
  }, 120_000);
});

describe('an append', () => {
  test('along the second dimension of a Zarr array fills its chunks', async () => {
    const path = folder.at('second.zarr');
    await using out = await createArray(path, { shape: [2, 3], dtype: 'int8', chunkShape: [2, 2] });
    await out.write(null, Int8Array.of(1, 2, 3, 4, 5, 6));
    await out.append(Int8Array.of(7, 8), { axis: 1 });
    expect([...(await out.read()).data]).toEqual([1, 2, 3, 7, 4, 5, 6, 8]);
    await out.close();
  });

  test('runs after the writes that were called before, and before later reads', async () => {
    await using out = await createArray(folder.at('order.npy'), { shape: [1, 2], dtype: 'int8' });
    const calls = [out.write([0], Int8Array.of(1, 2)), out.append(Int8Array.of(3, 4)), out.append(Int8Array.of(5, 6))];
    expect([...(await out.read([slice(1, 3)])).data]).toEqual([3, 4, 5, 6]);
    await Promise.all(calls);
  });

  test('keeps the other members of the metadata', async () => {
    const path = folder.at('members.zarr');
    await (await createArray(path, { shape: [2], dtype: 'uint64', fillValue: 2n ** 64n - 1n })).close();
    const document = `${path}/zarr.json`;
    const text = fs
      .readFileSync(document, 'utf8')
      .replace('"attributes": {}', '"attributes": {"shape": [9], "x": 1.50}');
    fs.writeFileSync(document, text);
    await using out = await openArray(path, { mode: 'r+' });
    await out.append(BigUint64Array.of(1n, 2n, 3n));
    expect(fs.readFileSync(document, 'utf8')).toBe(text.replace('"shape": [2]', '"shape": [5]'));
    expect(await failure(() => openArray(path, { mode: 'r+' }))).toMatchObject({ code: 'EAGAIN' });
    await out.append(BigUint64Array.of(4n));
    expect(await failure(() => openArray(path, { mode: 'r+' }))).toMatchObject({ code: 'EAGAIN' });
    await out.close();
    await using last = await openArray(path, { mode: 'r+' });
    expect([...(await last.read()).data]).toEqual([2n ** 64n - 1n, 2n ** 64n - 1n, 1n, 2n, 3n, 4n]);
  });

  test.each(['fails.npy', 'fails.zarr'])('to %s that fails leaves the shape', async (name) => {
    const path = folder.at(name);
    await (await createArray(path, { shape: [4, 3], dtype: 'int16' })).close();
    const file = name === 'fails.npy' ? path : `${path}/zarr.json`;
    const before = fs.readFileSync(file);
    await using out = await openArray(path, { mode: 'r+' });
    const fault = { op: 'pwrite', action: 'error', value: errno.ENOSPC, times: 0, path } as const;
    const error = await withFaults([fault], () => failure(() => out.append(new Int16Array(6).fill(1))));
    expect(error).toMatchObject({ _tag: 'WriteError', code: 'ENOSPC' });
    expect(fs.readFileSync(file)).toEqual(before);
    expect(out.shape).toEqual([4, 3]);
    await out.append(new Int16Array(3).fill(2));
    expect(out.shape).toEqual([5, 3]);
    expect([...(await out.read([-1])).data]).toEqual([2, 2, 2]);
  });

  test('is refused if the data or the dimension does not fit', async () => {
    await using out = await createArray(folder.at('refused.zarr'), { shape: [2, 3], dtype: 'int8' });
    expect(await failure(() => out.append(new Int8Array(4)))).toBeInstanceOf(SelectionError);
    expect(await failure(() => out.append(new Int8Array(4), { axis: 2 }))).toBeInstanceOf(SelectionError);
    expect(await failure(() => out.append(new Int8Array(3), { axis: -1 }))).toBeInstanceOf(TypeError);
    expect(out.shape).toEqual([2, 3]);
    await out.append(new Int8Array(3));
  });

  test('is refused if a file cannot grow in place', async () => {
    const columns = await createArray(folder.at('columns.npy'), { shape: [2, 3], dtype: 'int8', order: 'F' });
    expect((await failure(() => columns.append(new Int8Array(3)))).message).toMatch(/F order.*dimension 1/);
    await columns.append(Int8Array.of(1, 2), { axis: 1 });
    expect([...(await columns.read([null, 3])).data]).toEqual([1, 2]);
    await columns.discard();
    const bytes = npyBytes(npyDict('|i1', false, [2]), Uint8Array.of(1, 2, 0));
    const path = folder.write('trailing.npy', bytes);
    await using trailing = await openArray(path, { mode: 'r+' });
    const error = await failure(() => trailing.append(new Int8Array(3)));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(/1 bytes after the array/);
  });

  test('is refused if the header of an npy file has no room', async () => {
    const bytes = npyBytes(npyDict('|i1', false, [9]), new Uint8Array(9), 1, 1);
    const path = folder.write('tight.npy', bytes);
    await using out = await openArray(path, { mode: 'r+' });
    expect((await failure(() => out.append(new Int8Array(1)))).message).toMatch(/no room for the new shape/);
    expect(new Uint8Array(fs.readFileSync(path))).toEqual(bytes);
  });
});
