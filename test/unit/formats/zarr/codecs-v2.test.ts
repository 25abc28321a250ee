import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import type { ChunkLayout } from '../../../../lib/formats/format.js';
import type { Json } from '../../../../lib/formats/zarr/json.js';
import { parseArrayV2 } from '../../../../lib/formats/zarr/v2.js';
import { arrayV2 } from '../../../support/zarr-store.js';

function layout(changes: object): ChunkLayout {
  return parseArrayV2(arrayV2(changes) as Json, '/s/.zarray', {}).encoding.layout;
}

describe('the codecs of Zarr v2', () => {
  it.each([
    [{ id: 'blosc', cname: 'lz4', clevel: 5, shuffle: -1, blocksize: 0 }, 'blosc', [1, 5, 1, 2, 0]],
    [{ id: 'blosc', cname: 'blosclz', clevel: 5, shuffle: 1, blocksize: 0 }, 'blosc', []],
    [{ id: 'zstd', level: 1, checksum: true }, 'zstd', [1]],
    [{ id: 'zstd', level: 'high' }, 'zstd', []],
    [{ id: 'zlib', level: 1 }, 'zlib', [1]],
    [{ id: 'gzip', level: 9 }, 'gzip', [9]],
    [{ id: 'bz2', level: 1 }, 'bzip2', []],
    [{ id: 'lzma', format: 1, check: -1, preset: null, filters: null }, 'lzma', []],
    [{ id: 'lz4', acceleration: 1 }, 'lz4Numcodecs', []],
    [{ id: 'shuffle', elementsize: 2 }, 'shuffle', [2]],
    [{ id: 'shuffle' }, 'shuffle', [4]],
    [{ id: 'crc32' }, 'checksum32', [0, 0]],
    [{ id: 'crc32', location: 'end' }, 'checksum32', [0, 1]],
    [{ id: 'adler32' }, 'checksum32', [1, 0]],
    [{ id: 'crc32c' }, 'crc32c', [0]],
    [{ id: 'crc32c', location: 'start' }, 'crc32c', [1]],
    [{ id: 'fletcher32' }, 'fletcher32', []],
  ])('maps the compressor %j to %s', (compressor, codec, params) => {
    expect(layout({ compressor }).codecs).toEqual([{ codec, params }]);
  });

  it('returns the filters in their order, followed by the compressor', () => {
    const filters = [
      { id: 'delta', dtype: '<i2', astype: '|i1' },
      { id: 'shuffle', elementsize: 1 },
    ];
    const { codecs, dtype, byteOrder } = layout({ filters, compressor: { id: 'zlib', level: 1 } });
    expect(codecs.map(({ codec }) => codec)).toEqual(['delta', 'shuffle', 'zlib']);
    expect([dtype, byteOrder]).toEqual(['int16', 'little']);
  });

  it('takes types and byte orders of filters from the filters, and those of the layout from the array', () => {
    const filters = [{ id: 'delta', dtype: '>i2', astype: '>i4' }];
    expect(layout({ dtype: '>i2', filters })).toMatchObject({
      byteOrder: 'big',
      codecs: [{ codec: 'delta', params: [5, 3, 1, 1] }],
    });
  });

  it('maps filters that convert values', () => {
    const fixed = { id: 'fixedscaleoffset', dtype: '<f8', astype: '|u1', scale: 10, offset: 1.5 };
    expect(layout({ dtype: '<f8', filters: [fixed] }).codecs).toEqual([
      { codec: 'fixedScaleOffset', params: [2, 11, 0, 0, 10, 1.5] },
    ]);
    const cast = { id: 'astype', encode_dtype: '<f4', decode_dtype: '<f8' };
    expect(layout({ dtype: '<f8', filters: [cast] }).codecs).toEqual([{ codec: 'astype', params: [10, 11, 0, 0] }]);
    expect(layout({ dtype: '|b1', fill_value: false, filters: [{ id: 'packbits' }] }).codecs).toEqual([
      { codec: 'packbits', params: [] },
    ]);
  });

  it('needs no codec for filters that only round values on writing', () => {
    const quantize = { id: 'quantize', digits: 1, dtype: '<f8', astype: '<f8' };
    expect(layout({ dtype: '<f8', filters: [quantize, { id: 'bitround', keepbits: 3 }] }).codecs).toEqual([]);
    expect(layout({ dtype: '<f8', filters: [{ ...quantize, astype: '<f4' }] }).codecs).toEqual([
      { codec: 'astype', params: [10, 11, 0, 0] },
    ]);
  });

  it('maps the order of elements in a chunk', () => {
    expect(layout({}).axisOrder).toEqual([0, 1]);
    expect(layout({ order: 'F' }).axisOrder).toEqual([1, 0]);
    expect(layout({ order: 'F', dtype: '|S3', fill_value: '' }).axisOrder).toEqual([1, 0, 2]);
  });

  it.each([
    [{ id: 'vlen-utf8' }, /'vlen-utf8'/],
    [{ id: 'jenkins_lookup3' }, /'jenkins_lookup3'/],
    [{ id: 'imagecodecs_lzw' }, /'imagecodecs_lzw'/],
    [{ id: 'lzma', format: 3, filters: [] }, /raw LZMA/],
    [{ id: 'delta', dtype: '<i4' }, /int32 on int16/],
    [{ id: 'delta', dtype: '|S4' }, /S4/],
  ])('refuses %j by name', (filter, message) => {
    expect(() => layout({ filters: [filter] })).toThrow(UnsupportedError);
    expect(() => layout({ filters: [filter] })).toThrow(message);
  });

  it.each([
    [{ compressor: 'zlib' }],
    [{ compressor: { level: 1 } }],
    [{ filters: { id: 'delta' } }],
    [{ filters: [{ id: 'shuffle', elementsize: 0 }] }],
    [{ filters: [{ id: 'fixedscaleoffset', dtype: '<i2', scale: 'x', offset: 0 }] }],
    [{ order: 'K' }],
    [{ zarr_format: 3 }],
    [{ shape: [4, -1] }],
    [{ shape: [4, 6.5] }],
    [{ shape: 4 }],
    [{ chunks: [2] }],
    [{ chunks: [2, 0] }],
    [{ chunks: [2, 2 ** 53] }],
    [{ dimension_separator: '-' }],
    [{ fill_value: 70000 }],
  ])('throws a FormatError for a document with %j', (changes) => {
    expect(() => layout(changes)).toThrow(FormatError);
    expect(() => layout(changes)).toThrow(/\.zarray/);
  });

  it('ignores unknown members', () => {
    expect(layout({ something: { else: 1 } }).codecs).toEqual([]);
  });

  it('refuses chunks that are too large for any memory', () => {
    expect(() => layout({ shape: [10, 10], chunks: [2 ** 40, 2 ** 12] })).toThrow(UnsupportedError);
  });
});
