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
import { scaleNames } from '../../show/value-scale.js';
import { arrowBytes, arrowEnvelope, packBits } from '../arrow/stream.js';
import { contentOf, elementsContent, heldBody } from '../held-body.js';
import { HttpError } from '../http/problem.js';
import type { Reply } from '../http/reply.js';
import type { ListedKind } from '../listed-elements.js';
import { cellOperations, checkReal, nearestSelection, reduceCells, stepsFor } from './decimate.js';
import { type ElementsBodySettings, elementsBody } from './element-body.js';
import {
  checkJsonSize,
  contentTag,
  contentTypes,
  conversionOptions,
  conversionParameters,
  resultType,
  selectionParameter,
  shapeHeaders,
} from './elements.js';
import { type ApiSource, defineEndpoint, type FoundArray, findElements, pathParameter } from './endpoint.js';
import { flatJson, jsonPieceBytes } from './json-pieces.js';
import { listedKind, listedReply, textReply } from './listed.js';
import { choice, integer, optionalName, optionalText, range, type Values } from './parameters.js';
import { encodePng } from './png.js';
import { schemas } from './schemas.js';

/** Maximum number of pixels of a picture, unless the client requests another maximum. */
const defaultPixels = 1 << 20;

/** Maximum number of pixels of a picture. */
const maxPicturePixels = 1 << 24;

const formats = ['bin', 'npy', 'arrow', 'json', 'png'] as const;

const parameters = {
  path: pathParameter,
  selection: selectionParameter,
  field: optionalText('Field of records, such as x or p.w. Default: all fields, which only JSON holds'),
  format: choice(
    'bin: little-endian elements in C order; npy: a file of NumPy; arrow: a stream of Apache Arrow; ' +
      'json: shape, dtype and a flat list, also of texts, records and sequences; png: a picture',
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
  range: range(
    'Values of the first and the last colour of a picture: LOW,HIGH or only LOW, or ,HIGH. Default: the lowest and the ' +
      'highest value that the scale can show',
  ),
  scale: choice(
    'Scale of the colours of a picture. log shows no values of at most 0; symlog is logarithmic on both sides of 0',
    scaleNames,
    'linear',
  ),
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
    'application/vnd.apache.arrow.stream':
      'A stream of Apache Arrow with the column values. A row is a part along the first dimension: a tensor of fixed shape',
    'application/json': {
      description:
        'An object with dtype, shape and data. NaN, infinities and 64-bit integers are texts. Records are lists of the ' +
        'values of their fields, and a field that cannot be read is null',
      ...schemas.read,
    },
    'image/png': 'A picture of a plane',
  },
  async handle(source, values, signal) {
    const found = await findElements(source, values.path, values.field, signal);
    const { array: stored } = found;
    const kind = listedKind(stored, values.format);
    if (kind !== null) return await listReply(source, found, kind, values, signal);
    const selected = stored.view(values.selection ?? []);
    const steps = nearestSteps(selected.shape, values);
    const array = steps === null ? selected : selected.view(nearestSelection(selected.shape, steps));
    const options = conversionOptions(values, stored.dtype, computes(values));
    const { path: _, id: __, ...settings } = values;
    const tag = await contentTag(source, found, [values.selection ?? []], settings, signal);
    const dtype = await resultType(array, options, stored.dtype);
    if (values.format === 'png') return await pictureReply(source, { array, dtype, options, steps }, values, tag);
    if (reducesCells(values)) return await cellsReply(source, { array, dtype, options, steps }, values, tag);
    return await elementsReply(source, { array, dtype, options, steps }, values, tag);
  },
});

/** Replies with texts, records or sequences. @throws {HttpError} 400 if a parameter applies to numbers only. */
async function listReply(
  source: ApiSource,
  found: FoundArray,
  kind: ListedKind,
  { selection, field, format, as, decode, maxPixels }: ReadValues,
  signal: AbortSignal,
): Promise<Reply> {
  for (const [name, value] of Object.entries({ as, decode, maxPixels })) {
    if (value === null) continue;
    throw new HttpError(400, 'InvalidParameter', `Expected no \`${name}\` for elements of the kind ${kind}`);
  }
  const tag = await contentTag(source, found, [selection ?? []], { selection, field, format }, signal);
  const wanted = { array: found.array, kind, selection };
  return format === 'arrow' ? textReply(source, wanted, tag) : listedReply(source, wanted, tag);
}

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

/** Replies with elements. */
async function elementsReply(
  source: ApiSource,
  wanted: Wanted,
  { format, id }: ReadValues,
  tag: string | null,
): Promise<Reply> {
  const { array, dtype, steps } = wanted;
  const bytes = array.size * dtypeInfo(dtype).size;
  source.admission.checkSize(bytes);
  if (format === 'json') return jsonElements(source, wanted, id, tag);
  const headers = { 'content-type': contentTypes[format], ...shapeHeaders(array.shape, dtype, steps) };
  return { status: 200, headers, tag, body: elementsBody(source, wanted, { id, ...bodySettings(format, wanted) }) };
}

/** Returns what is around the elements of a reply. */
function bodySettings(format: ReadValues['format'], { array, dtype }: Wanted): Omit<ElementsBodySettings, 'id'> {
  const { shape } = array;
  const bytes = array.size * dtypeInfo(dtype).size;
  if (format === 'npy') {
    const before = npyHeader(dtype, 'little', 'C', shape);
    return { before, length: before.length + bytes };
  }
  if (format !== 'arrow') return { length: bytes };
  const { before, after } = arrowEnvelope(dtype, shape);
  const length = before.length + arrowBytes(shape, dtype) + after.length;
  return { before, after, length, ...(dtype === 'bool' ? { encode: packBits } : {}) };
}

function jsonElements(
  source: ApiSource,
  { array, dtype, options }: Wanted,
  id: string | null,
  tag: string | null,
): Reply {
  checkJsonSize(array.size);
  const bytes = array.size * dtypeInfo(dtype).size + jsonPieceBytes;
  const body = heldBody(source.admission, { bytes, compressible: 'text' }, async (signal) => {
    const { data, shape, stats } = await array.read([], { ...options, signal });
    source.log.add(id, stats);
    const before = `{"dtype":"${dtype}","shape":${JSON.stringify(shape)},"data":`;
    return { ...elementsContent(data), bytes, pieces: flatJson(before, data, '}\n', toJsonValue) };
  });
  return { status: 200, headers: { 'content-type': contentTypes.json }, tag, body };
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
  const isJson = format === 'json';
  if (isJson) checkJsonSize(product(shape));
  const nothing = new Uint8Array(0);
  const { before: head, after: tail } =
    format === 'arrow'
      ? arrowEnvelope('float64', shape)
      : { before: format === 'npy' ? npyHeader('float64', 'little', 'C', shape) : nothing, after: nothing };
  const length = isJson ? null : head.length + bytes + tail.length;
  const { partBytes } = source.admission;
  const settings = { bytes: reductionBytes(wanted, steps, partBytes), length };
  const body = heldBody(source.admission, settings, async (signal) => {
    const data = await reduced(wanted, steps, reduce, partBytes, signal);
    const before = `{"dtype":"float64","shape":${JSON.stringify(shape)},"data":`;
    const content = new Uint8Array(data.buffer);
    return isJson
      ? { bytes: bytes + jsonPieceBytes, pieces: flatJson(before, data, '}\n', toJsonValue) }
      : { bytes, pieces: [head, content, tail] };
  });
  return {
    status: 200,
    headers: { 'content-type': contentTypes[format], ...shapeHeaders(shape, 'float64', steps) },
    tag,
    body,
  };
}

/** Returns the memory in bytes that is needed to reduce cells: parts of the array, and a sum and a count per cell. */
function reductionBytes({ array }: Wanted, steps: readonly number[], partBytes: number): number {
  const cells = array.shape.reduce((cells, size, d) => cells * Math.ceil(size / (steps[d] ?? 1)), 1);
  return Math.min(partBytes, array.size * 8) + 12 * cells;
}

/** Reduces each cell to one number: for `nearest`, to the mean, because a picture can still be too large. */
async function reduced(
  { array, options }: Wanted,
  steps: readonly number[],
  reduce: ReadValues['reduce'],
  partBytes: number,
  signal: AbortSignal,
): Promise<Float64Array<ArrayBuffer>> {
  const operation = reduce === 'nearest' ? 'mean' : reduce;
  return (await reduceCells(array, steps, operation, { ...options, signal }, Math.floor(partBytes / 8))).data;
}

/** Replies with a picture of an array that has at most two dimensions of a size other than 1. */
async function pictureReply(
  source: ApiSource,
  wanted: Wanted,
  { maxPixels, reduce, colormap, range: shown, scale }: ReadValues,
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
  if (scale === 'log' && shown?.some((end) => end !== null && end <= 0)) {
    throw new HttpError(400, 'InvalidParameter', 'Expected values above 0 in `range` for `scale=log`');
  }
  const steps = stepsFor(array.shape, Math.min(maxPixels ?? defaultPixels, maxPicturePixels));
  const sizes = array.shape.map((size, d) => Math.ceil(size / (steps[d] ?? 1)));
  const pixels = sizes.filter((_, d) => array.shape[d] !== 1);
  const [height = 1, width = 1] = pixels.length < 2 ? [1, ...pixels] : pixels;
  // Besides the cells, a picture needs colours: as pixels, and as rows of the file before they are compressed.
  const { partBytes } = source.admission;
  const bytes = reductionBytes(wanted, steps, partBytes) + height * width * 8;
  const body = heldBody(source.admission, { bytes }, async (signal) => {
    const data = await reduced(wanted, steps, reduce, partBytes, signal);
    return contentOf(await encodePng(data, height, width, { colorMap: colormap, range: shown, scale }));
  });
  const headers = { 'content-type': contentTypes.png, 'x-shape': `${height},${width}` };
  return { status: 200, headers, tag, body };
}
