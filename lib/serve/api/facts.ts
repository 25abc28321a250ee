/**
 * `/api/v1/explain`, `stats` and `storage`: facts about arrays. `/api/v1/reads`: facts about reads.
 * @module
 */
import { openedParts } from '../../api/opened-parts.js';
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { codecLabel } from '../../codecs/codec.js';
import { realDTypes } from '../../core/dtype.js';
import { toJsonValue } from '../../core/json-value.js';
import { Statistics } from '../../show/statistics.js';
import { describeStorage } from '../../storage/describe.js';
import { notFound } from '../http/problem.js';
import { selectionParameter as selection } from './elements.js';
import {
  defineEndpoint,
  fieldParameter,
  findArray,
  findElements,
  jsonReply,
  pathParameter,
  splitPath,
} from './endpoint.js';
import { choice, text } from './parameters.js';
import { partsOf } from './parts.js';
import { type Schema, schemas } from './schemas.js';

/** Returns the description of the replies of a route that sends JSON. */
function json(schema: Schema): Readonly<Record<string, Schema>> {
  return { 'application/json': { description: 'An object', ...schema } };
}

export const explain = defineEndpoint({
  name: 'explain',
  summary: 'Predict the cost of a read',
  parameters: {
    path: pathParameter,
    selection,
    field: fieldParameter,
    as: choice('Type to convert the elements to', realDTypes, null),
  },
  replies: json(schemas.explain),
  async handle(source, { path, selection: chosen, field, as }, signal) {
    const { array } = await findElements(source, path, field, signal);
    const { memory: _, ...explained } = await array.explainAsync(chosen ?? [], {
      signal,
      ...(as === null ? {} : { as }),
    });
    return jsonReply(toJsonValue(explained));
  },
});

export const stats = defineEndpoint({
  name: 'stats',
  summary: 'Compute minimum, maximum and mean of a selection',
  parameters: {
    path: pathParameter,
    selection,
    decode: choice('cf applies the CF conventions', ['cf'] as const, null),
  },
  replies: json(schemas.stats),
  async handle(source, { path, selection: chosen, decode }, signal) {
    const { array } = await findArray(source, path, signal);
    const view: ReadableArray = array.view(chosen ?? []);
    const options: AsyncReadOptions = {
      signal,
      ...(decode === null ? {} : { decode }),
      // Some versions of Node have no arrays of float16.
      ...(array.dtype === 'float16' && decode === null ? { as: 'float32' } : {}),
    };
    const statistics = new Statistics(array.dtype);
    const { partBytes } = source.admission;
    const hold = await source.admission.begin(Math.min(partBytes, view.size * 8), signal);
    try {
      for (const part of view.size === 0 ? [] : partsOf(view, Math.floor(partBytes / 8))) {
        statistics.add((await view.read(part, options)).data);
      }
    } finally {
      hold.end();
    }
    return jsonReply(toJsonValue(statistics.summary()));
  },
});

export const storage = defineEndpoint({
  name: 'storage',
  summary: 'Describe how an array is stored',
  parameters: { path: pathParameter },
  replies: json(schemas.storage),
  async handle(source, { path }, signal) {
    const { array } = await findElements(source, path, null, signal);
    const { descriptor } = openedParts(array);
    const { shape, fixedLayers } = descriptor;
    const isEmpty = shape.includes(0);
    const start = shape.map(() => 0);
    const layers = isEmpty ? [] : (fixedLayers ?? (await source.catalog.run(descriptor.layers(start, shape), signal)));
    const { chunks, chunksAbsent, bytesToRead, files } = await array.explainAsync([], { signal });
    const root = source.catalog.rootOf(splitPath(path));
    const { filesystem, notes } = await describeStorage(root);
    return jsonReply(
      toJsonValue({
        format: array.format,
        chunkShape: array.chunkShape,
        layers: layers.map(({ chunkShape, layout }) => ({
          chunkShape,
          dtype: layout.dtype,
          byteOrder: layout.byteOrder,
          axisOrder: layout.axisOrder,
          codecs: layout.codecs.map(codecLabel),
        })),
        chunks,
        chunksAbsent,
        storedBytes: bytesToRead,
        files,
        filesystem: { type: filesystem.type, family: filesystem.family, readOnly: filesystem.options.includes('ro') },
        notes,
      }),
    );
  },
});

export const reads = defineEndpoint({
  name: 'reads',
  summary: 'Return the statistics of a recent read',
  parameters: { id: text('The `id` of a request to /api/v1/read') },
  replies: json(schemas.reads),
  async handle({ log }, { id }) {
    const found = log.find(id);
    if (found === undefined) throw notFound('The server remembers no read with this id');
    return jsonReply(toJsonValue(found));
  },
});
