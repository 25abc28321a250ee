/**
 * JSON schemas of the documents that routes below `/api/v1` send. Documents may have more members.
 * @module
 */

import { dtypeTable } from '../../core/generated/dtypes.js';

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
const kind = (...names: readonly string[]): Schema => ({ type: 'string', enum: names });

const elementType = { $ref: '#/components/schemas/ElementType' };
const byteOrder = kind('little', 'big', 'vax');
const described = {
  name: string,
  attributes: listOf(object({ name: string, shape: orNull(shape), type: elementType, 'value?': anything })),
};
const link = object({ file: orNull(string), path: string });
const describedArray = {
  kind: kind('array'),
  ...described,
  format: string,
  shape: orNull(shape),
  type: elementType,
  chunks: orNull(shape),
  filters: listOf(object({ id: orNull(integer), name: string })),
  dimensionNames: orNull(listOf(orNull(string))),
  'link?': link,
};
const describedGroup = { kind: kind('group'), ...described, format: string };
const otherObjects = [
  object({ kind: kind('datatype'), ...described, type: elementType, 'link?': link }),
  object({ kind: kind('link'), name: string, link, isDead: boolean }),
];
/** A member of a group. Its attributes have no values. */
const member = {
  oneOf: [
    object(describedArray),
    object({ ...describedGroup, 'link?': link }),
    ...otherObjects,
    object({ kind: kind('other'), name: string, 'link?': link }),
  ],
};

/** Schemas to which documents refer, by name. */
export const sharedSchemas = {
  ElementType: {
    description: 'Type of an element or attribute. Sizes are in bytes',
    oneOf: [
      object({ kind: kind('integer'), size: integer, signed: boolean, byteOrder }),
      object({ kind: kind('float', 'complex', 'bitfield'), size: integer, byteOrder }),
      object({ kind: kind('bool', 'time', 'other'), size: integer }),
      object({ kind: kind('text'), size: orNull(integer), encoding: string, padding: orNull(string) }),
      object({ kind: kind('opaque'), size: integer, tag: string }),
      object({
        kind: kind('record'),
        size: integer,
        fields: listOf(object({ name: string, offset: integer, type: elementType })),
      }),
      object({
        kind: kind('enum'),
        size: integer,
        base: elementType,
        members: listOf(object({ name: string, value: element })),
      }),
      object({ kind: kind('array'), shape, item: elementType }),
      object({ kind: kind('sequence'), item: elementType }),
      object({ kind: kind('reference'), target: string }),
    ],
  },
} as const satisfies Readonly<Record<string, Schema>>;

/** Schemas of documents by the names of routes. */
export const schemas = {
  tree: {
    oneOf: [
      object({
        kind: kind('array'),
        format: string,
        name: string,
        field: orNull(string),
        dtype: string,
        shape,
        chunkShape: shape,
        fillValue: anything,
        dimensionNames: orNull(listOf(orNull(string))),
        attributes,
        fields: listOf(object({ name: string, dtype: string })),
      }),
      object({ kind: kind('group'), format: string, name: string, attributes, children }),
      object({ kind: kind('directory'), children }),
      object({ kind: kind('other'), name: string, link: orNull(link) }),
    ],
  },
  describe: {
    oneOf: [
      object(describedArray),
      object({ ...describedGroup, members: listOf(member) }),
      ...otherObjects,
      object({ kind: kind('directory'), members: children }),
    ],
  },
  chunks: object({ chunks: listOf(object({ start: shape, stop: shape, isStored: boolean })), hasMore: boolean }),
  paths: object({ paths: listOf(string), hasMore: boolean }),
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
    files: orNull(integer),
    hasMore: boolean,
    map: listOf(object({ bytes: integer, cachedBytes: orNull(integer) })),
  }),
  read: {
    oneOf: [
      object({ dtype: kind(...dtypeTable.map(({ name }) => name), 'text'), shape, data: listOf(element) }),
      object({ dtype: kind('record'), shape, fields: listOf(string), data: listOf({ type: 'array' }) }),
      object({ dtype: kind('sequence'), shape, data: listOf({ type: 'array' }) }),
    ],
  },
  readMany: object({ dtype: string, boxes: listOf(object({ shape, data: listOf(element) })) }),
  reduce: object({ dtype: string, shape, data: listOf(element), 'mask?': listOf(integer) }),
} as const satisfies Readonly<Record<string, Schema>>;
