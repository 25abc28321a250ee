/**
 * Writes the OpenAPI document of the server.
 * @see https://spec.openapis.org/oas/v3.1.0
 * @module
 */
import type { Endpoint } from './endpoint.js';
import { sharedSchemas } from './schemas.js';

const problem = {
  description: 'A problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

function operationOf({ name, summary, parameters, replies }: Endpoint): Readonly<Record<string, unknown>> {
  return {
    operationId: name,
    summary,
    parameters: Object.entries(parameters).map(([parameter, { description, schema, required = false }]) => ({
      name: parameter,
      in: 'query',
      description,
      required,
      schema,
    })),
    responses: {
      '200': {
        description: summary,
        content: Object.fromEntries(
          Object.entries(replies).map(([type, reply]) => [
            type,
            { schema: typeof reply === 'string' ? { description: reply } : reply },
          ]),
        ),
      },
      default: problem,
    },
  };
}

const zarrKey = {
  name: 'key',
  in: 'path',
  required: true,
  description: 'May contain slashes',
  schema: { type: 'string' },
} as const;

/** Routes that are not below `/api/v1`. */
const otherPaths = {
  '/zarr/{key}': {
    get: {
      operationId: 'zarr',
      summary: 'A key of the Zarr v3 hierarchy: a path and zarr.json, or a path and a chunk key such as c/0/1',
      parameters: [
        zarrKey,
        {
          name: 'codecs',
          in: 'query',
          required: false,
          description: 'Chunks that are sent as they are stored: those with core codecs, or also those with numcodecs',
          schema: { type: 'string', enum: ['core', 'native'], default: 'core' },
        },
      ],
      responses: { '200': { description: 'A document or a chunk', content: bytes }, default: problem },
    },
  },
  '/zarr-native/{key}': {
    get: {
      operationId: 'zarrNative',
      summary: 'The same as /zarr/{key}?codecs=native, for clients that do not keep the query',
      parameters: [zarrKey],
      responses: { '200': { description: 'A document or a chunk', content: bytes }, default: problem },
    },
  },
  '/h5grove/{route}': {
    get: {
      operationId: 'h5grove',
      summary: 'The routes meta, attr, data, paths and stats of h5grove 4, whose documentation describes them',
      parameters: [{ name: 'route', in: 'path', required: true, schema: { type: 'string' } }],
      responses: {
        '200': { description: 'A document or elements', content: bytes },
        default: { description: 'A message' },
      },
    },
  },
  '/healthz': {
    get: {
      operationId: 'healthz',
      summary: 'Whether the server runs',
      security: [],
      responses: { '200': { description: 'ok', content: { 'text/plain': {} } } },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Counters in the text format of Prometheus',
      responses: { '200': { description: 'Counters', content: { 'text/plain': {} } }, default: problem },
    },
  },
} as const;

/** Returns the document that describes `endpoints` and the other routes. */
export function openApiDocument(endpoints: readonly Endpoint[]): Readonly<Record<string, unknown>> {
  const own = endpoints.map((endpoint) => [`/api/v1/${endpoint.name}`, { get: operationOf(endpoint) }]);
  return {
    openapi: '3.1.0',
    info: { title: 'posix-par', version: '1', description: 'Arrays below directories, read only' },
    security: [{ bearer: [] }, { query: [] }],
    paths: { ...Object.fromEntries(own), ...otherPaths },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        query: { type: 'apiKey', in: 'query', name: 'token' },
      },
      schemas: {
        ...sharedSchemas,
        Problem: {
          type: 'object',
          description: 'Problem details (RFC 9457)',
          required: ['type', 'title', 'status', 'detail', 'tag'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            tag: { type: 'string', description: 'Short name of the problem, such as NotFound' },
          },
        },
      },
    },
  };
}
