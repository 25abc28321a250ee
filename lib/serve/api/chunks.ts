/**
 * `/api/v1/chunks`: the chunks that a selection touches.
 * @module
 */
import { openedParts } from '../../api/opened-parts.js';
import { planChunks } from '../../api/planned-chunks.js';
import { selectionParameter as selection } from './elements.js';
import { defineEndpoint, fieldParameter, findElements, jsonReply, pathParameter } from './endpoint.js';
import { schemas } from './schemas.js';

/** Maximum number of chunks of a reply. */
const maxChunks = 4096;

export const chunks = defineEndpoint({
  name: 'chunks',
  summary: `List the chunks that a selection touches, at most ${maxChunks}`,
  parameters: { path: pathParameter, selection, field: fieldParameter },
  replies: {
    'application/json': {
      description: 'An object. A chunk is a box of the array. isStored is false if its elements have the fill value',
      ...schemas.chunks,
    },
  },
  async handle(source, { path, selection: chosen, field }, signal) {
    const { array } = await findElements(source, path, field, signal);
    const { descriptor } = openedParts(array);
    const planned = await source.catalog.run(planChunks(descriptor, chosen ?? [], maxChunks), signal);
    const boxes = planned.chunks.map(({ start, stop, file }) => ({ start, stop, isStored: file !== null }));
    return jsonReply({ chunks: boxes, hasMore: planned.hasMore });
  },
});
