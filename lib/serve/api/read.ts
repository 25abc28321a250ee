/**
 * `/api/v1/read`: the elements of a selection.
 * @module
 */
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, dtypeInfo } from '../../core/dtype.js';
import { toJsonValue } from '../../core/json-value.js';
import { product } from '../../core/numbers.js';
import { npyHeader } from '../../formats/npy/write-npy.js';
import { colorMapNames } from '../../show/color-map.js';
import { HttpError } from '../http/problem.js';
import type { Body, Reply } from '../http/reply.js';
import { cellOperations, checkReal, nearestSelection, reduceCells, stepsFor } from './decimate.js';
import {
  checkJsonSize,
  contentTag,
  contentTypes,
  conversionOptions,
  conversionParameters,
  lazyBody,
  partBytes,
  resultType,
  selectionParameter,
  shapeHeaders,
} from './elements.js';
import { type ApiSource, defineEndpoint, findArray, jsonReply, pathParameter } from './endpoint.js';
import { choice, integer, optionalName, range, type Values } from './parameters.js';
import { partsOf } from './parts.js';
import { encodePng } from './png.js';

/** Maximum number of pixels of a picture, unless the client requests another maximum. */
const defaultPixels = 1 << 20;

/** Maximum number of pixels of a picture. */
const maxPicturePixels = 1 << 24;

const formats = ['bin', 'npy', 'json', 'png'] as const;

const parameters = {
  path: pathParameter,
  selection: selectionParameter,
  format: choice(
    'bin: little-endian elements in C order; npy: a file of NumPy; json: shape, dtype and a flat list; png: a picture',
    formats,
    'bin',
  ),
  ...conversionParameters,
  maxPixels: integer(
    'Maximum number of elements of each plane of the last two dimensions. Larger planes are made smaller',
    1,
    2 ** 31,
  ),
  reduce: choice(
    'How planes are made smaller: one element per cell, or the mean, minimum or maximum of the cell',
    ['nearest', ...cellOperations],
    'nearest',
  ),
  colormap: choice('Colours of a picture', colorMapNames, 'viridis'),
  range: range('Values of the first and the last colour of a picture. Default: the lowest and the highest value'),
  id: optionalName('Name of this read, with which /api/v1/reads returns its statistics'),
} as const;

type ReadValues = Values<typeof parameters>;

/** A validated request: the array, the type of the elements in the reply, and the options of the read. */
interface Wanted {
  readonly array: ReadableArray;
  readonly dtype: DType;
  readonly options: AsyncReadOptions;
  /** Distance between elements of `array` in the client's selection, in each dimension; null if none are left out. */
  readonly steps: readonly number[] | null;
}

export const read = defineEndpoint({
  name: 'read',
  summary: 'Read a selection of an array',
  parameters,
  replies: {
    'application/octet-stream': 'Elements. The headers X-Shape, X-Steps, X-Dtype and X-Byte-Order describe them',
    'application/x-npy': 'A file of NumPy',
    'application/json': 'An object with dtype, shape and data. NaN, infinities and 64-bit integers are texts',
    'image/png': 'A picture of a plane',
  },
  async handle(source, values, signal) {
    const found = await findArray(source, values.path, signal);
    const { array: stored } = found;
    const selected = stored.view(values.selection ?? []);
    const steps = nearestSteps(selected.shape, values);
    const array = steps === null ? selected : selected.view(nearestSelection(selected.shape, steps));
    const options = conversionOptions(values, stored.dtype, computes(values));
    const { path: _, id: __, ...settings } = values;
    const tag = await contentTag(source, found, [values.selection ?? []], settings, signal);
    const dtype = await resultType(array, options, stored.dtype);
    if (values.format === 'png') return await pictureReply(source, { array, dtype, options, steps }, values, tag);
    if (reducesCells(values)) return await cellsReply(source, { array, dtype, options, steps }, values, tag);
    return await elementsReply(source, { array, dtype, options, steps }, values, tag, signal);
  },
});

/** True if the elements are needed as JavaScript numbers. */
function computes({ format, reduce, maxPixels }: ReadValues): boolean {
  return format === 'png' || format === 'json' || reducesCells({ maxPixels, reduce });
}

/** True if each cell of the planes is reduced to one number. */
function reducesCells({ maxPixels, reduce }: Pick<ReadValues, 'maxPixels' | 'reduce'>): boolean {
  return maxPixels !== null && reduce !== 'nearest';
}

/** Returns the steps by which elements are left out; null if none are left out, or if cells are reduced. */
function nearestSteps(shape: readonly number[], { maxPixels, reduce }: ReadValues): readonly number[] | null {
  return maxPixels === null || reducesCells({ maxPixels, reduce }) ? null : stepsFor(shape, maxPixels);
}

/** Replies with elements. JSON is sent as a whole, other formats part by part. */
async function elementsReply(
  source: ApiSource,
  wanted: Wanted,
  { format, id }: ReadValues,
  tag: string | null,
  signal: AbortSignal,
): Promise<Reply> {
  const { array, dtype, options, steps } = wanted;
  const { size } = dtypeInfo(dtype);
  const bytes = array.size * size;
  source.admission.checkSize(bytes);
  if (format === 'json') {
    checkJsonSize(array.size);
    const end = await source.admission.begin(bytes, signal);
    try {
      const { data, shape, stats } = await array.read([], { ...options, signal });
      source.log.add(id, stats);
      return jsonReply({ dtype, shape, data: toJsonValue(data) }, tag);
    } finally {
      end();
    }
  }
  const header = format === 'npy' ? npyHeader(dtype, 'little', 'C', array.shape) : new Uint8Array(0);
  const headers = { 'content-type': contentTypes[format], ...shapeHeaders(array.shape, dtype, steps) };
  return { status: 200, headers, tag, body: elementsBody(source, wanted, id, header, header.length + bytes) };
}

function elementsBody(
  source: ApiSource,
  { array, dtype, options }: Wanted,
  id: string | null,
  header: Uint8Array,
  length: number,
): Body {
  const budget = Math.max(1, Math.floor(partBytes / dtypeInfo(dtype).size));
  return {
    length,
    hasRanges: false,
    compressible: 'data',
    async *open(_span, signal) {
      if (header.length > 0) yield header;
      for (const selection of array.size === 0 ? [] : partsOf(array, budget)) {
        const end = await source.admission.begin(partBytes, signal);
        try {
          const { data, stats } = await array.read(selection, { ...options, signal });
          source.log.add(id, stats);
          yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        } finally {
          end();
        }
      }
    },
  };
}

/** Replies with one number for each cell, a block of neighbouring elements. */
async function cellsReply(
  source: ApiSource,
  wanted: Wanted,
  { format, maxPixels, reduce }: ReadValues,
  tag: string | null,
): Promise<Reply> {
  const steps = stepsFor(wanted.array.shape, maxPixels ?? defaultPixels);
  const shape = wanted.array.shape.map((size, d) => Math.ceil(size / (steps[d] ?? 1)));
  const bytes = product(shape, 8);
  source.admission.checkSize(bytes);
  checkReal(wanted.dtype);
  const body = lazyBody(async (signal) => {
    const data = await reduced(source, wanted, steps, reduce, signal);
    if (format === 'json') return `${JSON.stringify({ dtype: 'float64', shape, data: toJsonValue(data) })}\n`;
    const content = new Uint8Array(data.buffer);
    return format === 'npy' ? Buffer.concat([npyHeader('float64', 'little', 'C', shape), content]) : content;
  });
  return {
    status: 200,
    headers: { 'content-type': contentTypes[format], ...shapeHeaders(shape, 'float64', steps) },
    tag,
    body,
  };
}

/** Reduces each cell to one number: for `nearest`, to the mean, because a picture can still be too large. */
async function reduced(
  source: ApiSource,
  { array, options }: Wanted,
  steps: readonly number[],
  reduce: ReadValues['reduce'],
  signal: AbortSignal,
): Promise<Float64Array<ArrayBuffer>> {
  const cells = array.shape.reduce((product, size, d) => product * Math.ceil(size / (steps[d] ?? 1)), 1);
  const end = await source.admission.begin(partBytes + 12 * cells, signal);
  try {
    const operation = reduce === 'nearest' ? 'mean' : reduce;
    return (await reduceCells(array, steps, operation, { ...options, signal }, partBytes / 8)).data;
  } finally {
    end();
  }
}

/** Replies with a picture of an array that has at most two dimensions of a size other than 1. */
async function pictureReply(
  source: ApiSource,
  wanted: Wanted,
  { maxPixels, reduce, colormap, range: shown }: ReadValues,
  tag: string | null,
): Promise<Reply> {
  const { array } = wanted;
  const long = array.shape.filter((size) => size !== 1);
  if (long.length > 2 || array.size === 0) {
    throw new HttpError(
      400,
      'NotAPlane',
      `Expected a selection of a plane, received the shape [${array.shape.join()}]`,
    );
  }
  checkReal(wanted.dtype);
  const steps = stepsFor(array.shape, Math.min(maxPixels ?? defaultPixels, maxPicturePixels));
  const sizes = array.shape.map((size, d) => Math.ceil(size / (steps[d] ?? 1)));
  const pixels = sizes.filter((_, d) => array.shape[d] !== 1);
  const [height = 1, width = 1] = pixels.length < 2 ? [1, ...pixels] : pixels;
  const body = lazyBody(async (signal) => {
    const data = await reduced(source, wanted, steps, reduce, signal);
    return await encodePng(data, height, width, colormap, shown);
  });
  const headers = { 'content-type': contentTypes.png, 'x-shape': `${height},${width}` };
  return { status: 200, headers, tag, body };
}
