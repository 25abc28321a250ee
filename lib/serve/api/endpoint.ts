/**
 * Defines routes below `/api/v1`. `endpoints.ts` lists the routes.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { isPosixParError } from '../../core/errors.js';
import type { Catalog, Node } from '../catalog/catalog.js';
import { splitUrlPath } from '../catalog/roots.js';
import { HttpError } from '../http/problem.js';
import { type Reply, textReply } from '../http/reply.js';
import type { Admission } from '../limits.js';
import { optionalText, type Parameters, parseQuery, text, type Values } from './parameters.js';
import type { ReadLog } from './read-log.js';
import type { Schema } from './schemas.js';

/** The parts of the server that routes need. */
export interface ApiSource {
  readonly catalog: Catalog;
  readonly admission: Admission;
  readonly log: ReadLog;
}

/** A route. */
export interface Endpoint {
  /** Last component of the path. */
  readonly name: string;
  readonly summary: string;
  readonly parameters: Parameters;
  /** Media types of successful replies, with a description, or with a schema that has a description. */
  readonly replies: Readonly<Record<string, string | Schema>>;
  answer(source: ApiSource, query: URLSearchParams, signal: AbortSignal): Promise<Reply>;
}

/** Creates a route whose handler gets parsed parameters. */
export function defineEndpoint<P extends Parameters>(
  definition: Omit<Endpoint, 'answer' | 'parameters'> & {
    readonly parameters: P;
    handle(source: ApiSource, values: Values<P>, signal: AbortSignal): Promise<Reply>;
  },
): Endpoint {
  const { handle, ...rest } = definition;
  return {
    ...rest,
    answer: (source, query, signal) => handle(source, parseQuery(definition.parameters, query), signal),
  };
}

/** The required parameter with a path below the served directory. */
export const pathParameter = text(
  'Path below the served directory. The path of an array in a file follows after a slash: run.h5/ocean/temperature',
);

/** The optional parameter with the path of a field of records. */
export const fieldParameter = optionalText('Field of records, such as x or p.w. Default: the complete records');

/** An array that a request names, and text that identifies the state of its file. */
export interface FoundArray {
  readonly array: ArrayHandle;
  readonly stamp: string;
}

/** Splits a path that is not percent-encoded. */
export function splitPath(path: string): readonly string[] {
  return path === '' || path === '/' ? [] : splitUrlPath(path.split('/').map(encodeURIComponent).join('/'));
}

/**
 * Finds an array.
 * @throws {HttpError} 404 if there is none.
 */
export async function findArray({ catalog }: ApiSource, path: string, signal: AbortSignal): Promise<FoundArray> {
  return requireArray(await catalog.find(splitPath(path), signal));
}

/**
 * Finds an array whose elements may be of any type, or one field of an array of records.
 * @throws {HttpError} 404 if there is no such array, 400 if it has no such field.
 */
export async function findElements(
  { catalog }: ApiSource,
  path: string,
  field: string | null,
  signal: AbortSignal,
): Promise<FoundArray> {
  const node = await catalog.findStored(splitPath(path), signal, field).catch((error: unknown) => {
    if (!isPosixParError(error, 'ChoiceError') || error.choice !== 'field') throw error;
    throw new HttpError(
      400,
      'InvalidParameter',
      error.message.replace('options.field', 'field').replace(` (${error.path})`, ''),
    );
  });
  return requireArray(node);
}

function requireArray(node: Node): FoundArray {
  if (node.kind === 'array') return node;
  throw new HttpError(404, 'NotAnArray', `Expected the path of an array, received that of a ${node.kind}`);
}

/** Creates a reply of JSON. */
export function jsonReply(value: unknown, tag: string | null = null): Reply {
  return textReply(`${JSON.stringify(value)}\n`, 'application/json', tag);
}
