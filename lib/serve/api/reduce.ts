/**
 * `/api/v1/reduce`: a selection reduced to one number, or along dimensions.
 * @module
 */
import { reducedAxes, resultInfo } from '../../api/reduce.js';
import { checkReduce, type ReduceOptions, reductions } from '../../api/reduce-options.js';
import { dtypeInfo } from '../../core/dtype.js';
import { toJsonValue } from '../../core/json-value.js';
import { product } from '../../core/numbers.js';
import { npyHeader } from '../../formats/npy/write-npy.js';
import { reducedShape } from '../../plan/reduce-layout.js';
import { heldBody } from '../held-body.js';
import {
  checkJsonSize,
  contentTag,
  contentTypes,
  conversionOptions,
  conversionParameters,
  elementFormats,
  resultType,
  selectionParameter,
  shapeHeaders,
} from './elements.js';
import { defineEndpoint, findArray, pathParameter } from './endpoint.js';
import { flatJson, jsonPieceBytes } from './json-pieces.js';
import { choice, dimensions, flag, integer, optionalFlag, optionalName, requiredChoice } from './parameters.js';
import { schemas } from './schemas.js';

/** Memory for blocks of elements and intermediate results of one request, as a multiple of the size of a part. */
const budgetParts = 4;

export const reduce = defineEndpoint({
  name: 'reduce',
  summary: 'Reduce a selection of an array to one number, or along dimensions',
  parameters: {
    path: pathParameter,
    operation: requiredChoice('Reduction', reductions),
    selection: selectionParameter,
    axis: dimensions(
      'Dimensions of the selection to reduce: positions or names with commas between them. Default: all',
    ),
    keepDims: flag('true keeps reduced dimensions with length 1'),
    skipMissing: optionalFlag('true leaves out NaN and missing elements. Default: true with `decode`, otherwise false'),
    ddof: integer('For std: number that is subtracted from the number of elements in the divisor', 0, 2 ** 31),
    format: choice(
      'bin: little-endian elements in C order; npy: a file of NumPy; json: shape, dtype, a flat list `data` and, if ' +
        'missing elements are left out, a list `mask`, which is 1 where no element is left',
      elementFormats,
      'json',
    ),
    ...conversionParameters,
    id: optionalName('Name of this reduction, with which /api/v1/reads returns the statistics of its reads'),
  },
  replies: {
    'application/octet-stream': 'Results. The headers X-Shape, X-Dtype and X-Byte-Order describe them',
    'application/x-npy': 'A file of NumPy',
    'application/json': {
      description: 'An object with dtype, shape, data and mask. NaN, infinities and 64-bit integers are texts',
      ...schemas.reduce,
    },
  },
  async handle(source, values, signal) {
    const found = await findArray(source, values.path, signal);
    const { array } = found;
    const { path: _, id, operation, keepDims, skipMissing, ddof, axis, format, ...settings } = values;
    const selection = values.selection ?? [];
    const budgetBytes = budgetParts * source.admission.partBytes;
    const conversion = conversionOptions(values, array.dtype, true);
    const options: ReduceOptions = {
      ...conversion,
      selection,
      keepDims,
      budgetBytes,
      ...(skipMissing === null ? {} : { skipMissing }),
      ...(axis === null ? {} : { axis }),
      ...(ddof === null ? {} : { ddof }),
    };
    checkReduce(operation, options);
    const view = array.view(selection);
    const names = view.dimensionNames ?? view.shape.map(() => null);
    const shape = reducedShape(view.shape, reducedAxes(options.axis, names), keepDims);
    const info = resultInfo(operation, dtypeInfo(await resultType(view, conversion, array.dtype)));
    const elements = product(shape);
    const bytes = elements * info.size;
    source.admission.checkSize(bytes);
    if (format === 'json') checkJsonSize(elements);
    const all = { ...settings, operation, keepDims, skipMissing, ddof, axis, format };
    const tag = await contentTag(source, found, [selection], all, signal);
    const header = format === 'npy' ? npyHeader(info.name, 'little', 'C', shape) : new Uint8Array(0);
    const isJson = format === 'json';
    const memory = { bytes: budgetBytes + bytes, length: isJson ? null : header.length + bytes };
    const body = heldBody(source.admission, memory, async (bodySignal) => {
      const { data, mask, stats } = await array.reduce(operation, { ...options, signal: bodySignal });
      source.log.add(id, stats);
      if (!isJson) return { bytes, pieces: [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] };
      const before = `{"dtype":"${info.name}","shape":${JSON.stringify(shape)},"data":`;
      const masked = mask === null ? '' : `,"mask":${JSON.stringify(toJsonValue(mask))}`;
      return { bytes: bytes + jsonPieceBytes, pieces: flatJson(before, data, `${masked}}\n`, toJsonValue) };
    });
    const described = format === 'json' ? {} : shapeHeaders(shape, info.name, null);
    return { status: 200, headers: { 'content-type': contentTypes[format], ...described }, tag, body };
  },
});
