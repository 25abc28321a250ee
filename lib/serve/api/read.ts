/**
 * `/api/v1/read`: the elements of a selection.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import type { AsyncReadOptions } from '../../api/options.js';
import { planFiles } from '../../api/planned-files.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, dtypeInfo, type RealDType, realDTypes } from '../../core/dtype.js';
import { overflowModes } from '../../core/generated/choices.js';
import { toJsonValue } from '../../core/json-value.js';
import { npyHeader } from '../../formats/npy/write-npy.js';
import { colorMapNames } from '../../show/color-map.js';
import { hashTag } from '../http/etag.js';
import { HttpError } from '../http/problem.js';
import { type Body, bytesBody, type Reply } from '../http/reply.js';
import { averageCells, checkReal, nearestSelection, stepsFor } from './decimate.js';
import { type ApiSource, defineEndpoint, findArray, jsonReply, pathParameter } from './endpoint.js';
import { choice, integer, optionalName, optionalText, range, type Values } from './parameters.js';
import { partsOf } from './parts.js';
import { encodePng } from './png.js';

/** Size in bytes of the parts in which large replies are read and sent. */
export const partBytes = 16 << 20;

/** Maximum number of elements of a JSON document. */
export const maxJsonElements = 1 << 20;

/** Maximum number of pixels of a picture, unless the client requests another maximum. */
const defaultPixels = 1 << 20;

/** Maximum number of pixels of a picture. */
const maxPicturePixels = 1 << 24;

const formats = ['bin', 'npy', 'json', 'png'] as const;

const parameters = {
  path: pathParameter,
  selection: optionalText('Selection as in NumPy, such as 0:64,:,-1. Default: all elements'),
  format: choice(
    'bin: little-endian elements in C order; npy: a file of NumPy; json: shape, dtype and a flat list; png: a picture',
    formats,
    'bin',
  ),
  as: choice('Type to convert the elements to', realDTypes, null),
  overflow: choice('Treatment of values that `as` cannot represent', overflowModes, 'error'),
  decode: choice('cf applies scale, offset and missing values of the CF conventions', ['cf'], null),
  maxPixels: integer(
    'Maximum number of elements of each plane of the last two dimensions. Larger planes are made smaller',
    1,
    2 ** 31,
  ),
  reduce: choice(
    'How planes are made smaller: one element per cell, or the mean of the cell',
    ['nearest', 'mean'],
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
  /**
   * Distance between elements of `array` in the client's selection, in each dimension; null if the client did not ask
   * to leave any out.
   */
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
    const { array: stored, stamp } = await findArray(source, values.path, signal);
    const selected = stored.view(values.selection ?? []);
    const steps = nearestSteps(selected.shape, values);
    const array = steps === null ? selected : selected.view(nearestSelection(selected.shape, steps));
    const as = typeOf(values, stored.dtype);
    const options: AsyncReadOptions = {
      overflow: values.overflow,
      ...(as === null ? {} : { as }),
      ...(values.decode === null ? {} : { decode: values.decode }),
    };
    const { path: _, id: __, ...settings } = values;
    const { state } = await source.catalog.run(planFiles(openedParts(stored), values.selection ?? []), signal);
    const tag =
      state === null ? null : hashTag(`${stamp} ${state} ${metadataText(stored)} ${JSON.stringify(settings)}`);
    const dtype = await resultType(array, options, stored.dtype);
    const isMean = values.maxPixels !== null && values.reduce === 'mean';
    if (values.format === 'png') return await pictureReply(source, { array, dtype, options, steps }, values, tag);
    if (isMean) return await meanReply(source, { array, dtype, options, steps }, values, tag);
    return await elementsReply(source, { array, dtype, options, steps }, values, tag, signal);
  },
});

/** Returns the metadata that the elements depend on, as text. */
function metadataText({ name, dtype, shape, fillValue, attributes }: ArrayHandle): string {
  return JSON.stringify(toJsonValue({ name, dtype, shape, fillValue, attributes }));
}

/** Returns the type to read; null for the stored type. */
function typeOf({ as, decode, format, reduce, maxPixels }: ReadValues, stored: DType): RealDType | null {
  if (as !== null) return as;
  const computes = format === 'png' || format === 'json' || (maxPixels !== null && reduce === 'mean');
  // Some versions of Node have no arrays of float16.
  return computes && stored === 'float16' && decode === null ? 'float32' : null;
}

/** Returns the type of the elements that a read returns. */
async function resultType(array: ReadableArray, options: AsyncReadOptions, stored: DType): Promise<DType> {
  if (options.as !== undefined) return options.as;
  if (options.decode === undefined) return stored;
  // The type depends on attributes. A read of no element finds it without I/O.
  const none = array.shape.map(() => ({ start: 0, stop: 0 }));
  return array.shape.length === 0 ? 'float64' : (await array.read(none, options)).dtype;
}

/** Returns the steps by which elements are left out; null without `maxPixels`, or if elements are averaged. */
function nearestSteps(shape: readonly number[], { maxPixels, reduce }: ReadValues): readonly number[] | null {
  return maxPixels === null || reduce === 'mean' ? null : stepsFor(shape, maxPixels);
}

const shapeHeaders = (
  shape: readonly number[],
  dtype: DType,
  steps: readonly number[] | null,
): Record<string, string> => ({
  'x-shape': shape.join(','),
  ...(steps === null ? {} : { 'x-steps': steps.join(',') }),
  'x-dtype': dtype,
  'x-byte-order': 'little',
});

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
    if (array.size > maxJsonElements) {
      throw new HttpError(413, 'ResponseTooLarge', `Expected at most ${maxJsonElements} elements for JSON`);
    }
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
  const type = format === 'npy' ? 'application/x-npy' : 'application/octet-stream';
  const headers = { 'content-type': type, ...shapeHeaders(array.shape, dtype, steps) };
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

/** Replies with the mean of each cell, a block of neighbouring elements. */
async function meanReply(
  source: ApiSource,
  wanted: Wanted,
  { format, maxPixels }: ReadValues,
  tag: string | null,
): Promise<Reply> {
  const steps = stepsFor(wanted.array.shape, maxPixels ?? defaultPixels);
  const shape = wanted.array.shape.map((size, d) => Math.ceil(size / (steps[d] ?? 1)));
  const bytes = shape.reduce((product, size) => product * size, 8);
  source.admission.checkSize(bytes);
  checkReal(wanted.dtype);
  const body = lazyBody(async (signal) => {
    const data = await means(source, wanted, steps, signal);
    if (format === 'json') return `${JSON.stringify({ dtype: 'float64', shape, data: toJsonValue(data) })}\n`;
    const content = new Uint8Array(data.buffer);
    return format === 'npy' ? Buffer.concat([npyHeader('float64', 'little', 'C', shape), content]) : content;
  });
  const type = { json: 'application/json', npy: 'application/x-npy' }[format as string] ?? 'application/octet-stream';
  return { status: 200, headers: { 'content-type': type, ...shapeHeaders(shape, 'float64', steps) }, tag, body };
}

async function means(
  source: ApiSource,
  { array, options }: Wanted,
  steps: readonly number[],
  signal: AbortSignal,
): Promise<Float64Array<ArrayBuffer>> {
  const cells = array.shape.reduce((product, size, d) => product * Math.ceil(size / (steps[d] ?? 1)), 1);
  const end = await source.admission.begin(partBytes + 12 * cells, signal);
  try {
    return (await averageCells(array, steps, { ...options, signal }, partBytes / 8)).data;
  } finally {
    end();
  }
}

/** Replies with a picture of an array that has at most two dimensions of a size other than 1. */
async function pictureReply(
  source: ApiSource,
  wanted: Wanted,
  { maxPixels, colormap, range: shown }: ReadValues,
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
    const data = await means(source, wanted, steps, signal);
    return await encodePng(data, height, width, colormap, shown);
  });
  const headers = { 'content-type': 'image/png', 'x-shape': `${height},${width}` };
  return { status: 200, headers, tag, body };
}

/** Creates a body that is computed when it is needed. */
function lazyBody(compute: (signal: AbortSignal) => Promise<Uint8Array | string>): Body {
  return {
    length: null,
    hasRanges: false,
    compressible: 'no',
    async *open(_span, signal) {
      const content = await compute(signal);
      yield* bytesBody(typeof content === 'string' ? new TextEncoder().encode(content) : content, 'no').open(
        null,
        signal,
      );
    },
  };
}
