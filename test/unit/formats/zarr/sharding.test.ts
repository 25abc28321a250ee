import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError, ReadError } from '../../../../lib/core/errors.js';
import { crc32c } from '../../../../lib/formats/crc32c.js';
import { newCounters } from '../../../../lib/io/backend.js';
import { readReference } from '../../../support/reference-reader.js';
import { TemporaryDirectory } from '../../../support/temporary.js';
import { encodeIndex, encodeShard } from '../../../support/zarr-shard.js';
import { arrayV3, locate, locateTable, openZarr, writeFiles } from '../../../support/zarr-store.js';

const root = new TemporaryDirectory().path;
let count = 0;
const little = { name: 'bytes', configuration: { endian: 'little' } };

/** Creates a uint8 array of shape [4, 6] with shards of [4, 3]. A shard has 2 x 3 inner chunks of [2, 1]. */
function sharded(files: Record<string, Uint8Array>, configuration: object = {}): string {
  count += 1;
  const sharding = {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: [2, 1],
      codecs: ['bytes'],
      index_codecs: [little, { name: 'crc32c' }],
      ...configuration,
    },
  };
  const document = arrayV3({
    data_type: 'uint8',
    fill_value: 99,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 3] } },
    codecs: [sharding],
  });
  return writeFiles(`${root}/${count}.zarr`, { 'zarr.json': document, ...files });
}

/** Returns the two bytes of inner chunk `i`. */
function chunk(i: number): Uint8Array {
  return Uint8Array.of(i, i + 10);
}

const six = [0, 1, 2, 3, 4, 5].map(chunk);
const all = [
  [0, 1],
  [0, 1, 2, 3, 4, 5],
];

describe('crc32c', () => {
  it('returns the check value and the examples of RFC 3720', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });
});

describe('sharded arrays', () => {
  it('locates inner chunks with the index at the end of the shard, in grid order', () => {
    const folder = sharded({
      'c/0/0': encodeShard(six),
      'c/0/1': encodeShard(six, { order: [5, 3, 1, 0, 2, 4], gapBytes: 3 }),
    });
    const found = locateTable(openZarr(folder), all);
    expect(found.files).toEqual([`${folder}/c/0/0`, `${folder}/c/0/1`]);
    expect([...found.offsets]).toEqual([0, 2, 4, 15, 10, 20, 6, 8, 10, 5, 25, 0]);
    expect([...(found.fileIndex ?? [])]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
    expect([...found.lengths]).toEqual(new Array(12).fill(2));
    expect(found.stamps?.map(({ size }) => size)).toEqual([12 + 100, 30 + 100]);
    expect(readReference(openZarr(folder)).bytes).toEqual(
      Uint8Array.of(0, 1, 2, 0, 1, 2, 10, 11, 12, 10, 11, 12, 3, 4, 5, 3, 4, 5, 13, 14, 15, 13, 14, 15),
    );
  });

  it('counts offsets from the start of the file, also if the index is there', () => {
    const folder = sharded({ 'c/0/0': encodeShard(six, { location: 'start' }) }, { index_location: 'start' });
    const found = locateTable(openZarr(folder), [[0], [0, 2]]);
    expect([...found.offsets]).toEqual([100, 104]);
  });

  it('reads a big-endian index without a checksum', () => {
    const shard = encodeShard(six, { checksum: false, littleEndian: false });
    const codecs = [{ name: 'bytes', configuration: { endian: 'big' } }];
    const folder = sharded({ 'c/0/0': shard }, { index_codecs: codecs });
    expect(shard).toHaveLength(12 + 96);
    expect([...locateTable(openZarr(folder), [[1], [1]]).offsets]).toEqual([8]);
  });

  it('treats chunks as absent if their index entry is empty or the shard is missing', () => {
    const folder = sharded({ 'c/0/1': encodeShard([null, chunk(1), null, null, chunk(4), null]) });
    const found = locateTable(openZarr(folder), all);
    expect(found.files).toEqual([`${folder}/c/0/1`]);
    expect([...found.offsets]).toEqual([-1, -1, -1, -1, 0, -1, -1, -1, -1, -1, 2, -1]);
    expect([...(found.fileIndex ?? [])]).toEqual(new Array(12).fill(0));
    expect([...readReference(openZarr(folder)).bytes.subarray(0, 6)]).toEqual([99, 99, 99, 99, 1, 99]);
  });

  it('treats all chunks as absent if no shard exists', () => {
    expect(locate(openZarr(sharded({})), all)).toEqual({ kind: 'absent' });
  });

  it('locates a box that skips shards and inner chunks', () => {
    const folder = sharded({ 'c/0/0': encodeShard(six), 'c/0/1': encodeShard(six) });
    const found = locateTable(openZarr(folder), [[1], [0, 2, 4]]);
    expect([...found.offsets]).toEqual([6, 10, 8]);
    expect([...(found.fileIndex ?? [])]).toEqual([0, 0, 1]);
  });

  it('reads shards inside shards, with the index at the start or the end', () => {
    // Each outer shard contains two inner shards of [2, 3]. Each of these contains 1 x 3 chunks of [2, 1].
    const innerA = encodeShard([chunk(0), null, chunk(2)], { location: 'start' });
    const innerB = encodeShard([chunk(3), chunk(4), chunk(5)], { location: 'start', gapBytes: 1 });
    const outer = encodeShard([innerA, innerB], { gapBytes: 5, order: [1, 0] });
    const inner = {
      name: 'sharding_indexed',
      configuration: {
        chunk_shape: [2, 1],
        codecs: ['bytes'],
        index_codecs: [little, { name: 'crc32c' }],
        index_location: 'start',
      },
    };
    const folder = sharded({ 'c/0/0': outer }, { chunk_shape: [2, 3], codecs: [inner] });
    const array = openZarr(folder);
    const counters = newCounters();
    const found = locateTable(array, all, counters);
    const baseA = innerB.length + 5;
    expect([...found.offsets]).toEqual([baseA + 52, -1, baseA + 54, -1, -1, -1, 52, 55, 58, -1, -1, -1]);
    expect(counters.requests).toBe(2);
    expect(locate(array, all)).toEqual(found);
    expect([...locateTable(array, [[1], [0, 1]], counters).offsets]).toEqual([52, 55]);
    expect(counters.requests).toBe(2);
    expect(readReference(array).bytes).toEqual(
      Uint8Array.of(0, 99, 2, 99, 99, 99, 10, 99, 12, 99, 99, 99, 3, 4, 5, 99, 99, 99, 13, 14, 15, 99, 99, 99),
    );
  });

  it('treats the chunks of an absent inner shard as absent', () => {
    const inner = {
      name: 'sharding_indexed',
      configuration: { chunk_shape: [2, 1], codecs: ['bytes'], index_codecs: [little] },
    };
    const folder = sharded({ 'c/0/0': encodeShard([null, null]) }, { chunk_shape: [2, 3], codecs: [inner] });
    expect([...locateTable(openZarr(folder), [[0, 1], [0]]).offsets]).toEqual([-1, -1]);
  });
});

describe('the reads of shard indexes', () => {
  it('take one request for all shards of a box, and read nothing else', () => {
    const array = openZarr(sharded({ 'c/0/0': encodeShard(six), 'c/0/1': encodeShard(six) }));
    const counters = newCounters();
    locate(array, all, counters);
    expect(counters).toMatchObject({ requests: 1, bytesRead: 200, lists: 0 });
  });

  it('use cached indexes later', () => {
    const folder = sharded({ 'c/0/0': encodeShard(six) });
    const array = openZarr(folder);
    locate(array, [[0], [0]]);
    const counters = newCounters();
    const found = locateTable(array, [[1], [2]], counters);
    expect([...found.offsets]).toEqual([10]);
    expect(counters).toMatchObject({ requests: 0, bytesRead: 0 });
    expect(found.stamps).toMatchObject([{ size: 112, ino: fs.statSync(`${folder}/c/0/0`).ino }]);
  });

  it('are repeated for a replaced shard after forget()', () => {
    const folder = sharded({ 'c/0/0': encodeShard(six) });
    const array = openZarr(folder);
    const before = locateTable(array, [[0], [0]]);
    fs.writeFileSync(`${folder}/new`, encodeShard(six, { order: [1, 0, 2, 3, 4, 5] }));
    fs.renameSync(`${folder}/new`, `${folder}/c/0/0`);
    // The cached index is still used here. The reader of the data detects from the stamps that the file was replaced.
    expect(locateTable(array, [[0], [0]])).toEqual(before);
    array.forget?.(`${folder}/c/0/0`);
    const after = locateTable(array, [[0], [0]]);
    expect([...after.offsets]).toEqual([2]);
    expect(after.stamps).not.toEqual(before.stamps);
  });

  it('check the file of a cached index again before a chunk counts as absent', () => {
    const folder = sharded({ 'c/0/0': encodeShard([chunk(0), null, null, null, null, null]) });
    const array = openZarr(folder);
    const box = [[0], [0, 1]];
    expect([...locateTable(array, box).offsets]).toEqual([0, -1]);
    const counters = newCounters();
    expect([...locateTable(array, box, counters).offsets]).toEqual([0, -1]);
    expect(counters).toMatchObject({ requests: 1, bytesRead: 0 });
    fs.writeFileSync(`${folder}/new`, encodeShard([chunk(0), chunk(1), null, null, null, null]));
    fs.renameSync(`${folder}/new`, `${folder}/c/0/0`);
    expect([...locateTable(array, box).offsets]).toEqual([0, 2]);
    expect([...locateTable(array, [[0], [1]]).offsets]).toEqual([2]);
  });

  it('are tried each time for a shard that did not exist', () => {
    const folder = sharded({});
    const array = openZarr(folder);
    expect(locate(array, [[0], [0]]).kind).toBe('absent');
    writeFiles(folder, { 'c/0/0': encodeShard(six) });
    expect([...locateTable(array, [[0], [0]]).offsets]).toEqual([0]);
    fs.rmSync(`${folder}/c/0/0`);
    array.forget?.(`${folder}/c/0/0`);
    expect(locate(array, [[0], [0]]).kind).toBe('absent');
  });
});

describe('damaged shards', () => {
  function expectDamaged(shard: Uint8Array, message: RegExp, offset: number, configuration: object = {}): void {
    const folder = sharded({ 'c/0/0': shard }, configuration);
    try {
      locate(openZarr(folder), all);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ path: `${folder}/c/0/0`, offset });
      expect((error as Error).message).toMatch(message);
    }
  }

  it('reports a wrong checksum of an index', () => {
    const shard = encodeShard(six);
    shard[20] = 1;
    expectDamaged(shard, /Expected a shard index with CRC-32C 0x[0-9a-f]{8}, found 0x/, 12);
  });

  it('reports the size of a shard that is too short for its index', () => {
    expectDamaged(encodeShard(six).subarray(0, 99), /Expected a shard with an index of 100 bytes, found 99/, 0);
    expectDamaged(new Uint8Array(0), /found 0 bytes/, 0);
  });

  it.each<[string, readonly [bigint, bigint]]>([
    ['after the end of the shard', [111n, 2n]],
    ['of a length that wraps around', [2n, 2n ** 64n - 1n]],
    ['at an offset that wraps around', [2n ** 64n - 1n, 1n]],
    ['at an offset of 2^63', [2n ** 63n, 2n ** 63n]],
    ['that is shorter than its elements', [0n, 1n]],
    ['that is longer than its elements', [0n, 3n]],
  ])('reports an inner chunk %s', (_, entry) => {
    const index = encodeIndex([[0n, 2n], entry, null, null, null, null]);
    expectDamaged(
      Buffer.concat([new Uint8Array(12), index]),
      /Expected an inner chunk of 2 bytes within the 112 bytes/,
      12 + 16,
    );
  });

  it('reports an inner shard that is too short for its index', () => {
    const inner = {
      name: 'sharding_indexed',
      configuration: { chunk_shape: [2, 1], codecs: ['bytes'], index_codecs: [little] },
    };
    const outer = encodeShard([new Uint8Array(47), null]);
    expectDamaged(outer, /an index of 48 bytes, found 47/, 0, { chunk_shape: [2, 3], codecs: [inner] });
  });

  it('reports a directory in the place of a shard', () => {
    const folder = sharded({});
    fs.mkdirSync(`${folder}/c/0/0`, { recursive: true });
    expect(() => locate(openZarr(folder), all)).toThrow(ReadError);
  });

  it('refuses an index with too many chunks', () => {
    const grid = { name: 'regular', configuration: { chunk_shape: [2 ** 20, 2 ** 20] } };
    const codecs = [
      { name: 'sharding_indexed', configuration: { chunk_shape: [1, 1], codecs: [little], index_codecs: [little] } },
    ];
    const document = arrayV3({ shape: [2 ** 20, 2 ** 20], chunk_grid: grid, codecs });
    expect(() => openZarr(writeFiles(`${root}/huge.zarr`, { 'zarr.json': document }))).toThrow(
      /Zarr shards of 1099511627776 chunks/,
    );
  });
});
