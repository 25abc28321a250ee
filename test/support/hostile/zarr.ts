/**
 * Creates hostile Zarr stores of both versions.
 * @module
 */
import { arrayV2, arrayV3 } from '../zarr-store.js';
import { growingBytes, growingValue, type HostileCase, listed, repeated, variant } from './case.js';
import { hostileJson } from './json.js';
import { valueCases } from './zarr-values.js';

const path = '/s';

/** Returns the document as JSON, with `text` as the value of the member `name`. `text` need not be JSON. */
function withMember(document: object, name: string, text: string): string {
  const marker = '\u0001';
  return JSON.stringify({ ...document, [name]: marker }).replace(JSON.stringify(marker), () => text);
}

const members = (file: string, document: object, names: readonly string[]): HostileCase[] =>
  names.flatMap((name) =>
    hostileJson.map((value) =>
      variant(
        growingBytes(`${file}, ${name}: ${value.name}`, path, (size, random) => ({
          [`${path}/${file}`]: withMember(document, name, value.make(size, random)),
        })),
      ),
    ),
  );

const v2 = ['shape', 'chunks', 'dtype', 'compressor', 'fill_value', 'order', 'filters', 'dimension_separator'];
const v3 = [
  'shape',
  'data_type',
  'chunk_grid',
  'chunk_key_encoding',
  'fill_value',
  'codecs',
  'attributes',
  'storage_transformers',
  'dimension_names',
  'unknown',
];

const bytesCodec = '{"name":"bytes","configuration":{"endian":"little"}}';
const sharding = (inner: string, chunkShape = '[1,1]'): string =>
  `{"name":"sharding_indexed","configuration":{"chunk_shape":${chunkShape},"codecs":[${inner}],"index_codecs":[${bytesCodec}]}}`;

const big = { chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 6] } } };
const value = (name: string, changes: (size: number) => object): HostileCase =>
  growingValue(name, path, (size) => ({ [`${path}/zarr.json`]: JSON.stringify(arrayV3(changes(size))) }));

/** Creates a hostile image, whose metadata `make` returns as JSON; its levels are the array `a`. */
const image = (name: string, make: (size: number) => string): HostileCase => ({
  ...growingBytes(`the image: ${name}`, path, (size) => ({
    [`${path}/zarr.json`]: `{"zarr_format":3,"node_type":"group","attributes":{"ome":{"multiscales":[${make(size)}]}}}`,
    [`${path}/a/zarr.json`]: JSON.stringify(arrayV3()),
  })),
  options: { level: 0 },
});
const level = (more = ''): string => `{"path":"a"${more}}`;

/** Hostile cases of Zarr. */
export const zarrCases: readonly HostileCase[] = [
  image('levels', (size) => `{"datasets":[${listed(size, () => level())}]}`),
  image('images', (size) => listed(size, () => `{"datasets":[${level()}]}`)),
  image('axes', (size) => `{"datasets":[${level()}],"axes":[${listed(size, () => '"x"')}]}`),
  image('the name of an axis', (size) => `{"datasets":[${level()}],"axes":["y","${repeated('x', size)}"]}`),
  image('the path of a level', (size) => `{"datasets":[{"path":"${repeated('a/', size)}"}]}`),
  image('transformations', (size) => {
    const list = listed(size, () => '{"type":"scale","scale":[2,2]}');
    return `{"datasets":[${level(`,"coordinateTransformations":[${list}]`)}]}`;
  }),
  image('a scale', (size) => {
    const list = listed(size, () => '2');
    return `{"datasets":[${level(`,"coordinateTransformations":[{"type":"scale","scale":[${list}]}]`)}]}`;
  }),
  ...members('.zarray', arrayV2(), v2),
  ...members('.zarray', arrayV2({ dtype: '|S8' }), ['fill_value']),
  ...members('.zarray', arrayV2({ dtype: '<U8' }), ['fill_value']),
  ...members('zarr.json', arrayV3(), v3),
  ...members('zarr.json', arrayV3({ data_type: 'complex64' }), ['fill_value']),
  ...hostileJson.map(({ name, make }) =>
    growingBytes(`.zattrs: ${name}`, path, (size, random) => ({
      [`${path}/.zarray`]: JSON.stringify(arrayV2()),
      [`${path}/.zattrs`]: make(size, random),
    })),
  ),
  growingBytes('.zattrs, _ARRAY_DIMENSIONS', path, (size) => ({
    [`${path}/.zarray`]: JSON.stringify(arrayV2()),
    [`${path}/.zattrs`]: `{"_ARRAY_DIMENSIONS":[${listed(size, (i) => `"d${i}"`)}]}`,
  })),
  growingBytes('filters', path, (size) => ({
    [`${path}/.zarray`]: withMember(
      arrayV2(),
      'filters',
      `[${listed(size, () => '{"id":"shuffle","elementsize":2}')}]`,
    ),
  })),
  growingBytes('codecs', path, (size) => ({
    [`${path}/zarr.json`]: withMember(
      arrayV3(),
      'codecs',
      `[${bytesCodec},${listed(size, () => '{"name":"crc32c"}')}]`,
    ),
  })),
  growingBytes('shards inside each other', path, (size) => {
    let codecs = bytesCodec;
    for (let depth = 0; depth < Math.min(size / 500, 80); depth += 1) codecs = sharding(codecs);
    return { [`${path}/zarr.json`]: withMember(arrayV3(big), 'codecs', `[${codecs}]`) };
  }),
  growingBytes('the index of a shard', path, (size) => {
    const side = Math.floor(Math.sqrt(size / 16));
    const grid = { shape: [side, side], chunk_grid: { name: 'regular', configuration: { chunk_shape: [side, side] } } };
    return {
      [`${path}/zarr.json`]: withMember(arrayV3(grid), 'codecs', `[${sharding(bytesCodec)}]`),
      [`${path}/c/0/0`]: new Uint8Array(side * side * 16).fill(1),
    };
  }),
  growingBytes('consolidated metadata', path, (size) => ({
    [`${path}/zarr.json`]: `{"zarr_format":3,"node_type":"group","attributes":{},"consolidated_metadata":{"kind":"inline","must_understand":false,"metadata":{${listed(size, (i) => `"a${i}":${JSON.stringify(arrayV3())}`)}}}}`,
  })),
  growingBytes('children of a group', path, (size) => {
    const files: Record<string, string> = { [`${path}/.zgroup`]: '{"zarr_format":2}' };
    for (let i = 0; i < Math.min(size / 100, 5000); i += 1) files[`${path}/a${i}/.zgroup`] = '{"zarr_format":2}';
    return files;
  }),
  growingBytes('the name of a data type', path, (size) => ({
    [`${path}/.zarray`]: withMember(arrayV2(), 'dtype', `"<M8[${repeated('1', size)}ns]"`),
  })),
  value('shape', (size) => ({ shape: [size * 1e9, size * 1e9] })),
  value('an axis', (size) => ({ shape: [size, 6] })),
  value('chunk_shape', (size) => ({
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [size * 1e4, size * 1e4] } },
  })),
  value('inner chunks of a shard', (size) => ({
    shape: [size, size],
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [size, size] } },
    codecs: [JSON.parse(sharding(bytesCodec)) as object],
  })),
  ...valueCases,
];
