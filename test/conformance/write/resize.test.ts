/** Changes the shape of arrays. Compares with a model what NumPy, zarr-python and this library then read. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DType, dtypeInfo } from '../../../lib/core/dtype.js';
import { type CreateOptions, createArray, openArray, type WritableArrayHandle } from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { errno, failure, withFaults } from '../../support/faults.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { ArrayModel, elementsOf, randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
const random = new Random(seed);

interface Target {
  readonly name: string;
  readonly options: Partial<CreateOptions>;
  /** Dimensions that can grow. */
  readonly axes: readonly number[];
}

const targets: readonly Target[] = [
  { name: 'a.npy', options: {}, axes: [0] },
  { name: 'f.npy', options: { order: 'F' }, axes: [1] },
  { name: 'a.bin', options: { format: 'raw' }, axes: [0] },
  { name: 'a.zarr', options: { chunkShape: [3, 4], fillValue: 7, array: 'g/a' }, axes: [0, 1] },
  { name: 'v2.zarr', options: { chunkShape: [3, 4], zarrFormat: 2 }, axes: [0, 1] },
  { name: 'shards.zarr', options: { chunkShape: [2, 2], shardShape: [4, 6] }, axes: [0, 1] },
  { name: 'tiles', options: { format: 'tiles', chunkShape: [3, 4], fillValue: 7 }, axes: [0, 1] },
];

/** Returns the model with a larger shape. New elements have the fill value. */
function grown(model: ArrayModel, shape: readonly number[], dtype: DType, fill: Uint8Array): ArrayModel {
  const larger = new ArrayModel(shape, dtype, fill);
  const indices = model.shape.map((length) => Array.from({ length }, (_, i) => i));
  larger.apply({ indices, bytes: model.bytes });
  return larger;
}

async function resizeCase({ name, options, axes }: Target, dtype: DType): Promise<object> {
  const path = folder.at(`${dtype}-${name}`);
  let shape = [1 + random.below(5), 1 + random.below(5)];
  const fill = new Uint8Array(dtypeInfo(dtype).size);
  if (options.fillValue !== undefined) fill[0] = 7;
  let model = new ArrayModel(shape, dtype, fill);
  const array = options.array === undefined ? {} : { array: options.array };
  let out: WritableArrayHandle = await createArray(path, { shape, dtype, durability: 'none', ...options });
  for (let step = 0; step < 4; step++) {
    if (step > 1) {
      await out.close();
      out = await openArray(path, { mode: 'r+', durability: step === 3 ? 'full' : 'none', ...array });
    }
    const write = randomWrite(random, shape, dtype);
    // Not awaited: the change of the shape must wait for it.
    const written = out.write(write.entries, { data: elementsOf(write.bytes, dtype), dtype, shape: write.shape });
    model.apply(write);
    shape = shape.map((length, d) => (axes.includes(d) ? length + random.below(7) : length));
    await out.resize(shape);
    await written;
    model = grown(model, shape, dtype, fill);
    expect(out.shape).toEqual(shape);
    expectSameBytes(bytesOf((await out.read()).data), model.bytes, `${path} after step ${step}, seed ${seed}`);
  }
  await out.close();
  await using again = await openArray(path, array);
  expectSameBytes(bytesOf((await again.read()).data), model.bytes, path);
  const expected = folder.write(`${dtype}-${name}.expected`, model.bytes);
  const { chunkShape: chunks, shardShape: shards = null, zarrFormat: format = 3, order = 'C' } = options;
  const common = { path, array: options.array ?? '', dtype, shape, chunks, tiles: chunks, shards, expected, format };
  return { ...common, order, attributes: {}, names: null, tensorstore: true, zarrs: format === 3 };
}

test(`random changes of the shape equal a model, seed ${seed}`, async () => {
  const cases = new Map<string, object[]>();
  for (const target of targets) {
    const kind = target.name.replace(/^.*\./, '');
    for (const dtype of ['uint8', 'int32', 'int64'] as const) {
      cases.set(kind, [...(cases.get(kind) ?? []), await resizeCase(target, dtype)]);
    }
  }
  if (pythonMissing !== null) return;
  const check = (kind: string, script: string): string => {
    const manifest = folder.write(`${kind}.json`, JSON.stringify(cases.get(kind)));
    return runPython(`test/conformance/write/${script}`, manifest).trim();
  };
  expect(check('npy', 'check_npy.py')).toBe('6');
  expect(check('tiles', 'check_tiles.py')).toBe('3');
  expect(JSON.parse(check('zarr', 'check_zarr.py'))).toEqual({ 'zarr-python': 9, zarrs: 6, tensorstore: 9 });
}, 120_000);

describe('a change of the shape', () => {
  const create = (name: string, options: Partial<CreateOptions> = {}) =>
    createArray(folder.at(name), { shape: [2, 3], dtype: 'int8', ...options });

  test.each<[string, readonly number[], RegExp]>([
    ['shorter.zarr', [1, 3], /shortening dimension 0 from 2 to 1/],
    ['other.npy', [2, 4], /grows along dimension 1/],
  ])('is refused: %s', async (name, shape, message) => {
    await using out = await create(name);
    const error = await failure(() => out.resize(shape));
    expect(error).toMatchObject({ _tag: 'UnsupportedError' });
    expect(error.message).toMatch(message);
    expect(out.shape).toEqual([2, 3]);
    await out.resize([2, 3]);
  });

  test.each([[[2]], [[2, -1]], [[2, 1.5]], ['2,3']])('is refused with the shape %j', async (shape) => {
    await using out = await create('types.npy', { overwrite: true });
    const error = await failure(() => out.resize(shape as number[]));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^Expected a list of 2 integers of at least 0 for `shape`/);
  });

  test('of a file that fails keeps its size', async () => {
    const path = folder.at('failed.npy');
    await (await create('failed.npy')).close();
    const before = fs.readFileSync(path);
    await using out = await openArray(path, { mode: 'r+' });
    const fault = { op: 'sync', action: 'error', value: errno.EIO, path, skip: 0 } as const;
    expect(await withFaults([fault], () => failure(() => out.resize([9, 3])))).toMatchObject({ code: 'EIO' });
    expect(fs.readFileSync(path)).toEqual(before);
    expect(out.shape).toEqual([2, 3]);
    await out.resize([4, 3]);
    expect(fs.statSync(path).size).toBe(before.length + 6);
  });

  test('can be aborted', async () => {
    await using out = await create('aborted.npy');
    const error = await failure(() => out.resize([4, 3], { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ _tag: 'AbortError' });
  });
});
