import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import type { ChunkEncoding } from '../../../../lib/formats/zarr/encoding.js';
import type { Json } from '../../../../lib/formats/zarr/json.js';
import { parseNodeV3 } from '../../../../lib/formats/zarr/v3.js';
import { arrayV3 } from '../../../support/zarr-store.js';

function encoding(codecs: unknown, changes: object = {}): ChunkEncoding {
  const node = parseNodeV3(arrayV3({ ...changes, codecs }) as Json, '/s/zarr.json', 'values');
  if (node.kind !== 'array') throw new Error('Expected an array');
  return node.metadata.encoding;
}

const grid3 = {
  shape: [6, 8, 10],
  chunk_grid: { name: 'regular', configuration: { chunk_shape: [6, 4, 10] } },
};
const little = { name: 'bytes', configuration: { endian: 'little' } };
const big = { name: 'bytes', configuration: { endian: 'big' } };

function transpose(...order: number[]): object {
  return { name: 'transpose', configuration: { order } };
}

function sharding(chunkShape: number[], codecs: unknown = [little], changes: object = {}): object {
  const index = { index_codecs: [little, { name: 'crc32c' }], ...changes };
  return { name: 'sharding_indexed', configuration: { chunk_shape: chunkShape, codecs, ...index } };
}

describe('the codecs of Zarr v3', () => {
  it.each([
    [{ name: 'gzip', configuration: { level: 1 } }, 'gzip', [1]],
    [{ name: 'zstd', configuration: { level: 1, checksum: false } }, 'zstd', [1]],
    [{ name: 'zstd', configuration: { level: -7, checksum: true } }, 'zstd', [-7, 1]],
    [
      { name: 'blosc', configuration: { cname: 'lz4', clevel: 1, shuffle: 'shuffle', typesize: 2, blocksize: 0 } },
      'blosc',
      [1, 1, 1, 2, 0],
    ],
    [{ name: 'crc32c' }, 'crc32c', [0]],
    ['crc32c', 'crc32c', [0]],
    [{ name: 'numcodecs.zlib', configuration: { level: 1 } }, 'zlib', [1]],
    [{ name: 'numcodecs.lz4', configuration: {} }, 'lz4Numcodecs', []],
    [{ name: 'numcodecs.shuffle', configuration: { elementsize: 2 } }, 'shuffle', [2]],
    [{ name: 'numcodecs.crc32', configuration: { location: 'end' } }, 'checksum32', [0, 1]],
  ])('maps %j to %s', (codec, name, params) => {
    expect(encoding([little, codec]).layout.codecs).toEqual([{ codec: name, params }]);
  });

  it('returns array-to-array codecs first', () => {
    const delta = { name: 'numcodecs.delta', configuration: { dtype: '<i2', astype: '<i4' } };
    expect(encoding([delta, little, { name: 'gzip' }]).layout).toMatchObject({
      dtype: 'int16',
      byteOrder: 'little',
      codecs: [{ codec: 'delta', params: [5, 3, 0, 0] }, { codec: 'gzip' }],
    });
  });

  it('applies the byte order of `bytes` to the values that it encodes', () => {
    const delta = { name: 'numcodecs.delta', configuration: { dtype: 'int16', astype: 'int32' } };
    const cast = { name: 'numcodecs.astype', configuration: { encode_dtype: '<i2', decode_dtype: '<i4' } };
    expect(encoding([big]).layout.byteOrder).toBe('big');
    expect(encoding([delta, cast, big]).layout).toMatchObject({
      byteOrder: 'little',
      codecs: [
        { codec: 'delta', params: [5, 3, 0, 0] },
        { codec: 'astype', params: [3, 5, 1, 0] },
      ],
    });
  });

  it('needs no byte order for elements of one byte', () => {
    const bytes = { data_type: 'uint8' };
    expect(encoding(['bytes'], bytes).layout.byteOrder).toBe('little');
    expect(
      encoding([{ name: 'numcodecs.packbits' }, { name: 'bytes' }], { data_type: 'bool', fill_value: false }).layout
        .codecs,
    ).toEqual([{ codec: 'packbits', params: [] }]);
    expect(() => encoding(['bytes'])).toThrow(FormatError);
  });

  it('combines several transposes in the axis order', () => {
    expect(encoding([transpose(2, 0, 1), little], grid3).layout.axisOrder).toEqual([2, 0, 1]);
    expect(encoding([transpose(2, 0, 1), transpose(2, 0, 1), little], grid3).layout.axisOrder).toEqual([1, 2, 0]);
    expect(encoding([transpose(2, 0, 1), little], grid3).chunkShape).toEqual([6, 4, 10]);
  });

  it('accepts the spellings of drafts of the specification', () => {
    const order = (order: string): object => ({ name: 'transpose', configuration: { order } });
    expect(encoding([order('F'), little], grid3).layout.axisOrder).toEqual([2, 1, 0]);
    expect(encoding([order('C'), little], grid3).layout.axisOrder).toEqual([0, 1, 2]);
    expect(encoding([{ ...big, name: 'endian' }]).layout.byteOrder).toBe('big');
  });

  it('reads shards', () => {
    const { chunkShape, layout, shards } = encoding([sharding([2, 4, 5], [transpose(1, 0, 2), big, 'zstd'])], grid3);
    expect(chunkShape).toEqual([2, 4, 5]);
    expect(layout).toMatchObject({ axisOrder: [1, 0, 2], byteOrder: 'big', codecs: [{ codec: 'zstd' }] });
    expect(shards).toHaveLength(1);
    expect(shards[0]).toMatchObject({
      shardShape: [6, 4, 10],
      innerShape: [2, 4, 5],
      index: {
        location: 'end',
        count: 6,
        bytes: 100,
        byteOrder: 'little',
        counts: [3, 1, 2],
        strides: [4, 4, 2],
        lengthStride: 1,
      },
    });
  });

  it('permutes the inner grid of shards if a transpose precedes them', () => {
    // The transpose puts the dimensions in the order 2, 0, 1: the shard is stored as 10 x 6 x 4, with inner chunks of 5
    // x 3 x 1.
    const { chunkShape, shards, layout } = encoding([transpose(2, 0, 1), sharding([5, 3, 1])], grid3);
    expect(chunkShape).toEqual([3, 1, 5]);
    expect(layout.axisOrder).toEqual([2, 0, 1]);
    expect(shards[0]).toMatchObject({
      shardShape: [6, 4, 10],
      innerShape: [3, 1, 5],
      // The stored index is 2 x 2 x 4 for the dimensions 2, 0 and 1, with two 64-bit integers per chunk.
      index: { counts: [2, 4, 2], strides: [8, 2, 16] },
    });
  });

  it('reads shards inside shards', () => {
    const { chunkShape, shards } = encoding(
      [sharding([3, 4, 5], [sharding([1, 2, 5], [little], { index_location: 'start' })])],
      grid3,
    );
    expect(chunkShape).toEqual([1, 2, 5]);
    expect(shards.map(({ index }) => [index.location, index.counts])).toEqual([
      ['end', [2, 1, 2]],
      ['start', [3, 2, 1]],
    ]);
  });

  it('computes size and strides of the index from the index codecs, also with a transpose', () => {
    const plain = encoding([sharding([3, 4, 5], [little], { index_codecs: [big] })], grid3).shards[0]?.index;
    expect(plain).toMatchObject({ bytes: 64, byteOrder: 'big', checksum: 'none' });
    const codecs = [transpose(3, 2, 0, 1), little];
    const index = encoding([sharding([2, 2, 2], [little], { index_codecs: codecs })], grid3).shards[0]?.index;
    // The index is stored as 2 x 5 x 3 x 2: offset or length, then the dimensions 2, 0 and 1.
    expect(index).toMatchObject({ bytes: 480, strides: [2, 1, 6], lengthStride: 30 });
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown codec', [little, { name: 'lzw' }], /'lzw'/],
    ['an unknown codec with must_understand false', [little, { name: 'lzw', must_understand: false }], /'lzw'/],
    ['an unsupported array codec', [{ name: 'scale_offset' }, little], /'scale_offset'/],
    ['an unsupported serializer', [{ name: 'vlen-utf8' }], /'vlen-utf8'/],
    ['a numcodecs serializer', [{ name: 'numcodecs.vlen-array' }], /'vlen-array'/],
    ['a codec after shards', [sharding([2, 3]), { name: 'gzip' }], /'gzip' after sharding_indexed/],
    [
      'a compressed index',
      [sharding([2, 3], [little], { index_codecs: [little, { name: 'gzip' }] })],
      /'gzip' in the index/,
    ],
    [
      'delta on a transposed chunk',
      [transpose(1, 0), { name: 'numcodecs.delta', configuration: { dtype: '<i2' } }, little],
      /together with transpose/,
    ],
    [
      'delta before a transposition',
      [{ name: 'numcodecs.delta', configuration: { dtype: '<i2' } }, transpose(1, 0), little],
      /together with transpose/,
    ],
    ['a big-endian delta', [{ name: 'numcodecs.delta', configuration: { dtype: '>i2' } }, little], /big-endian/],
    ['delta of another type', [{ name: 'numcodecs.delta', configuration: { dtype: '<i4' } }, little], /int32 on int16/],
    [
      'delta of whole shards',
      [{ name: 'numcodecs.delta', configuration: { dtype: '<i2' } }, sharding([2, 3])],
      /whole Zarr shards/,
    ],
  ])('refuses by name %s', (_, codecs, message) => {
    expect(() => encoding(codecs)).toThrow(UnsupportedError);
    expect(() => encoding(codecs)).toThrow(message);
  });

  it('refuses shards nested too deeply', () => {
    let codecs: object[] = [little];
    for (let i = 0; i < 9; i += 1) codecs = [sharding([2, 3], codecs)];
    expect(() => encoding(codecs)).toThrow(/more than 8/);
  });

  it.each<[string, unknown]>([
    ['no codecs', []],
    ['no serializer', [transpose(1, 0)]],
    ['codecs that are not a list', 'bytes'],
    ['a codec without a name', [{ configuration: {} }]],
    ['a member other than name and configuration', [{ ...little, extra: 1 }]],
    ['a wrong endian', [{ name: 'bytes', configuration: { endian: 'middle' } }]],
    ['an unknown member of `bytes`', [{ name: 'bytes', configuration: { endian: 'little', size: 2 } }]],
    ['an order that is not a permutation', [transpose(1, 1), little]],
    ['an order of another rank', [transpose(0), little]],
    ['the order "A"', [{ name: 'transpose', configuration: { order: 'A' } }, little]],
    ['inner chunks that do not divide the shard', [sharding([2, 2])]],
    ['inner chunks of size 0', [sharding([0, 3])]],
    ['inner chunks of another rank', [sharding([2])]],
    ['shards without index codecs', [sharding([2, 3], [little], { index_codecs: undefined })]],
    ['an index without `bytes`', [sharding([2, 3], [little], { index_codecs: [] })]],
    ['an index location in the middle', [sharding([2, 3], [little], { index_location: 'middle' })]],
  ])('throws a FormatError for %s', (_, codecs) => {
    expect(() => encoding(codecs)).toThrow(FormatError);
    expect(() => encoding(codecs)).toThrow(/zarr\.json/);
  });
});
