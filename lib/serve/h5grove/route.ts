/**
 * `/h5grove`: the REST API of h5grove 4, which h5web and JupyterLab's extension for HDF5 use, for every format.
 * @see https://silx-kit.github.io/h5grove/reference.html
 * @module
 */
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, dtypeInfo, isComplex, type TypedArray } from '../../core/dtype.js';
import { product } from '../../core/numbers.js';
import { npyHeader } from '../../formats/npy/write-npy.js';
import { elementsBody } from '../api/element-body.js';
import { checkJsonSize } from '../api/elements.js';
import type { ApiSource } from '../api/endpoint.js';
import { jsonReply } from '../api/endpoint.js';
import { jsonPieceBytes, nestedJson } from '../api/json-pieces.js';
import { choice, optionalText, parseQuery, text, type Values } from '../api/parameters.js';
import { partsOf } from '../api/parts.js';
import { elementsContent, heldBody } from '../held-body.js';
import { HttpError, notFound, type Problem } from '../http/problem.js';
import type { Reply } from '../http/reply.js';
import { attributesOf, describeEntity, findEntity, listPaths } from './entities.js';
import { tiffHeader } from './tiff.js';
import { toPlainJson } from './types.js';

const object = {
  file: text('Path of the file below the served directory'),
  path: optionalText('Path of the object in the file. Default: the root'),
  resolve_links: optionalText('Ignored: links are resolved if their target exists'),
} as const;

const dataParameters = {
  ...object,
  selection: optionalText('Selection as in NumPy'),
  format: choice('Format of the reply', ['json', 'bin', 'npy', 'tiff'], 'json'),
  dtype: choice('safe converts float16 to float32', ['origin', 'safe'], 'origin'),
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
      const { file, path } = parseQuery(object, query);
      return jsonReply(await describeEntity(await findEntity(source, file, path ?? '/', signal), signal));
    }
    case 'attr':
      return await attributesReply(source, query, signal);
    case 'data': {
      const values = parseQuery(dataParameters, query);
      return dataReply(source, await findArrayAt(source, values, signal), values);
    }
    case 'paths': {
      const { file, path } = parseQuery(object, query);
      return jsonReply(await listPaths(await findEntity(source, file, path ?? '/', signal), signal));
    }
    case 'stats': {
      const { selection, ...named } = parseQuery({ ...object, selection: dataParameters.selection }, query);
      const array = await findArrayAt(source, named, signal);
      return jsonReply(await statistics(source, array.view(selection ?? []), signal));
    }
  }
  throw notFound('No such route of h5grove');
}

/** Replies with the attributes that the parameter `attr_keys` names (it may be repeated); without it, with all. */
async function attributesReply(source: ApiSource, query: URLSearchParams, signal: AbortSignal): Promise<Reply> {
  const keys = query.getAll('attr_keys');
  const rest = new URLSearchParams(query);
  rest.delete('attr_keys');
  const { file, path } = parseQuery(object, rest);
  const attributes = attributesOf(await findEntity(source, file, path ?? '/', signal));
  const chosen = Object.entries(attributes).filter(([name]) => keys.length === 0 || keys.includes(name));
  return jsonReply(toPlainJson(Object.fromEntries(chosen)));
}

async function findArrayAt(
  source: ApiSource,
  { file, path }: { readonly file: string; readonly path: string | null },
  signal: AbortSignal,
): Promise<ReadableArray> {
  const entity = await findEntity(source, file, path ?? '/', signal);
  if (entity.kind === 'array') return entity.array;
  throw new HttpError(404, 'NotAnArray', `${path ?? '/'} is not a dataset`);
}

function dataReply(source: ApiSource, array: ReadableArray, { selection, format, dtype, flatten }: DataValues): Reply {
  const view = array.view(selection ?? []);
  // JavaScript and JSON have no float16.
  const isWidened = array.dtype === 'float16' && (dtype === 'safe' || format === 'json');
  const options: AsyncReadOptions = isWidened ? { as: 'float32' } : {};
  const type: DType = isWidened ? 'float32' : array.dtype;
  const bytes = view.size * dtypeInfo(type).size;
  source.admission.checkSize(bytes);
  if (format === 'json') return jsonData(source, view, options, flatten.toLowerCase() === 'true');
  const before = headerOf(format, type, view.shape);
  const headers = { 'content-type': 'application/octet-stream' };
  const body = elementsBody(
    source,
    { array: view, dtype: type, options },
    { before, length: before.length + bytes, id: null },
  );
  return { status: 200, headers, tag: null, body };
}

/** Replies with nested lists, with one flat list, or with one element if the selection has no dimensions. */
function jsonData(source: ApiSource, view: ReadableArray, options: AsyncReadOptions, isFlat: boolean): Reply {
  checkJsonSize(view.size);
  // Lists can be empty.
  checkJsonSize(product(view.shape.slice(0, Math.max(0, view.shape.indexOf(0)))));
  const bytes = view.size * 16 + jsonPieceBytes;
  const body = heldBody(source.admission, { bytes, compressible: 'text' }, async (signal) => {
    const { data, shape, dtype } = await view.read([], { ...options, signal });
    const entries = isComplex(dtype) ? 2 : 1;
    const textOf = (begin: number, end: number): string => {
      const part = data.subarray(begin * entries, end * entries);
      return JSON.stringify(elementsOf(part, entries === 2, dtype === 'bool')).slice(1, -1);
    };
    return { ...elementsContent(data), bytes, pieces: nestedJson(isFlat ? [view.size] : shape, textOf) };
  });
  return { status: 200, headers: { 'content-type': 'application/json' }, tag: null, body };
}

/** Returns the bytes before the elements. @throws {HttpError} 422 if TIFF cannot hold the elements. */
function headerOf(format: 'bin' | 'npy' | 'tiff', dtype: DType, shape: readonly number[]): Uint8Array {
  if (format === 'bin') return new Uint8Array(0);
  if (format === 'npy') return npyHeader(dtype, 'little', 'C', shape);
  const header = tiffHeader(dtype, shape);
  if (header === null)
    throw new HttpError(422, 'UnsupportedError', 'TIFF holds planes of real numbers below 4 GiB only');
  return header;
}

/** Returns elements for JSON: complex numbers as pairs, flags as booleans, NaN and infinities as null. */
function elementsOf(data: TypedArray, isPair: boolean, isFlag: boolean): unknown[] {
  const plain = toPlainJson(data) as unknown[];
  if (isFlag) return plain.map((value) => value !== 0);
  if (!isPair) return plain;
  return Array.from({ length: plain.length / 2 }, (_, i) => [plain[2 * i], plain[2 * i + 1]]);
}

/** Computes statistics of the finite values. */
async function statistics(source: ApiSource, view: ReadableArray, signal: AbortSignal): Promise<unknown> {
  if (isComplex(view.dtype)) throw new HttpError(422, 'UnsupportedError', 'Statistics of complex numbers');
  const found = { strict: Infinity, positive: Infinity, min: Infinity, max: -Infinity, count: 0, mean: 0, squares: 0 };
  const { partBytes } = source.admission;
  const hold = await source.admission.begin(Math.min(partBytes, view.size * 8), signal);
  try {
    for (const part of view.size === 0 ? [] : partsOf(view, Math.floor(partBytes / 8))) {
      const { data } = await view.read(part, { signal, as: 'float64', overflow: 'clamp' });
      for (const value of data) {
        if (!Number.isFinite(value)) continue;
        found.count += 1;
        const distance = value - found.mean;
        found.mean += distance / found.count;
        found.squares += distance * (value - found.mean);
        if (value < found.min) found.min = value;
        if (value > found.max) found.max = value;
        if (value >= 0 && value < found.positive) found.positive = value;
        if (value > 0 && value < found.strict) found.strict = value;
      }
    }
  } finally {
    hold.end();
  }
  const isEmpty = found.count === 0;
  return toPlainJson({
    strict_positive_min: found.strict,
    positive_min: found.positive,
    min: found.min,
    max: found.max,
    mean: isEmpty ? null : found.mean,
    std: isEmpty ? null : Math.sqrt(found.squares / found.count),
  });
}
