/** Writes tile directories. Reads them with NumPy and with this library, and checks the elements. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DType, dtypeInfo, dtypeTable } from '../../../lib/core/dtype.js';
import { fillBytes } from '../../../lib/core/fill.js';
import { type CreateOptions, convert, createArray, openArray, readSubset, slice } from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { failure } from '../../support/faults.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { ArrayModel, elementsOf, randomBytes, randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
const random = new Random(seed);

interface Case {
  readonly path: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly tiles: readonly number[];
  readonly expected: string;
}

type Layout = Pick<CreateOptions, 'order' | 'byteOrder' | 'edgeTiles'>;
const orders = ['C', 'F'] as const;
const byteOrders = ['little', 'big'] as const;
const edges = ['full', 'clipped'] as const;
const layouts: readonly Layout[] = orders.flatMap((order) =>
  byteOrders.flatMap((byteOrder) => edges.map((edgeTiles) => ({ order, byteOrder, edgeTiles }))),
);

/** Returns a fill value that is difficult to encode in JSON. */
function pickFill(dtype: DType): NonNullable<CreateOptions['fillValue']> {
  const { kind, size } = dtypeInfo(dtype);
  if (kind === 'b') return true;
  if (kind === 'f') return random.pick([Number.NaN, Number.NEGATIVE_INFINITY, -0, -0.5]);
  if (kind === 'c') return random.pick([[Number.NaN, -0] as const, [1, -2] as const]);
  return size === 8 ? 2n ** 63n - 1n : 7;
}

function pickPath(rank: number): string | undefined {
  if (rank === 0) return random.pick([undefined, 'a{{}}.bin']);
  const fields = Array.from({ length: rank }, (_, d) => `{${d}:0${1 + random.below(3)}}`);
  return random.pick([
    undefined,
    `t_${fields.join('_')}`,
    `${fields.toReversed().join('/')}.raw`,
    `{{${fields.join('-')}}}`,
  ]);
}

let next = 0;

/** Creates a directory, writes random selections, and writes more after it was opened again. */
async function writeCase(dtype: DType, layout: Layout): Promise<Case> {
  next += 1;
  const path = folder.at(`${next}.tiles`);
  const rank = random.below(4);
  const shape = Array.from({ length: rank }, () => 1 + random.below(20));
  const tiles = shape.map((length) => 1 + random.below(length + 2));
  const tilePath = pickPath(rank);
  const fillValue = pickFill(dtype);
  const dimensionNames = shape.map((_, d) => (d === 0 ? null : `d${d}`));
  const attributes = random.pick([{}, { units: 'K', list: [1, null], nested: { a: 'ü' } }]);
  const model = new ArrayModel(shape, dtype, fillBytes(fillValue, dtype).subarray(0, dtypeInfo(dtype).size));
  const options = {
    format: 'tiles',
    durability: 'none',
    chunkShape: tiles,
    fillValue,
    dimensionNames,
    attributes,
  } as const;
  for (const opening of ['new', 'r+'] as const) {
    await using out = await (opening === 'new'
      ? createArray(path, { ...options, ...layout, shape, dtype, ...(tilePath === undefined ? {} : { tilePath }) })
      : openArray(path, { mode: 'r+', durability: 'none' }));
    expect(out).toMatchObject({ format: 'tiles', path, shape, dtype, chunkShape: tiles, shardShape: null });
    for (let i = 0; i < 2; i++) {
      const write = randomWrite(random, shape, dtype);
      await out.write(write.entries, { data: elementsOf(write.bytes, dtype), dtype, shape: write.shape });
      model.apply(write);
    }
    expectSameBytes(bytesOf((await out.read()).data), model.bytes, `${path} before it is closed`);
  }
  await using again = await openArray(path);
  expectSameBytes(bytesOf((await again.read()).data), model.bytes, path);
  expect(again).toMatchObject({ dimensionNames, attributes, fillValue });
  const expected = folder.write(`${next}.expected`, model.bytes);
  return { path, dtype, shape, tiles, expected };
}

function checkByNumPy(cases: readonly Case[]): void {
  if (pythonMissing !== null) return;
  const manifest = folder.write(`cases-${next}.json`, JSON.stringify(cases));
  expect(runPython('test/conformance/write/check_tiles.py', manifest).trim()).toBe(`${cases.length}`);
}

describe('random tile directories', () => {
  test(`equal a model, seed ${seed}`, async () => {
    const cases: Case[] = [];
    for (const { name: dtype } of dtypeTable) for (const layout of layouts) cases.push(await writeCase(dtype, layout));
    expect(cases).toHaveLength(dtypeTable.length * layouts.length);
    checkByNumPy(cases);
  }, 240_000);

  test(`equal a model after random appends, seed ${seed}`, async () => {
    const cases: Case[] = [];
    for (const dtype of ['uint8', 'float32', 'int64'] as const) {
      for (const layout of layouts) {
        next += 1;
        const path = folder.at(`${next}.tiles`);
        const [width, step] = [5, layout.edgeTiles === 'clipped' ? 3 : 1];
        let rows = step * random.below(4);
        let model = randomBytes(random, rows * width, dtype);
        const options = { ...layout, format: 'tiles', chunkShape: [3, 2], durability: 'none' } as const;
        let out = await createArray(path, { ...options, shape: [rows, width], dtype });
        await out.write(null, { data: elementsOf(model, dtype), dtype });
        for (let i = 0; i < 3; i++) {
          if (i > 0) {
            await out.close();
            out = (await openArray(path, { mode: 'r+', durability: 'none' })) as typeof out;
          }
          const count = step * random.below(8);
          const bytes = randomBytes(random, count * width, dtype);
          await out.append({ data: elementsOf(bytes, dtype), dtype });
          model = Uint8Array.from([...model, ...bytes]);
          rows += count;
          expectSameBytes(bytesOf((await out.read()).data), model, `${path} after append ${i}`);
        }
        await out.close();
        const expected = folder.write(`${next}.expected`, model);
        cases.push({ path, dtype, shape: [rows, width], tiles: [3, 2], expected });
      }
    }
    checkByNumPy(cases);
  }, 120_000);
});

describe('a new tile directory', () => {
  const base = { format: 'tiles', shape: [4, 6], dtype: 'int16', chunkShape: [2, 4] } as const;

  test('contains a file per tile, except tiles with only the fill value', async () => {
    const path = folder.at('files');
    await using out = await createArray(path, { ...base, tilePath: 't{0:02}/{1}' });
    expect(out.explainWrite([slice(1, 3), slice(0, 4)])).toMatchObject({
      chunks: 2,
      chunksMerged: 2,
      bytesToWrite: 32,
    });
    await out.write([slice(0, 2)], new Int16Array(12).fill(3));
    await out.write([3, 5], Int16Array.of(0));
    expect(fs.existsSync(path)).toBe(false);
    await out.close();
    const files = fs.readdirSync(path, { recursive: true, encoding: 'utf8' });
    expect(files.sort()).toEqual(['t00', 't00/0', 't00/1', 'tiles.json']);
    expect(fs.statSync(`${path}/t00/1`).size).toBe(16);
  });

  test('is explained with the size of clipped tiles', async () => {
    await using out = await createArray(folder.at('clipped'), { ...base, edgeTiles: 'clipped' });
    const { bytesToWrite } = out.explainWrite();
    expect(bytesToWrite).toBe(48);
    expect((await out.write(null, new Int16Array(24).fill(1))).bytesWritten).toBe(bytesToWrite);
  });

  test('has tiles of at most 4 MiB by default', async () => {
    await using out = await createArray(folder.at('default'), {
      format: 'tiles',
      shape: [1000, 3, 5000],
      dtype: 'float64',
    });
    expect(out.chunkShape).toEqual([500, 3, 313]);
    await out.discard();
  });

  test('replaces only a tile directory', async () => {
    const path = folder.at('replaced.zarr');
    await (await createArray(path, { shape: [2], dtype: 'int8' })).close();
    const options = { ...base, overwrite: true };
    expect(await failure(() => createArray(path, options))).toMatchObject({ _tag: 'WriteError', code: 'EEXIST' });
    const tiles = folder.at('replaced');
    await (await createArray(tiles, base)).close();
    await (await createArray(tiles, { ...options, dtype: 'int8' })).close();
    expect((await readSubset(tiles)).dtype).toBe('int8');
  });

  test.each<[Partial<CreateOptions>, RegExp]>([
    [{ tilePath: '{0}.bin' }, /field for dimension 1.*`options.tilePath`/],
    [{ tilePath: '../{0}/{1}' }, /within the directory.*`options.tilePath`/],
    [{ tilePath: '{0}{1}', shape: [40, 6] }, /two tiles share a name.*`options.tilePath`/],
    [{ tilePath: 'tiles.json', shape: [2, 4] }, /another path than tiles.json.*`options.tilePath`/],
    [{ edgeTiles: 'cut' as 'full' }, /`options.edgeTiles`/],
    [{ codecs: [] }, /`options.codecs`/],
    [{ chunkShape: [2 ** 50, 4] }, /tiles of at most \d+ bytes for `options.chunkShape`/],
    [{ fillValue: 1.5 }, /`options.fillValue`/],
  ])('is refused with the options %j', async (options, message) => {
    const error = await failure(() => createArray(folder.at('refused'), { ...base, ...options }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(fs.existsSync(folder.at('refused'))).toBe(false);
  });
});

describe('an existing tile directory', () => {
  const write = (name: string, manifest: object): string => {
    const content = { version: 1, shape: [4], tileShape: [4], dtype: 'uint8', path: '{0}', ...manifest };
    folder.write(`${name}/tiles.json`, JSON.stringify(content));
    return folder.at(name);
  };

  test.each([
    [{ offset: 2 }, /writing tiles with 2 bytes before the elements/],
    [{ path: 'tiles.json' }, /writing a tile into tiles.json/],
  ])('with %j is not written', async (manifest, message) => {
    const path = write('not-written', manifest);
    const error = await failure(() => openArray(path, { mode: 'r+' }));
    expect(error).toMatchObject({ _tag: 'UnsupportedError' });
    expect(error.message).toMatch(message);
  });

  test.each([
    [{ shape: [3], edgeTiles: 'clipped' }, /last tiles are clipped.*length 3 is not a multiple/],
    [{ path: 'only' }, /tiles of the shape \[8\].*a field for dimension 0/],
  ])('with %j does not grow', async (manifest, message) => {
    const path = write('not-grown', manifest);
    await using out = await openArray(path, { mode: 'r+' });
    const error = await failure(() => out.append(new Uint8Array(8 - (out.shape[0] ?? 0))));
    expect(error).toMatchObject({ _tag: 'UnsupportedError' });
    expect(error.message).toMatch(message);
  });

  test('keeps the text of its manifest when it grows, except the shape', async () => {
    const path = folder.at('text');
    const text =
      '{"version":1, "attributes":{"id":12345678901234567890},\n"shape": [4],"tileShape":[4],"dtype":"uint8","path":"{0}"}';
    folder.write('text/tiles.json', text);
    folder.write('text/0', Uint8Array.of(1, 2, 3, 4));
    {
      await using out = await openArray(`${path}/tiles.json`, { mode: 'r+' });
      await out.append(Uint8Array.of(5, 6));
      expect(await failure(() => openArray(path, { mode: 'r+' }))).toMatchObject({ code: 'EAGAIN' });
    }
    expect(fs.readFileSync(`${path}/tiles.json`, 'utf8')).toBe(text.replace('[4],"tile', '[6],"tile'));
    expect([...(await readSubset(path)).data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('stores tiles of zeros if it has no fill value', async () => {
    const path = write('no-fill', {});
    await using out = await openArray(path, { mode: 'r+' });
    expect(await out.write(null, new Uint8Array(4))).toMatchObject({ chunksOmitted: 0 });
    expect(fs.statSync(`${path}/0`).size).toBe(4);
  });
});

test('convert copies to tiles and back, in blocks of complete tiles', async () => {
  const shape = [13, 17, 19];
  const values = Float32Array.from({ length: 13 * 17 * 19 }, (_, i) => i / 4);
  const source = folder.at('source.zarr');
  {
    const metadata = { fillValue: -1, attributes: { units: 'K' }, dimensionNames: ['t', 'y', 'x'] };
    await using out = await createArray(source, { shape, dtype: 'float32', chunkShape: [5, 6, 7], ...metadata });
    await out.write(null, values);
  }
  const tiles = folder.at('converted');
  const options = { format: 'tiles', chunkShape: [4, 17, 8], memoryBudgetBytes: 8000, verify: true } as const;
  const stats = await convert(source, tiles, options);
  // There are 4 × 3 tiles of 2176 bytes, and a block contains one tile.
  expect(stats).toMatchObject({ bytes: values.byteLength, blocks: 12, bytesWritten: 12 * 4 * 17 * 8 * 4 });
  await using copy = await openArray(tiles);
  expect(copy).toMatchObject({ fillValue: -1, attributes: { units: 'K' }, dimensionNames: ['t', 'y', 'x'] });
  expectSameBytes(bytesOf((await copy.read()).data), bytesOf(values), tiles);
  await convert(tiles, folder.at('back.npy'), { verify: true });
  expectSameBytes(bytesOf((await readSubset(folder.at('back.npy'))).data), bytesOf(values), 'back.npy');
});
