/**
 * JSON schemas of the documents that routes below `/api/v1` send. Documents may have more members.
 * @module
 */

/** A JSON schema. */
export type Schema = Readonly<Record<string, unknown>>;

const number = { type: 'number' };
const integer = { type: 'integer' };
const string = { type: 'string' };
const boolean = { type: 'boolean' };
const anything = {};
const shape = listOf(integer);
/** A number. NaN, infinities and 64-bit integers are texts, because JSON does not have them. */
const element = { type: ['number', 'string'] };

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

function orNull(schema: Schema): Schema {
  return { ...schema, type: [schema['type'], 'null'].flat() };
}

/** Returns the schema of an object with these members. Those whose names end with `?` may be absent. */
function object(members: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(members);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace('?', ''), schema])),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith('?')),
  };
}

const attributes = { type: 'object' };
const children = listOf(object({ name: string, kind: string }));
const kind = (name: string): Schema => ({ type: 'string', enum: [name] });

/** Schemas of documents by the names of routes. */
export const schemas = {
  tree: {
    oneOf: [
      object({
        kind: kind('array'),
        format: string,
        name: string,
        dtype: string,
        shape,
        chunkShape: shape,
        fillValue: anything,
        dimensionNames: orNull(listOf(orNull(string))),
        attributes,
      }),
      object({ kind: kind('group'), format: string, name: string, attributes, children }),
      object({ kind: kind('directory'), children }),
    ],
  },
  explain: object({
    format: string,
    shape,
    bytesRequested: number,
    bytesToRead: number,
    files: integer,
    chunks: integer,
    chunksAbsent: integer,
    extents: integer,
    amplification: number,
    engine: string,
    engineReason: string,
    codecs: listOf(string),
  }),
  stats: object({ elements: integer, nan: integer, min: orNull(element), max: orNull(element), mean: orNull(element) }),
  storage: object({
    format: string,
    chunkShape: shape,
    layers: listOf(
      object({ chunkShape: shape, dtype: string, byteOrder: string, axisOrder: shape, codecs: listOf(string) }),
    ),
    chunks: integer,
    chunksAbsent: integer,
    storedBytes: number,
    files: integer,
    filesystem: object({ type: string, family: string, readOnly: boolean }),
    notes: { type: 'array' },
  }),
  reads: object({
    bytesRequested: number,
    bytesRead: number,
    bytesCached: number,
    chunks: integer,
    chunksAbsent: integer,
    chunksDecoded: integer,
    engine: string,
    engineReason: string,
    threads: integer,
    planMs: number,
    waitMs: number,
    decodeMs: number,
    scatterMs: number,
    elapsedMs: number,
  }),
  residency: object({
    bytes: orNull(integer),
    cachedBytes: orNull(integer),
    dirtyBytes: orNull(integer),
    map: listOf(object({ bytes: integer, cachedBytes: orNull(integer) })),
  }),
  read: object({ dtype: string, shape, data: listOf(element) }),
  readMany: object({ dtype: string, boxes: listOf(object({ shape, data: listOf(element) })) }),
  reduce: object({ dtype: string, shape, data: listOf(element), 'mask?': listOf(integer) }),
} as const satisfies Readonly<Record<string, Schema>>;
