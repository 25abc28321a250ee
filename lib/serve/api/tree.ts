/**
 * `/api/v1/tree`: an array, or the members of a group or directory.
 * @module
 */
import { describeOuter, type OuterDescription } from '../../api/array-description.js';
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import type { DType } from '../../core/dtype.js';
import { toJsonValue } from '../../core/json-value.js';
import type { Node } from '../catalog/catalog.js';
import { findEntry, isAbsent } from '../catalog/objects.js';
import { hashTag } from '../http/etag.js';
import { elementKind } from '../listed-elements.js';
import { type ApiSource, defineEndpoint, fieldParameter, findElements, jsonReply, splitPath } from './endpoint.js';
import { optionalText } from './parameters.js';
import { schemas } from './schemas.js';

/** A field of records that `/api/v1/read` can read. */
interface Field {
  readonly name: string;
  readonly dtype: DType | 'text' | 'sequence';
}

/** Returns the fields of records that can be read. Empty if the elements are not records. */
function readableFields(fields: OuterDescription['fields']): readonly Field[] {
  return (fields ?? []).flatMap(({ name, dtype }) => (dtype === null ? [] : [{ name, dtype }]));
}

/**
 * Describes an array. Dimensions inside an element belong to the shape only if the elements are numbers.
 * @param field the field of records that `array` contains; null for complete elements.
 */
function describeArray(array: ArrayHandle, field: string | null): unknown {
  const { descriptor } = openedParts(array);
  const { format, name, dtype, shape, chunkShape, fillValue, dimensionNames, attributes } = array;
  const kind = elementKind(descriptor);
  if (kind === 'number' || kind === 'opaque' || kind === 'none') {
    const facts = { format, name, field, dtype, shape, chunkShape, fillValue, dimensionNames, attributes };
    return toJsonValue({ kind: 'array', ...facts, fields: [] });
  }
  const { elements: _, fields, ...outer } = describeOuter(descriptor);
  return toJsonValue({
    kind: 'array',
    format,
    name,
    field,
    dtype: kind,
    ...outer,
    attributes,
    fields: readableFields(fields),
  });
}

async function describeNode({ catalog }: ApiSource, node: Node, signal: AbortSignal): Promise<unknown> {
  switch (node.kind) {
    case 'array':
      return describeArray(node.array, null);
    case 'group': {
      const { format, name, attributes } = node.group;
      const children = await node.group.children({ signal });
      const entries = children.map((child) => ({ name: child.name, kind: child.kind }));
      return toJsonValue({ kind: 'group', format, name, attributes, children: entries });
    }
    case 'directory':
      return { kind: 'directory', children: await catalog.list(node.path, signal) };
  }
}

/** Describes a member of a group that is neither an array nor a group; null if there is none. */
async function describeOther(
  { catalog }: ApiSource,
  steps: readonly string[],
  signal: AbortSignal,
): Promise<unknown | null> {
  const found = await findEntry(catalog, steps, signal);
  if (found === null || found.entry.kind !== 'other') return null;
  const { name, link } = found.entry;
  return { kind: 'other', name, link: link === undefined ? null : { file: link.file, path: link.path } };
}

async function describeAt(
  source: ApiSource,
  path: string,
  field: string | null,
  signal: AbortSignal,
): Promise<unknown> {
  if (field !== null) return describeArray((await findElements(source, path, field, signal)).array, field);
  const steps = splitPath(path);
  let node: Node;
  try {
    node = await source.catalog.findStored(steps, signal);
  } catch (error) {
    const other = isAbsent(error) ? await describeOther(source, steps, signal) : null;
    if (other === null) throw error;
    return other;
  }
  return await describeNode(source, node, signal);
}

export const tree = defineEndpoint({
  name: 'tree',
  summary: 'Describe an array, or list a group or directory',
  parameters: {
    path: optionalText('Path below the served directory. Default: the directory itself'),
    field: fieldParameter,
  },
  replies: {
    'application/json': {
      description:
        'An object. The dtype of arrays that contain no numbers is text, record or sequence. Fields are those that can be read',
      ...schemas.tree,
    },
  },
  async handle(source, { path, field }, signal) {
    const described = await describeAt(source, path ?? '', field, signal);
    return jsonReply(described, hashTag(JSON.stringify(described)));
  },
});
