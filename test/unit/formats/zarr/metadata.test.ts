import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../../../lib/core/errors.js';
import { TemporaryDirectory } from '../../../support/temporary.js';
import { arrayV2, arrayV3, locate, openZarr, writeFiles } from '../../../support/zarr-store.js';

const root = new TemporaryDirectory().path;
let count = 0;

function store(files: Readonly<Record<string, object | string>>): string {
  count += 1;
  return writeFiles(`${root}/${count}.zarr`, files);
}

function openV2(changes: object, attributes: object | null = null) {
  return openZarr(store({ '.zarray': arrayV2(changes), ...(attributes === null ? {} : { '.zattrs': attributes }) }));
}

function openV3(changes: object) {
  return openZarr(store({ 'zarr.json': arrayV3(changes) }));
}

function template(array: ReturnType<typeof openZarr>) {
  return locate(
    array,
    array.shape.map(() => [0]),
  );
}

describe('the description of a Zarr array', () => {
  it('describes a v2 array', () => {
    const array = openV2({ dtype: '>f4', fill_value: 'NaN' }, { _ARRAY_DIMENSIONS: ['y', 'x'], units: 'K' });
    expect(array).toMatchObject({
      format: 'zarr',
      name: '',
      shape: [4, 6],
      chunkShape: [2, 3],
      dtype: 'float32',
      fillValue: Number.NaN,
      dimensionNames: ['y', 'x'],
      attributes: { units: 'K', _ARRAY_DIMENSIONS: ['y', 'x'] },
      scaling: null,
      guardedFiles: [`${array.path}/.zarray`],
    });
  });

  it('describes a v3 array', () => {
    const array = openV3({ dimension_names: ['y', null], attributes: { scale_factor: 0.5, add_offset: 2, n: NaN } });
    expect(array).toMatchObject({
      shape: [4, 6],
      dtype: 'int16',
      dimensionNames: ['y', null],
      scaling: { scale: 0.5, offset: 2 },
      guardedFiles: [`${array.path}/zarr.json`],
    });
  });

  it('has no dimension names if the v2 attribute does not fit the array', () => {
    expect(openV2({}, { _ARRAY_DIMENSIONS: ['y'] }).dimensionNames).toBeNull();
    expect(openV2({}, { _ARRAY_DIMENSIONS: ['y', 1] }).dimensionNames).toBeNull();
    expect(openV2({}).dimensionNames).toBeNull();
  });

  it('has no scaling if the attributes are not numbers', () => {
    expect(openV2({}, { scale_factor: '2' }).scaling).toBeNull();
    expect(openV2({}, { add_offset: -1 }).scaling).toEqual({ scale: 1, offset: -1 });
  });

  it('adds a dimension for the bytes of a string', () => {
    const array = openV2({ dtype: '|S5', fill_value: '', order: 'F' }, { _ARRAY_DIMENSIONS: ['y', 'x'] });
    expect(array).toMatchObject({
      dtype: 'uint8',
      shape: [4, 6, 5],
      chunkShape: [2, 3, 5],
      dimensionNames: ['y', 'x', null],
      attributes: { zarr: { elementKind: 'bytes' } },
    });
  });

  it.each<[string, string, unknown]>([
    ['<f4', '0.0', 0],
    ['<f4', '-1.5e3', -1500],
    ['<f8', 'nan', Number.NaN],
    ['<f8', 'NaN', Number.NaN],
    ['<f4', '-inf', Number.NEGATIVE_INFINITY],
    ['<f4', '+Infinity', Number.POSITIVE_INFINITY],
    ['<i2', '-7', -7],
    ['<i2', '+7', 7],
    ['<u8', '18446744073709551615', 2n ** 64n - 1n],
    ['<f8', '0x7ff0000000000000', Number.POSITIVE_INFINITY],
  ])('reads the fill value of a v2 array of %s from the text %j, as NumPy does', (dtype, text, value) => {
    expect(openV2({ dtype, fill_value: text }).fillValue).toEqual(value);
  });

  it.each([
    ['<f4', ''],
    ['<f4', '1 '],
    ['<f4', '.'],
    ['<f4', '(1+0j)'],
    ['<i2', 'nan'],
    ['<i2', '1.5'],
    ['<i2', '40000'],
  ])('throws a FormatError for a v2 array of %s with the fill value %j', (dtype, text) => {
    expect(() => openV2({ dtype, fill_value: text })).toThrow(FormatError);
  });

  it('returns dates as int64 with their unit', () => {
    const array = openV2({ dtype: '<M8[ns]', fill_value: null });
    expect(array).toMatchObject({ dtype: 'int64', fillValue: null, attributes: { zarr: { unit: 'datetime64[ns]' } } });
  });

  it('does not overwrite attributes of the user', () => {
    expect(openV2({}, { zarr: 'mine' }).attributes['zarr']).toBe('mine');
  });

  it.each<[string, object, readonly string[], readonly number[]]>([
    ['v2', {}, ['', '.', ''], [0, 1]],
    ['v2 with "/"', { dimension_separator: '/' }, ['', '/', ''], [0, 1]],
    ['v2 of rank 0', { shape: [], chunks: [] }, ['0'], []],
  ])('names the chunk files of %s', (_, changes, literals, dimensions) => {
    const array = openV2(changes);
    const fields = dimensions.map((dimension) => ({ dimension, width: 0 }));
    expect(template(array)).toEqual({
      kind: 'template',
      directory: array.path,
      literals,
      fields,
      offset: 0,
      isDoubtful: true,
    });
  });

  it.each<[unknown, readonly string[]]>([
    [{ name: 'default', configuration: { separator: '/' } }, ['c/', '/', '']],
    [{ name: 'default', configuration: { separator: '.' } }, ['c.', '.', '']],
    [{ name: 'default' }, ['c/', '/', '']],
    ['default', ['c/', '/', '']],
    [{ name: 'v2', configuration: { separator: '/' } }, ['', '/', '']],
    [{ name: 'v2' }, ['', '.', '']],
    ['v2', ['', '.', '']],
  ])('names the chunk files of the key encoding %j', (encoding, literals) => {
    expect(template(openV3({ chunk_key_encoding: encoding }))).toMatchObject({ literals });
  });

  it('names the chunk file of a v3 array of rank 0', () => {
    const grid = { name: 'regular', configuration: { chunk_shape: [] } };
    expect(template(openV3({ shape: [], chunk_grid: grid }))).toMatchObject({ literals: ['c'], fields: [] });
  });

  it('does not use the dimension of string bytes in the names of chunk files', () => {
    expect(template(openV2({ dtype: '|S5', fill_value: '' }))).toMatchObject({ literals: ['', '.', ''] });
  });

  it('accepts chunks of size 0 only in dimensions of size 0', () => {
    expect(openV2({ shape: [0, 6], chunks: [0, 3] }).chunkShape).toEqual([1, 3]);
    expect(() => openV2({ shape: [1, 6], chunks: [0, 3] })).toThrow(FormatError);
  });

  it.each<[string, object, RegExp]>([
    ['a member that must be understood', { extra: { must_understand: true } }, /'extra'/],
    ['an unknown member without must_understand', { extra: 1 }, /'extra'/],
    ['a storage transformer', { storage_transformers: [{ name: 'crypt' }] }, /"crypt"/],
    ['a rectilinear grid', { chunk_grid: { name: 'rectilinear', configuration: {} } }, /'rectilinear'/],
    ['a key encoding', { chunk_key_encoding: { name: 'hashed' } }, /'hashed'/],
    ['too many dimensions', { shape: new Array(33).fill(1) }, /33 dimensions/],
  ])('refuses by name %s', (_, changes, message) => {
    expect(() => openV3(changes)).toThrow(UnsupportedError);
    expect(() => openV3(changes)).toThrow(message);
  });

  it('ignores members that need not be understood', () => {
    const ignorable = { must_understand: false, name: 'x' };
    expect(openV3({ extra: ignorable, storage_transformers: [ignorable] }).shape).toEqual([4, 6]);
    expect(openV3({ storage_transformers: [] }).shape).toEqual([4, 6]);
  });

  it.each<[string, object]>([
    ['no fill value', { fill_value: undefined }],
    ['the fill value null', { fill_value: null }],
    ['another node type', { node_type: 'table' }],
    ['another version', { zarr_format: 2 }],
    ['no shape', { shape: undefined }],
    ['names of another rank', { dimension_names: ['x'] }],
    ['a grid of another rank', { chunk_grid: { name: 'regular', configuration: { chunk_shape: [2] } } }],
    ['a grid without a shape', { chunk_grid: 'regular' }],
    ['a wrong separator', { chunk_key_encoding: { name: 'default', configuration: { separator: '//' } } }],
    ['attributes that are not an object', { attributes: [] }],
    ['storage transformers that are not a list', { storage_transformers: {} }],
  ])('throws a FormatError for a document with %s', (_, changes) => {
    expect(() => openV3(changes)).toThrow(FormatError);
  });

  it('refuses drafts older than the specification by name', () => {
    const draft = { zarr_format: 'https://purl.org/zarr/spec/protocol/core/3.0', metadata_key_suffix: '.json' };
    expect(() => openV3({ ...draft, node_type: undefined })).toThrow(
      /Not supported: a draft of Zarr v3 from before 2023 \(.*zarr\.json\)/,
    );
  });

  it('reports the file and the member of a damaged document', () => {
    expect(() => openV3({ zarr_format: 2 })).toThrow("Expected the integer 3 for 'zarr_format', found 2");
    expect(() => openV3({ shape: [4, 'x'] })).toThrow(
      /Expected an integer of at least 0 for 'shape\[1\]', found "x" \(.*zarr\.json\)/,
    );
  });
});
