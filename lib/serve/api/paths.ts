/**
 * `/api/v1/paths`: the paths of the objects in a group or directory, or of those whose names contain a text.
 * @module
 */
import type { Node } from '../catalog/catalog.js';
import { HttpError } from '../http/problem.js';
import { type ApiSource, defineEndpoint, jsonReply, pathParameter, splitPath } from './endpoint.js';
import { integer, optionalText } from './parameters.js';
import { schemas } from './schemas.js';

/** Maximum number of paths that a client can ask for. */
const maxPaths = 100_000;

/** Time in milliseconds after which a search with a limit ends, so that a page can say what was found. */
const searchMs = 5000;

/** Yields the paths of the objects in a group or directory. @throws {HttpError} 404 if `node` is an array. */
async function* pathsIn({ catalog }: ApiSource, node: Node, signal: AbortSignal): AsyncGenerator<string> {
  switch (node.kind) {
    case 'array':
      throw new HttpError(404, 'NotAGroup', 'Expected the path of a group or directory, received that of an array');
    case 'group':
      for await (const { name } of node.group.walk({ describe: false, signal })) yield name;
      return;
    case 'directory':
      yield* catalog.walk(node.path, signal);
  }
}

/** Returns the test for a text: of the whole path if the text has a slash, otherwise of the last component. */
function matcher(contained: string | null): (path: string) => boolean {
  if (contained === null) return () => true;
  const text = contained.toLowerCase();
  if (text.includes('/')) return (path) => path.toLowerCase().includes(text);
  return (path) =>
    path
      .slice(path.lastIndexOf('/') + 1)
      .toLowerCase()
      .includes(text);
}

export const paths = defineEndpoint({
  name: 'paths',
  summary: 'List the paths of the objects in a group or directory, at most 32 levels deep',
  parameters: {
    path: pathParameter,
    contains: optionalText(
      'Text in the last component of the listed paths, or, if it has a slash, in the paths. Case does not matter',
    ),
    limit: integer('Maximum number of paths. With it, a search ends after 5 seconds', 1, maxPaths),
  },
  replies: {
    'application/json': {
      description: 'An object. hasMore is true if the limit or the time ended the search',
      ...schemas.paths,
    },
  },
  async handle(source, { path, contains, limit }, signal) {
    const node = await source.catalog.findStored(splitPath(path), signal);
    const matches = matcher(contains);
    const endMs = performance.now() + (limit === null ? Number.POSITIVE_INFINITY : searchMs);
    const found: string[] = [];
    for await (const name of pathsIn(source, node, signal)) {
      const isMatch = matches(name);
      if ((isMatch && found.length === limit) || performance.now() > endMs) {
        return jsonReply({ paths: found, hasMore: true });
      }
      if (isMatch) found.push(name);
    }
    return jsonReply({ paths: found, hasMore: false });
  },
});
