/** Writes Zarr arrays. Reads them with zarrita, and checks the elements. */
import { FileSystemStore } from '@zarrita/storage';
import { expect, test } from 'vitest';
import * as zarrita from 'zarrita';
import { type DType, dtypeInfo, viewOver } from '../../../lib/core/dtype.js';
import { type CreateOptions, createArray } from '../../../lib/index.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';
import { ArrayModel, randomWrite } from '../../support/write-model.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
const random = new Random(seed);

/** Types whose arrays are typed arrays in zarrita. */
const dtypes: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64']; // biome-ignore format: one line
const layouts: readonly Partial<CreateOptions>[] = [
  { codecs: [] },
  { codecs: [], byteOrder: 'big' },
  { codecs: [{ name: 'zstd', level: 3 }], attributes: { units: 'K' } },
  { codecs: [{ name: 'gzip' }] },
  { codecs: [{ name: 'blosc', cname: 'lz4' }] },
  { codecs: [{ name: 'blosc', cname: 'zstd', shuffle: 'bitshuffle' }] },
  { codecs: [{ name: 'zstd' }], shardShape: [8, 12] },
  { codecs: [{ name: 'crc32c' }], shardShape: [4, 6], array: 'g/a' },
  { codecs: [{ name: 'blosc' }], zarrFormat: 2 },
  { codecs: [{ name: 'zlib' }], zarrFormat: 2, array: 'g/a' },
];
const cases = layouts.flatMap((layout) => dtypes.map((dtype) => [dtype, JSON.stringify(layout), layout] as const));

test.each(cases)(`zarrita reads arrays of %s with %s, seed ${seed}`, async (dtype, _, layout) => {
  const shape = [10, 15];
  const path = folder.at(`${cases.findIndex(([type, , other]) => type === dtype && other === layout)}.zarr`);
  const model = new ArrayModel(shape, dtype);
  await using out = await createArray(path, { chunkShape: [4, 6], shape, dtype, durability: 'none', ...layout });
  for (let i = 0; i < 3; i++) {
    const write = randomWrite(random, shape, dtype);
    await out.write(write.entries, viewOver(dtypeInfo(dtype), write.bytes.slice().buffer, write.bytes.length / dtypeInfo(dtype).size)); // biome-ignore format: one line
    model.apply(write);
  }
  await out.close();
  const root = zarrita.root(new FileSystemStore(path));
  const array = await zarrita.open(layout.array === undefined ? root : root.resolve(layout.array), { kind: 'array' });
  expect(array.shape).toEqual(shape);
  expect(array.attrs).toEqual(layout.attributes ?? {});
  const read = await zarrita.get(array, null);
  expect(read.stride).toEqual([15, 1]);
  expectSameBytes(bytesOf(read.data as Uint8Array), model.bytes, path);
});
