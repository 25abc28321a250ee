/**
 * `/api/v1/readMany`: the elements of many selections (boxes) of one array.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import type { AsyncReadOptions } from '../../api/options.js';
import type { AnyResult } from '../../api/read-result.js';
import { type DType, dtypeInfo } from '../../core/dtype.js';
import { isPosixParError, SelectionError } from '../../core/errors.js';
import { toJsonValue } from '../../core/json-value.js';
import { npyHeader } from '../../formats/npy/write-npy.js';
import { elementsContent, heldBody, sendHeld } from '../held-body.js';
import { HttpError } from '../http/problem.js';
import type { Body, Reply } from '../http/reply.js';
import { elementsPerPart, sendElements } from './element-body.js';
import {
  checkJsonSize,
  contentTag,
  contentTypes,
  conversionOptions,
  conversionParameters,
  elementFormats,
  resultType,
  shapeHeaders,
} from './elements.js';
import { type ApiSource, defineEndpoint, findArray, pathParameter } from './endpoint.js';
import { flatJson, jsonPieceBytes } from './json-pieces.js';
import { choice, optionalName, texts } from './parameters.js';
import { schemas } from './schemas.js';

/** Maximum number of boxes of a request. */
const maxBoxes = 1024;

/** Maximum length of the header `X-Shapes`. Clients refuse longer lines. */
const maxShapesLength = 8000;

/** A selection and the shape of its elements. */
interface Box {
  readonly selection: string;
  readonly shape: readonly number[];
  readonly elements: number;
}

/** A validated request. */
interface Wanted {
  readonly array: ArrayHandle;
  readonly boxes: readonly Box[];
  readonly dtype: DType;
  readonly options: AsyncReadOptions;
  readonly id: string | null;
}

export const readMany = defineEndpoint({
  name: 'readMany',
  summary: 'Read many selections of an array. Each chunk is decoded once for all selections of a part of the reply',
  parameters: {
    path: pathParameter,
    selection: texts('Selection as in NumPy, such as 0:64,:,-1. Repeat the parameter for each selection', maxBoxes),
    format: choice(
      'bin: elements of one selection after the other; npy: a file of NumPy with the shape [n, ...selection], for ' +
        'selections of the same shape; json: dtype, and a list of objects with shape and data',
      elementFormats,
      'bin',
    ),
    ...conversionParameters,
    id: optionalName('Name of this read, with which /api/v1/reads returns its statistics'),
  },
  replies: {
    'application/octet-stream':
      'Elements. X-Shape is [n, ...selection] if all selections have the same shape. Otherwise X-Shapes has all shapes, with ; between them',
    'application/x-npy': 'A file of NumPy',
    'application/json': {
      description: 'An object with dtype and boxes. NaN, infinities and 64-bit integers are texts',
      ...schemas.readMany,
    },
  },
  async handle(source, values, signal) {
    const found = await findArray(source, values.path, signal);
    const { array } = found;
    const { path: _, id, ...settings } = values;
    const options = conversionOptions(values, array.dtype, values.format === 'json');
    const boxes = values.selection.map((selection, i) => boxOf(array, selection, i));
    const dtype = await resultType(array, options, array.dtype);
    const wanted: Wanted = { array, boxes, dtype, options, id };
    const elements = elementsOf(boxes);
    source.admission.checkSize(elements * dtypeInfo(dtype).size);
    if (values.format === 'json') checkJsonSize(elements);
    const shape = commonShape(boxes);
    if (values.format === 'npy' && shape === null) {
      throw new HttpError(400, 'InvalidParameter', 'Expected selections of the same shape for the format npy');
    }
    const tag = await contentTag(source, found, values.selection, settings, signal);
    if (values.format === 'json') return jsonBoxes(source, wanted, tag);
    const header = values.format === 'npy' ? npyHeader(dtype, 'little', 'C', shape ?? []) : new Uint8Array(0);
    const length = header.length + elements * dtypeInfo(dtype).size;
    const headers = { 'content-type': contentTypes[values.format], ...headersOf(boxes, shape, dtype) };
    return { status: 200, headers, tag, body: boxesBody(source, wanted, header, length) };
  },
});

/** Returns the number of elements of all boxes. */
function elementsOf(boxes: readonly Box[]): number {
  return boxes.reduce((sum, box) => sum + box.elements, 0);
}

/** @throws {SelectionError} that says which selection is invalid. */
function boxOf(array: ArrayHandle, selection: string, index: number): Box {
  try {
    const { shape, size } = array.view(selection);
    return { selection, shape, elements: size };
  } catch (error) {
    if (!isPosixParError(error, 'SelectionError')) throw error;
    throw new SelectionError(`Selection ${index}: ${error.message}`, error.dimension, { cause: error });
  }
}

/** Returns `[n, ...shape]` if all boxes have the same shape, otherwise null. */
function commonShape(boxes: readonly Box[]): readonly number[] | null {
  const first = boxes[0]?.shape ?? [];
  const isSame = boxes.every(({ shape }) => shape.length === first.length && shape.every((n, d) => n === first[d]));
  return isSame ? [boxes.length, ...first] : null;
}

function headersOf(
  boxes: readonly Box[],
  shape: readonly number[] | null,
  dtype: DType,
): Readonly<Record<string, string>> {
  if (shape !== null) return shapeHeaders(shape, dtype, null);
  const { 'x-shape': _, ...rest } = shapeHeaders([], dtype, null);
  const shapes = boxes.map((box) => box.shape.join(',')).join(';');
  if (shapes.length <= maxShapesLength) return { ...rest, 'x-shapes': shapes };
  const detail = `The shapes do not fit into ${maxShapesLength} characters. Select fewer boxes, or use format=json`;
  throw new HttpError(413, 'ResponseTooLarge', detail);
}

function jsonBoxes(source: ApiSource, { array, boxes, dtype, options, id }: Wanted, tag: string | null): Reply {
  const bytes = elementsOf(boxes) * dtypeInfo(dtype).size + jsonPieceBytes;
  const selections = boxes.map((box) => box.selection);
  const body = heldBody(source.admission, { bytes, compressible: 'text' }, async (signal) => {
    const { data, results, stats } = await array.readMany(selections, { ...options, signal });
    source.log.add(id, stats);
    return { ...elementsContent(data), bytes, pieces: boxesJson(dtype, results) };
  });
  return { status: 200, headers: { 'content-type': contentTypes.json }, tag, body };
}

function* boxesJson(dtype: DType, results: readonly Pick<AnyResult, 'shape' | 'data'>[]): Generator<Uint8Array> {
  let before = `{"dtype":"${dtype}","boxes":[`;
  for (const { shape, data } of results) {
    yield* flatJson(`${before}{"shape":${JSON.stringify(shape)},"data":`, data, '}', toJsonValue);
    before = ',';
  }
  yield new TextEncoder().encode(']}\n');
}

/** Yields groups of boxes that follow each other. Each has one box, or at most `budget` elements. */
function* groupsOf(boxes: readonly Box[], budget: number): Generator<readonly Box[]> {
  let group: Box[] = [];
  let elements = 0;
  for (const box of boxes) {
    if (group.length > 0 && elements + box.elements > budget) {
      yield group;
      [group, elements] = [[], 0];
    }
    group.push(box);
    elements += box.elements;
  }
  if (group.length > 0) yield group;
}

function boxesBody(
  source: ApiSource,
  { array, boxes, dtype, options, id }: Wanted,
  header: Uint8Array,
  length: number,
): Body {
  const { admission } = source;
  const { size } = dtypeInfo(dtype);
  async function* groupParts(group: readonly Box[], budget: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const [first] = group;
    if (first === undefined || first.elements <= budget) {
      yield* sendHeld(admission, elementsOf(group) * size, signal, async () => {
        const selections = group.map((box) => box.selection);
        const { data, stats } = await array.readMany(selections, { ...options, signal });
        source.log.add(id, stats);
        return elementsContent(data);
      });
      return;
    }
    const read = { array: array.view(first.selection), dtype, options };
    yield* sendElements(source, read, budget, id, signal);
  }
  return {
    length,
    hasRanges: false,
    compressible: 'data',
    async *open(_span, signal) {
      if (header.length > 0) yield header;
      const budget = elementsPerPart(source, dtype);
      for (const group of groupsOf(boxes, budget)) yield* groupParts(group, budget, signal);
    },
  };
}
