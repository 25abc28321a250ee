/**
 * The routes below `/api/v1`.
 * @module
 */
import { hashTag } from '../http/etag.js';
import { notFound } from '../http/problem.js';
import type { Reply } from '../http/reply.js';
import { chunks } from './chunks.js';
import { describe } from './describe.js';
import type { ApiSource, Endpoint } from './endpoint.js';
import { jsonReply } from './endpoint.js';
import { explain, reads, stats, storage } from './facts.js';
import { openApiDocument } from './openapi.js';
import { paths } from './paths.js';
import { read } from './read.js';
import { readMany } from './read-many.js';
import { reduce } from './reduce.js';
import { residency } from './residency.js';
import { tree } from './tree.js';

export const endpoints: readonly Endpoint[] = [
  read,
  readMany,
  reduce,
  explain,
  chunks,
  tree,
  describe,
  paths,
  storage,
  stats,
  reads,
  residency,
];

/** Answers a request below `/api/v1`. @throws {HttpError} 404 if there is no such route. */
export async function answerApi(
  source: ApiSource,
  steps: readonly string[],
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Reply> {
  const [name] = steps;
  if (steps.length === 1 && name === 'openapi.json') {
    const document = openApiDocument(endpoints);
    return jsonReply(document, hashTag(JSON.stringify(document)));
  }
  const found = endpoints.find((endpoint) => endpoint.name === name);
  if (found === undefined || steps.length !== 1) throw notFound('No such route. /api/v1/openapi.json lists all routes');
  return await found.answer(source, query, signal);
}
