/**
 * Parses the attributes of N5 datasets, and creates their descriptors. An array has the dimensions in the order of the
 * file, in which the first dimension is the fastest.
 * @see https://github.com/saalfeldlab/n5 (File-system specification)
 * @module
 */
import { type CodecSpec, wrappedCodec } from '../../codecs/codec.js';
import { type DType, dtypeInfo } from '../../core/dtype.js';
import { UnsupportedError } from '../../core/errors.js';
import { maxRank } from '../../core/limits.js';
import { product } from '../../core/numbers.js';
import { ready } from '../../io/io.js';
import { columnMajor } from '../../plan/layout.js';
import type { TemplateLocations } from '../../plan/locations.js';
import type { ArrayDescriptor } from '../format.js';
import { wholeLayer } from '../whole-layer.js';
import { asArray, asInteger, asObject, asString, fieldError, inside, type Place, show } from '../zarr/fields.js';
import type { Json, JsonObject } from '../zarr/json.js';

const types: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
  ['uint32', 'uint32'],
  ['uint64', 'uint64'],
  ['int8', 'int8'],
  ['int16', 'int16'],
  ['int32', 'int32'],
  ['int64', 'int64'],
  ['float32', 'float32'],
  ['float64', 'float64'],
]);

/** Advice for types and compressions that are not supported. */
const convertHint = 'Convert the dataset with n5-utils, or to Zarr';

/** Attributes that describe a dataset; all others are the user's. */
const ownAttributes: ReadonlySet<string> = new Set([
  'n5',
  'dimensions',
  'blockSize',
  'dataType',
  'compression',
  'compressionType',
]);

/** Maximum size of a block in bytes, which the specification sets. */
const maxBlockBytes = 2 ** 31 - 1;

/** True if these are the attributes of a dataset. */
export function isDataset(attributes: JsonObject): boolean {
  return Object.hasOwn(attributes, 'dimensions') && Object.hasOwn(attributes, 'dataType');
}

/** Returns the attributes without those that N5 itself defines. */
export function userAttributes(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !ownAttributes.has(name)));
}

/** Location of a dataset. */
export interface DatasetLocation {
  /** Path that the caller opened. */
  readonly root: string;
  /** Name of the dataset in the store; '' if it is the root. */
  readonly name: string;
  readonly directory: string;
  /** Path of the file with the attributes. */
  readonly document: string;
}

/**
 * Returns the descriptor of a dataset.
 * @throws {FormatError} if the attributes are damaged. @throws {UnsupportedError} if a feature is not supported.
 */
export function describeDataset(attributes: JsonObject, location: DatasetLocation): ArrayDescriptor {
  const { root, name, directory, document } = location;
  const place: Place = { path: document, field: '' };
  const { dimensions, blockSize, dataType } = attributes;
  const shape = sizesOf(dimensions, inside(place, 'dimensions'), 0);
  const blockPlace = inside(place, 'blockSize');
  const chunkShape = sizesOf(blockSize, blockPlace, 1);
  if (chunkShape.length !== shape.length) throw fieldError(blockPlace, `${shape.length} sizes`, blockSize);
  const typeName = asString(dataType, inside(place, 'dataType'));
  const dtype = types.get(typeName);
  if (dtype === undefined) throw new UnsupportedError(`the N5 data type ${show(typeName)}`, document, convertHint);
  const elementBytes = dtypeInfo(dtype).size;
  if (product(chunkShape, elementBytes) > maxBlockBytes) {
    throw fieldError(blockPlace, 'a block of less than 2 GiB', blockSize);
  }
  const { type, codec } = compressionOf(attributes, place);
  const block = wrappedCodec('n5Block', [elementBytes, chunkShape.length, ...chunkShape], codec);
  const axisOrder = columnMajor(shape.length);
  const layout = { dtype, byteOrder: 'big', axisOrder, edge: 'full', codecs: [block] } as const;
  const index = { locate: () => ready(() => blockTemplate(directory, shape.length)) };
  const layer = wholeLayer(shape, chunkShape, layout, index);
  return {
    format: 'n5',
    path: root,
    name,
    shape,
    dtype,
    chunkShape,
    fillValue: 0,
    dimensionNames: axisNames(attributes['axes'], shape.length),
    attributes: { n5: { compression: type }, ...userAttributes(attributes) },
    scaling: null,
    guardedFiles: [document],
    notWritable: 'N5 blocks',
    layers: () => ready(() => [layer]),
  };
}

/** Parses a list of sizes, one per dimension. */
function sizesOf(value: Json | undefined, place: Place, low: number): number[] {
  const list = asArray(value, place);
  if (list.length === 0) throw fieldError(place, 'at least one size', value);
  if (list.length > maxRank) {
    throw new UnsupportedError(`an N5 dataset of ${list.length} dimensions (more than ${maxRank})`, place.path);
  }
  return list.map((item, d) => asInteger(item, inside(place, d), low));
}

/** Returns the template of the names of blocks, such as `0/4/1`. */
function blockTemplate(directory: string, rank: number): TemplateLocations {
  const literals = ['', ...new Array<string>(rank - 1).fill('/'), ''];
  const fields = Array.from({ length: rank }, (_, dimension) => ({ dimension, width: 0 }));
  return { kind: 'template', directory, literals, fields, offset: 0, isDoubtful: true };
}

/** Returns the compression by name, and its codec; null if blocks are not compressed. */
function compressionOf(attributes: JsonObject, place: Place): { type: string; codec: CodecSpec | null } {
  // Before version 1.1, a text named the compression.
  const old = attributes['compressionType'];
  const isOld = attributes['compression'] === undefined && old !== undefined;
  const at = inside(place, isOld ? 'compressionType' : 'compression');
  const config = isOld ? {} : asObject(attributes['compression'], at);
  const type = isOld ? asString(old, at) : asString(config['type'], inside(at, 'type'));
  switch (type) {
    case 'raw':
      return { type, codec: null };
    case 'gzip':
      return { type, codec: { codec: config['useZlib'] === true ? 'zlib' : 'gzip', params: [] } };
    case 'bzip2':
      return { type, codec: { codec: 'bzip2', params: [] } };
    case 'lz4':
      return { type, codec: { codec: 'lz4Java', params: [] } };
    case 'xz':
      return { type, codec: { codec: 'lzma', params: [] } };
    case 'blosc':
      return { type, codec: { codec: 'blosc', params: [] } };
    case 'zstd':
      return { type, codec: { codec: 'zstd', params: [] } };
    default:
      throw new UnsupportedError(`the N5 compression ${show(type)}`, place.path, convertHint);
  }
}

/** Returns the names of the dimensions in the attribute `axes`; null if there is no such list of names. */
function axisNames(axes: Json | undefined, rank: number): string[] | null {
  if (!Array.isArray(axes) || axes.length !== rank) return null;
  const list: readonly Json[] = axes;
  const isName = (name: Json): name is string => typeof name === 'string';
  return list.every(isName) ? [...list] : null;
}
