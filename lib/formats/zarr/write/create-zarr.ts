/**
 * Creates the metadata documents of Zarr v2 and v3 stores.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html
 * @module
 */
import { type ByteOrder, type DType, dtypeInfo } from '../../../core/dtype.js';
import type { FillValue } from '../../../core/fill.js';
import { product } from '../../../core/numbers.js';
import { expected, type Fields } from '../../../core/validate.js';
import { jsonText } from '../../json-text.js';
import type { NewArray, NewStore } from '../../new-array.js';
import { checkedFillValue, checkedNewBytes, chooseChunkShape } from '../../new-array-checks.js';
import { numpyDtype } from '../../npy/write-npy.js';
import { maxIndexBytes } from '../shard-index.js';
import { codecMetadata } from './codec-options.js';

const optionKeys = [
  'array',
  'attributes',
  'byteOrder',
  'chunkShape',
  'codecs',
  'dimensionNames',
  'fillValue',
  'shardShape',
  'zarrFormat',
];

/** Names of the documents of v2. */
const v2 = { array: '.zarray', group: '.zgroup', attributes: '.zattrs', consolidated: '.zmetadata' } as const;

/** Validated options of a new array. */
interface ZarrArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  /** Shape of a shard, which is a file of several chunks; null if each chunk is a file. */
  readonly shardShape: readonly number[] | null;
  readonly byteOrder: ByteOrder;
  readonly fillValue: FillValue;
  readonly codecs: readonly Readonly<Record<string, unknown>>[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dimensionNames: readonly (string | null)[] | null;
}

/** Returns the metadata documents of a store with one array. @throws {TypeError} naming an option that is invalid. */
export function createZarr({ shape, dtype, options }: NewArray): NewStore {
  options.onlyKnown(optionKeys, 'a new array of the format zarr');
  const version = zarrFormat(options);
  const name = arrayName(options);
  checkedNewBytes(shape, dtype);
  const array: ZarrArray = {
    shape,
    dtype,
    ...chunksOf(options, shape, dtype, version),
    byteOrder: options.byteOrder('byteOrder', 'little'),
    fillValue: checkedFillValue(options, dtype),
    codecs: codecMetadata(options.raw('codecs'), version, dtypeInfo(dtype).size),
    attributes: options.record('attributes'),
    dimensionNames: options.dimensionNames('dimensionNames', shape.length),
  };
  const documents = version === 3 ? documentsV3(array, name) : documentsV2(array, name);
  const encoder = new TextEncoder();
  return {
    kind: 'store',
    documents: new Map([...documents].map(([path, content]) => [path, encoder.encode(jsonText(content))])),
    markers: ['zarr.json', v2.array, v2.group],
    array: name,
  };
}

function zarrFormat(options: Fields): 2 | 3 {
  const version = options.raw('zarrFormat') ?? 3;
  if (version !== 2 && version !== 3) throw options.error('2 or 3', 'zarrFormat');
  return version;
}

/** Returns the path of the array in the store, without slashes at its ends. */
function arrayName(options: Fields): string {
  if (!options.has('array')) return '';
  const steps = options.string('array').split('/');
  const first = steps.findIndex((step) => step !== '');
  if (first < 0) return '';
  const inner = steps.slice(first, steps.findLastIndex((step) => step !== '') + 1);
  const name = inner.join('/');
  const isReserved = (step: string): boolean => step === '' || /^\.+$/.test(step) || step.startsWith('__');
  if (name.includes('\0') || inner.some(isReserved)) throw options.error('a path such as group/array', 'array');
  return name;
}

/** Returns the shapes of chunks and shards. */
function chunksOf(
  options: Fields,
  shape: readonly number[],
  dtype: DType,
  version: 2 | 3,
): Pick<ZarrArray, 'chunkShape' | 'shardShape'> {
  const isChosen = options.has('chunkShape');
  const rank = shape.length;
  if (!options.has('shardShape')) {
    const chunkShape = isChosen ? options.shape('chunkShape', 1, rank) : chooseChunkShape(shape, dtype, 'any size');
    return { chunkShape, shardShape: null };
  }
  if (version === 2) throw options.error('no shards for Zarr v2', 'shardShape');
  const shardShape = options.shape('shardShape', 1, rank);
  const chunkShape = isChosen ? options.shape('chunkShape', 1, rank) : chooseChunkShape(shardShape, dtype, 'divisors');
  if (shardShape.some((length, d) => length % (chunkShape[d] ?? 1) !== 0)) {
    throw options.error(`multiples of the chunk shape [${chunkShape.join(', ')}]`, 'shardShape');
  }
  const counts = shardShape.map((length, d) => length / (chunkShape[d] ?? 1));
  if (product(counts, 16) > maxIndexBytes) {
    throw options.error(`shards of at most ${maxIndexBytes / 16} chunks`, 'shardShape');
  }
  return { chunkShape, shardShape };
}

/** Returns the paths of the groups that contain the array `name`, the root first. */
function groupsOf(name: string): readonly string[] {
  if (name === '') return [];
  const steps = name.split('/');
  return steps.map((_, i) => steps.slice(0, i).join('/'));
}

const inside = (group: string, document: string): string => (group === '' ? document : `${group}/${document}`);

/** Returns the codec of shards. As by default in zarr-python, the index is at the end of a shard and has a checksum. */
function shardingCodec(chunkShape: readonly number[], codecs: readonly unknown[]): Readonly<Record<string, unknown>> {
  return {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: chunkShape,
      codecs,
      index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }],
      index_location: 'end',
    },
  };
}

function arrayV3(array: ZarrArray): Readonly<Record<string, unknown>> {
  const { shape, dtype, chunkShape, shardShape, byteOrder, fillValue, codecs, attributes, dimensionNames } = array;
  const hasOrder = dtypeInfo(dtype).swapSize > 1;
  const chain = [hasOrder ? { name: 'bytes', configuration: { endian: byteOrder } } : { name: 'bytes' }, ...codecs];
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: shardShape ?? chunkShape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: fillValue,
    codecs: shardShape === null ? chain : [shardingCodec(chunkShape, chain)],
    attributes,
    ...(dimensionNames === null ? {} : { dimension_names: dimensionNames }),
  };
}

function documentsV3(array: ZarrArray, name: string): ReadonlyMap<string, unknown> {
  const document = arrayV3(array);
  const group = { zarr_format: 3, node_type: 'group', attributes: {} };
  const [root, ...inner] = groupsOf(name);
  if (root === undefined) return new Map([['zarr.json', document]]);
  const metadata = Object.fromEntries([...inner.map((path) => [path, group] as const), [name, document] as const]);
  const consolidated = { kind: 'inline', must_understand: false, metadata };
  return new Map<string, unknown>([
    ['zarr.json', { ...group, consolidated_metadata: consolidated }],
    ...inner.map((path) => [inside(path, 'zarr.json'), group] as const),
    [inside(name, 'zarr.json'), document],
  ]);
}

function documentsV2(array: ZarrArray, name: string): ReadonlyMap<string, unknown> {
  const { shape, dtype, chunkShape, byteOrder, fillValue, codecs, attributes, dimensionNames } = array;
  const compressor = codecs.at(-1) ?? null;
  const document = {
    zarr_format: 2,
    shape,
    chunks: chunkShape,
    dtype: numpyDtype(dtype, byteOrder),
    fill_value: fillValue,
    order: 'C',
    dimension_separator: '.',
    filters: codecs.length < 2 ? null : codecs.slice(0, -1),
    compressor,
  };
  if (dimensionNames?.includes(null) === true) {
    throw expected('a name for each dimension, or no names, for Zarr v2', 'options.dimensionNames', dimensionNames);
  }
  // The names are stored as xarray stores them.
  const own = { ...attributes, ...(dimensionNames === null ? {} : { _ARRAY_DIMENSIONS: dimensionNames }) };
  const documents = new Map<string, unknown>();
  for (const path of groupsOf(name)) documents.set(inside(path, v2.group), { zarr_format: 2 });
  documents.set(inside(name, v2.array), document);
  documents.set(inside(name, v2.attributes), own);
  if (name !== '') {
    const metadata = Object.fromEntries(documents);
    documents.set(v2.consolidated, { zarr_consolidated_format: 1, metadata });
  }
  return documents;
}
