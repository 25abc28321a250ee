/**
 * `/api/v1/residency`: the parts of a file that are in the page cache. For a store of many files, the numbers are null
 * and the map is empty.
 * @module
 */
import { defineEndpoint, jsonReply, pathParameter, splitPath } from './endpoint.js';
import { schemas } from './schemas.js';

/** Number of parts of the map. */
const buckets = 128;

export const residency = defineEndpoint({
  name: 'residency',
  summary: 'Report which parts of a file are in the page cache',
  parameters: { path: pathParameter },
  replies: {
    'application/json': {
      description: 'An object. Its values are null for stores of many files',
      ...schemas.residency,
    },
  },
  async handle({ catalog }, { path }, signal) {
    const file = await catalog.fileOf(splitPath(path), signal);
    // A store may have millions of files, and it takes long to ask the kernel about each of them.
    if (file === null) return jsonReply({ bytes: null, cachedBytes: null, dirtyBytes: null, map: [] });
    const found = await catalog.residency(file, buckets, signal);
    const { bytes, cachedBytes, dirtyBytes, witness, pageBytes, map } = found;
    return jsonReply({ bytes, cachedBytes, dirtyBytes, witness, pageBytes, map });
  },
});
