import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import { fieldNames } from '../../../../lib/core/stored-type.js';
import { parseTypeV2 } from '../../../../lib/formats/zarr/dtype-v2.js';
import { parseTypeV3 } from '../../../../lib/formats/zarr/dtype-v3.js';
import type { ElementType } from '../../../../lib/formats/zarr/element.js';
import { parseFill } from '../../../../lib/formats/zarr/fill.js';
import type { Json } from '../../../../lib/formats/zarr/json.js';

const place = { path: '/store/zarr.json', field: 'fill_value' };

function v2(type: string): ElementType {
  return parseTypeV2(type, { path: '/store/.zarray', field: 'dtype' }).element;
}

function v3(type: Json): ElementType {
  return parseTypeV3(type, { path: '/store/zarr.json', field: 'data_type' }, 'values');
}

describe('parseFill', () => {
  it.each<[Json, Json, unknown]>([
    ['bool', true, true],
    ['bool', 0, false],
    ['int8', -128, -128],
    ['uint8', 255, 255],
    ['int16', -5, -5],
    ['uint32', 4294967295, 4294967295],
    ['int32', 7.0, 7],
    ['int64', -9223372036854775808n, -9223372036854775808n],
    ['int64', 5, 5n],
    ['uint64', 18446744073709551615n, 18446744073709551615n],
    ['float32', 1.5, 1.5],
    ['float32', 100000000000000000000n, 1e20],
    ['float64', -0, -0],
    ['float64', 'NaN', Number.NaN],
    ['float16', 'Infinity', Infinity],
    ['float32', '-Infinity', -Infinity],
    ['float32', '0x7fc00000', Number.NaN],
    ['float32', '0x3fc00000', 1.5],
    ['float64', '0xc000000000000000', -2],
    ['float16', '0x3E00', 1.5],
    ['float16', '0x8001', -(2 ** -24)],
    ['float16', '0xfc00', -Infinity],
    ['complex64', [1, -2], [1, -2]],
    ['complex128', ['NaN', '-Infinity'], [Number.NaN, -Infinity]],
    ['complex64', ['0x3f800000', 2], [1, 2]],
    ['complex_float64', 3, [3, 0]],
    ['r16', [7, 7], 7],
    ['r16', 'AAA=', 0],
    [{ name: 'raw_bytes', configuration: { length_bytes: 4 } }, 'AAAAAA==', 0],
    [{ name: 'null_terminated_bytes', configuration: { length_bytes: 5 } }, '', 0],
    [{ name: 'fixed_length_utf32', configuration: { length_bytes: 12 } }, '', 0],
    [{ name: 'fixed_length_utf32', configuration: { length_bytes: 8 } }, 'üü', 252],
    [{ name: 'numpy.datetime64', configuration: { unit: 'ns', scale_factor: 1 } }, 'NaT', -9223372036854775808n],
    [{ name: 'numpy.timedelta64', configuration: { unit: 's', scale_factor: 10 } }, 12, 12n],
  ])('reads the fill value of a %j spelled %o', (type, value, expected) => {
    expect(parseFill(value, v3(type), place)).toEqual(expected);
  });

  it.each<[Json, Json | undefined]>([
    ['bool', 2],
    ['bool', 'true'],
    ['int8', 128],
    ['int8', 1.5],
    ['int8', 'NaN'],
    ['uint8', -1],
    ['int64', 9223372036854775808n],
    ['uint64', 18446744073709551616n],
    ['int32', Number.NaN],
    ['int32', null],
    ['int32', undefined],
    ['float32', true],
    ['float32', 'nan'],
    ['float32', '0x7fc0000'],
    ['float64', '0x7fc00000'],
    ['float32', [1]],
    ['complex64', [1]],
    ['complex64', ['x', 1]],
    ['complex64', 'NaN'],
    ['r16', [1, 256]],
    ['r16', [1]],
    ['r16', '===='],
    ['r16', 'AAAA'],
  ])('refuses for a %j the fill value %o', (type, value) => {
    expect(() => parseFill(value, v3(type), place)).toThrow(FormatError);
  });

  it('refuses a fill value of different bytes, because the fill value is a single element', () => {
    expect(() => parseFill('YWI=', v2('|S5'), place)).toThrow(UnsupportedError);
    expect(() => parseFill('YQ==', v2('|S5'), place)).toThrow(UnsupportedError);
    expect(parseFill('YQ==', v2('|S1'), place)).toBe(97);
    expect(parseFill('YWE=', v2('|S2'), place)).toBe(97);
  });
});

describe('data types', () => {
  it.each([
    ['|b1', 'bool', 'little', null],
    ['|u1', 'uint8', 'little', null],
    ['<i2', 'int16', 'little', null],
    ['>f4', 'float32', 'big', null],
    ['<f2', 'float16', 'little', null],
    ['>c16', 'complex128', 'big', null],
    ['<M8[ns]', 'int64', 'little', null],
    ['|S7', 'uint8', 'little', 7],
    ['|V3', 'uint8', 'little', 3],
    ['>U4', 'uint32', 'big', 4],
  ])('reads the NumPy type %s as %s', (text, dtype, byteOrder, width) => {
    const type = parseTypeV2(text, place);
    expect([type.element.dtype, type.byteOrder, type.element.width]).toEqual([dtype, byteOrder, width]);
  });

  it('returns the unit of dates and durations', () => {
    expect(v2('<M8[10ns]').unit).toBe('datetime64[10ns]');
    expect(v2('>m8[s]').unit).toBe('timedelta64[s]');
    expect(v2('<M8').unit).toBe('datetime64');
    const configuration = { unit: 'us', scale_factor: 25 };
    expect(v3({ name: 'numpy.datetime64', configuration }).unit).toBe('datetime64[25us]');
  });

  it('describes records of version 2, also nested ones', () => {
    const type = parseTypeV2(
      [
        ['a', '>i4'],
        [
          'p',
          [
            ['w', '<f8', [2]],
            ['s', '|S3'],
          ],
        ],
      ],
      place,
    );
    expect(type.element).toMatchObject({ kind: 'record', dtype: 'uint8', width: 23 });
    expect(type.element.record?.fields).toMatchObject([
      { name: 'a', offset: 0, type: { dtype: 'int32', byteOrder: 'big' } },
      { name: 'p', offset: 4, type: { kind: 'record', size: 19 } },
    ]);
  });

  it('describes records of version 3 in both forms', () => {
    const inner = {
      name: 'structured',
      configuration: {
        fields: [
          ['w', 'float64'],
          ['t', { name: 'r16' }],
        ],
      },
    };
    const fields = [
      { name: 'a', data_type: 'int16' },
      { name: 'p', data_type: inner },
    ];
    const { record } = v3({ name: 'struct', configuration: { fields } });
    expect(record).toMatchObject({ size: 12 });
    expect(record === undefined ? [] : fieldNames(record)).toEqual(['a', 'p.w', 'p.t']);
  });

  it.each<[Json, RegExp]>([
    [[], /fields/],
    [
      [
        ['a', '|S0'],
        ['a', '<i4'],
      ],
      /distinct names/,
    ],
    [[['a']], /a name and a dtype/],
  ])('reports the damaged v2 record %j', (type, message) => {
    expect(() => parseTypeV2(type, place)).toThrow(FormatError);
    expect(() => parseTypeV2(type, place)).toThrow(message);
  });

  it.each<[Json, RegExp]>([
    [[], /fields/],
    [
      [
        ['a', 'int8'],
        ['a', 'int8'],
      ],
      /distinct names/,
    ],
    [[['a']], /data_type/],
    [[1], /fields/],
    [
      [
        ['a', { name: 'r8589934592' }],
        ['b', { name: 'r8589934592' }],
      ],
      /less than 2 GiB/,
    ],
  ])('reports the damaged fields %j of version 3', (fields, message) => {
    const type = { name: 'structured', configuration: { fields } };
    expect(() => v3(type)).toThrow(FormatError);
    expect(() => v3(type)).toThrow(message);
  });

  it.each<[Json, RegExp]>([
    ['|O', /objects/],
    ['<f16', /<f16/],
    ['<c32', /<c32/],
    ['|S0', /S0/],
    ['<i3', /i3/],
  ])('refuses the v2 type %j by name', (type, message) => {
    expect(() => parseTypeV2(type, place)).toThrow(UnsupportedError);
    expect(() => parseTypeV2(type, place)).toThrow(message);
  });

  it.each<[Json, RegExp]>([
    ['json', /'json'/],
    ['complex_bfloat16', /'complex_bfloat16'/],
    ['int3', /'int3'/],
    ['r12', /'r12'/],
  ])('refuses the v3 type %j by name', (type, message) => {
    expect(() => v3(type)).toThrow(UnsupportedError);
    expect(() => v3(type)).toThrow(message);
  });

  it.each<Json>([5, null, 'i', '', '<i4x', '<<i4'])('throws a FormatError for the v2 type %j', (type) => {
    expect(() => parseTypeV2(type, place)).toThrow(/\/store\/zarr\.json/);
  });
});
