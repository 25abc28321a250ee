/**
 * `/h5grove`: the REST API of h5grove 4, which h5web and JupyterLab's extension for HDF5 use, for every format.
 * @see https://silx-kit.github.io/h5grove/reference.html
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type ByteOrder, type DType, dtypeInfo } from '../../core/dtype.js';
import { product } from '../../core/numbers.js';
import type { StoredType } from '../../core/stored-type.js';
import { swapBytes } from '../../core/swap-bytes.js';
import type { ArrayDescriptor } from '../../formats/descriptor.js';
import { npyHeader, numpyDtype } from '../../formats/npy/write-npy.js';
import { elementsBody } from '../api/element-body.js';
import { checkJsonSize } from '../api/elements.js';
import type { ApiSource } from '../api/endpoint.js';
import { jsonReply } from '../api/endpoint.js';
import { encodePieces, jsonPieceBytes, nestedText, type TextOf } from '../api/json-pieces.js';
import { listedBody } from '../api/listed.js';
import { choice, optionalText, parseQuery, text, type Values } from '../api/parameters.js';
import { elementsContent, heldBody } from '../held-body.js';
import { HttpError, notFound, type Problem } from '../http/problem.js';
import type { Reply } from '../http/reply.js';
import { elementKind, type ListedKind, readListed } from '../listed-elements.js';
import { textOfNumbers } from '../listed-json.js';
import { attributeValues } from './attributes.js';
import { csvBody } from './csv.js';
import { describeType } from './datatypes.js';
import {
  attributesOf,
  describeEntity,
  findEntity,
  type LinkResolution,
  linkResolutions,
  listPaths,
  type Place,
} from './entities.js';
import { statistics } from './statistics.js';
import { tiffHeader } from './tiff.js';
import { toPlainJson } from './types.js';

const object = {
  file: text('Path of the file below the served directory'),
  path: optionalText('Path of the object in the file. Default: the root'),
} as const;

const linkParameters = {
  ...object,
  resolve_links: optionalText(
    'Links to follow: none, only_valid (those with a target; the default) or all. true means all, and false means none',
  ),
} as const;

const dataParameters = {
  ...object,
  selection: optionalText('Selection as in NumPy'),
  format: choice('Format of the reply', ['json', 'bin', 'npy', 'csv', 'tiff'], 'json'),
  dtype: choice('safe converts float16 to float32, and to little-endian byte order', ['origin', 'safe'], 'origin'),
  flatten: choice('true for a flat list', ['true', 'false', 'True', 'False'], 'false'),
} as const;

type DataValues = Values<typeof dataParameters>;

/** Creates the reply for a problem: h5web shows the member `message`. */
export function messageReply({ status, detail, headers }: Problem): Reply {
  const reply = jsonReply({ message: detail });
  return { ...reply, status, headers: { ...reply.headers, ...headers } };
}

/** Answers a request. @throws {HttpError} 404 if there is no such route. @throws the errors of `openArray`. */
export async function answerH5grove(
  source: ApiSource,
  steps: readonly string[],
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Reply> {
  switch (steps.join('/')) {
    case '':
      return jsonReply('ok');
    case 'meta': {
      const { place, links } = parseLinked(query);
      return jsonReply(await describeEntity(source, await findEntity(source, place, links, signal), signal));
    }
    case 'attr':
      return await attributesReply(source, query, signal);
    case 'data': {
      const values = parseQuery(dataParameters, query);
      return dataReply(source, await findArrayAt(source, values, signal), values);
    }
    case 'paths': {
      const { place, links } = parseLinked(query);
      return jsonReply(await listPaths(await findEntity(source, place, links, signal), place.path, links, signal));
    }
    case 'stats': {
      const { selection, ...named } = parseQuery({ ...object, selection: dataParameters.selection }, query);
      const array = await findArrayAt(source, named, signal);
      if (elementKind(openedParts(array).descriptor) !== 'number') throw unsupported('Statistics of non-numeric data');
      return jsonReply(await statistics(source, array.view(selection ?? []), signal));
    }
  }
  throw notFound('No such route of h5grove');
}

function placeOf({ file, path }: { readonly file: string; readonly path: string | null }): Place {
  return { file, path: path ?? '/' };
}

/** Parses the parameters of a route that describes links. @throws {HttpError} 422 if `resolve_links` is invalid. */
function parseLinked(query: URLSearchParams): { readonly place: Place; readonly links: LinkResolution } {
  const { resolve_links: given, ...named } = parseQuery(linkParameters, query);
  const text = (given ?? 'only_valid').toLowerCase();
  const links = linkResolutions.find((name) => name === (text === 'true' ? 'all' : text === 'false' ? 'none' : text));
  if (links === undefined) throw unsupported(`Expected one of ${linkResolutions.join(', ')} for \`resolve_links\``);
  return { place: placeOf(named), links };
}

function unsupported(detail: string): HttpError {
  return new HttpError(422, 'UnsupportedError', detail);
}

/** Replies with the attributes that the parameter `attr_keys` names (it may be repeated); without it, with all. */
async function attributesReply(source: ApiSource, query: URLSearchParams, signal: AbortSignal): Promise<Reply> {
  const keys = query.getAll('attr_keys');
  const rest = new URLSearchParams(query);
  rest.delete('attr_keys');
  const entity = await findEntity(source, placeOf(parseQuery(object, rest)), 'only_valid', signal);
  return jsonReply(attributeValues(attributesOf(entity), keys));
}

async function findArrayAt(
  source: ApiSource,
  named: { readonly file: string; readonly path: string | null },
  signal: AbortSignal,
): Promise<ArrayHandle> {
  const place = placeOf(named);
  const entity = await findEntity(source, place, 'only_valid', signal);
  if (entity.kind === 'array') return entity.array;
  throw new HttpError(404, 'NotAnArray', `${place.path} is not a dataset`);
}

/** Media types and names of downloads. */
const downloads = {
  npy: ['application/octet-stream', 'data.npy'],
  csv: ['text/csv', 'data.csv'],
  tiff: ['image/tiff', 'data.tiff'],
} as const;

function headersOf(format: DataValues['format']): Record<string, string> {
  if (format === 'json') return { 'content-type': 'application/json' };
  if (format === 'bin') return { 'content-type': 'application/octet-stream' };
  const [type, name] = downloads[format];
  return { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` };
}

function dataReply(source: ApiSource, array: ArrayHandle, values: DataValues): Reply {
  const { descriptor } = openedParts(array);
  const kind = elementKind(descriptor);
  const { format, dtype } = values;
  if (kind === 'number') return numbersReply(source, array, values);
  if (dtype === 'safe') throw unsupported('Unsupported dtype safe for non-numeric data');
  if (kind === 'none') {
    if (format !== 'json') throw unsupported(`Unsupported encoding ${format} for an empty dataset`);
    return jsonReply(null);
  }
  if (format === 'json') return listedReply(source, array, kind, values);
  // The bytes of references mean nothing outside of the file.
  if (format !== 'bin' || refersToHeap(descriptor)) {
    throw unsupported(`Unsupported encoding ${format} for non-numeric content`);
  }
  return numbersReply(source, array, values);
}

/** True if elements, or fields of them, are references to texts, sequences or objects in the file. */
function refersToHeap({ heapText, chunkText, sequences, records }: ArrayDescriptor): boolean {
  if (heapText !== undefined || chunkText !== undefined || sequences !== undefined) return true;
  const holdsReference = (type: StoredType): boolean => {
    if (type.kind === 'array') return holdsReference(type.base);
    if (type.kind === 'record') return type.fields.some((field) => holdsReference(field.type));
    return type.kind === 'heap-text' || type.kind === 'sequence' || type.kind === 'other';
  };
  return records !== undefined && holdsReference(records.type);
}

function numbersReply(source: ApiSource, array: ArrayHandle, { selection, format, dtype, flatten }: DataValues): Reply {
  const view = array.view(selection ?? []);
  // JavaScript, JSON and CSV have no float16.
  const isWidened = array.dtype === 'float16' && (dtype === 'safe' || format === 'json' || format === 'csv');
  const options: AsyncReadOptions = isWidened ? { as: 'float32' } : {};
  const type: DType = isWidened ? 'float32' : array.dtype;
  const bytes = view.size * dtypeInfo(type).size;
  source.admission.checkSize(bytes);
  const headers = headersOf(format);
  if (format === 'json') return jsonData(source, view, options, flatten.toLowerCase() === 'true');
  if (format === 'csv') {
    if (view.shape.length === 0) throw unsupported('Unsupported encoding csv for empty and scalar datasets');
    if (view.shape.length > 2) throw unsupported('CSV holds one or two dimensions; select a plane');
    return { status: 200, headers, tag: null, body: csvBody(source, view, type, options) };
  }
  const isSwapped = dtype === 'origin' && format !== 'tiff' && isBigEndian(openedParts(array).descriptor);
  const before = headerOf(format, type, isSwapped ? 'big' : 'little', view.shape);
  const body = elementsBody(
    source,
    { array: view, dtype: type, options },
    { before, length: before.length + bytes, id: null, ...(isSwapped ? { encode: swapped(type) } : {}) },
  );
  return { status: 200, headers, tag: null, body };
}

/** True if an HDF5 file stores the numbers of an array in big-endian byte order, without conversion. */
function isBigEndian({ hdf5, dtype }: ArrayDescriptor): boolean {
  let type = hdf5?.datatype;
  while (type?.kind === 'array' || type?.kind === 'enum') type = type.base;
  const name = numpyDtype(dtype, 'big');
  return type !== undefined && name.startsWith('>') && describeType(type)['dtype'] === name;
}

/** Returns a function that reverses the byte order of elements. */
function swapped(dtype: DType): (parts: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> {
  const { swapSize } = dtypeInfo(dtype);
  return async function* (parts) {
    for await (const part of parts) {
      swapBytes(part, swapSize);
      yield part;
    }
  };
}

/** Replies with texts, records, sequences or opaque bytes as nested lists. */
function listedReply(
  source: ApiSource,
  array: ArrayHandle,
  kind: ListedKind,
  { selection, flatten }: DataValues,
): Reply {
  const wanted = { array, kind, selection };
  const body = listedBody(source, wanted, 'JSON', 'text', async (maxBytes, signal) => {
    const { shape, textOf, bytes } = await readListed({ ...wanted, convert: toPlainJson }, maxBytes, signal);
    const isFlat = flatten.toLowerCase() === 'true' && shape.length > 0;
    const pieces = nestedJson(isFlat ? [product(shape)] : shape, textOf);
    return { bytes: bytes + jsonPieceBytes, pieces };
  });
  return { status: 200, headers: headersOf('json'), tag: null, body };
}

/** Replies with nested lists, with one flat list, or with one element if the selection has no dimensions. */
function jsonData(source: ApiSource, view: ReadableArray, options: AsyncReadOptions, isFlat: boolean): Reply {
  checkJsonSize(view.size);
  // Lists can be empty.
  checkJsonSize(product(view.shape.slice(0, Math.max(0, view.shape.indexOf(0)))));
  const bytes = view.size * 16 + jsonPieceBytes;
  const body = heldBody(source.admission, { bytes, compressible: 'text' }, async (signal) => {
    const { data, shape, dtype } = await view.read([], { ...options, signal });
    const textOf = textOfNumbers(data, dtype, toPlainJson);
    return {
      ...elementsContent(data),
      bytes,
      pieces: nestedJson(isFlat && shape.length > 0 ? [view.size] : shape, textOf),
    };
  });
  return { status: 200, headers: headersOf('json'), tag: null, body };
}

function* nestedJson(shape: readonly number[], textOf: TextOf): Generator<Uint8Array> {
  yield* encodePieces(nestedText(shape, textOf));
  yield new TextEncoder().encode('\n');
}

/** Returns the bytes before the elements. @throws {HttpError} 422 if TIFF cannot hold the elements. */
function headerOf(
  format: 'bin' | 'npy' | 'tiff',
  dtype: DType,
  byteOrder: ByteOrder,
  shape: readonly number[],
): Uint8Array {
  if (format === 'bin') return new Uint8Array(0);
  if (format === 'npy') return npyHeader(dtype, byteOrder, 'C', shape);
  const header = tiffHeader(dtype, shape);
  if (header === null) throw unsupported('TIFF holds planes of real numbers below 4 GiB only');
  return header;
}
