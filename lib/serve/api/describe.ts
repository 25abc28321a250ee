/**
 * `/api/v1/describe`: complete descriptions of arrays, groups, committed datatypes and links.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { type AttributesOf, attributesOfArray, describeAttributes } from '../../api/attribute-types.js';
import type { GroupHandle } from '../../api/group-handle.js';
import { openedGroup, openedParts } from '../../api/opened-parts.js';
import { describeDatatype, describeElementType } from '../../api/type-description.js';
import { isPosixParError } from '../../core/errors.js';
import { toJsonValue } from '../../core/json-value.js';
import type { ArrayDescriptor } from '../../formats/descriptor.js';
import type { DatatypeDescriptor, GroupDescriptor, GroupEntry, GroupLink } from '../../formats/group.js';
import { describeFilters } from '../array-storage.js';
import { findDatatype, findEntry, isAbsent } from '../catalog/objects.js';
import { hashTag } from '../http/etag.js';
import { outerRank } from '../listed-elements.js';
import { type ApiSource, defineEndpoint, jsonReply, splitPath } from './endpoint.js';
import { optionalText } from './parameters.js';
import { schemas } from './schemas.js';

type Description = Readonly<Record<string, unknown>>;

/** Resolves references in the value of an attribute. */
type Resolve = (value: unknown) => Promise<unknown>;

/** Describes attributes with their values. References become the paths of their targets. */
async function describeWithValues(attributes: AttributesOf, resolve: Resolve): Promise<Description[]> {
  const described: Description[] = [];
  for (const attribute of describeAttributes(attributes)) {
    const value = attributes.attributes[attribute.name];
    const isReference = JSON.stringify(attribute.type).includes('"kind":"reference"');
    described.push({ ...attribute, value: toJsonValue(isReference ? await resolve(value) : value) });
  }
  return described;
}

function describeArray(name: string, array: ArrayDescriptor): Description {
  const { format, hdf5, shape, dimensionNames } = array;
  const rank = outerRank(array);
  return {
    kind: 'array',
    name,
    format,
    shape: hdf5?.isNull === true ? null : shape.slice(0, rank),
    type: describeElementType(array),
    ...describeFilters(array),
    dimensionNames: dimensionNames?.slice(0, rank) ?? null,
    attributes: describeAttributes(attributesOfArray(array)),
  };
}

const describeGroup = (name: string, group: GroupDescriptor): Description => ({
  kind: 'group',
  name,
  format: group.format,
  attributes: describeAttributes(group),
});

const describeNamedType = (name: string, descriptor: DatatypeDescriptor): Description => ({
  kind: 'datatype',
  name,
  type: describeDatatype(descriptor.datatype),
  attributes: describeAttributes(descriptor),
});

function describeLink(name: string, { file, path, isDead }: GroupLink): Description {
  return { kind: 'link', name, link: { file, path }, isDead: isDead === true };
}

/** Describes an entry of a group. An object that is damaged, or of a type that is not read, has the kind `other`. */
async function describeMember(
  { catalog }: ApiSource,
  group: GroupHandle,
  { name, kind, link }: GroupEntry,
  signal: AbortSignal,
): Promise<Description> {
  const descriptor = openedGroup(group);
  const target = link === undefined ? {} : { link: { file: link.file, path: link.path } };
  try {
    if (kind === 'group')
      return { ...describeGroup(name, await catalog.run(descriptor.openGroup(name), signal)), ...target };
    if (kind === 'array')
      return { ...describeArray(name, await catalog.run(descriptor.openArray(name), signal)), ...target };
  } catch (error) {
    if (!isPosixParError(error) || isPosixParError(error, 'AbortError')) throw error;
    return { kind: 'other', name, ...target };
  }
  const datatype = await findDatatype(catalog, group, name, signal);
  if (datatype !== null) return { ...describeNamedType(name, datatype), ...target };
  return link === undefined ? { kind: 'other', name } : describeLink(name, link);
}

/** Returns the function that resolves references of attributes of objects in a group. */
function resolverOf(source: ApiSource, group: GroupHandle | null, signal: AbortSignal): Resolve {
  const descriptor = group === null ? null : openedGroup(group);
  return async (value) => {
    const io = descriptor?.resolveReferences?.(value);
    return io === undefined ? value : await source.catalog.run(io, signal);
  };
}

async function describeArrayAt(
  source: ApiSource,
  array: ArrayHandle,
  steps: readonly string[],
  signal: AbortSignal,
): Promise<Description> {
  const { descriptor } = openedParts(array);
  // The group resolves references. A file without groups has no references.
  const parent = descriptor.name === '' ? null : await findEntry(source.catalog, steps, signal);
  const resolve = resolverOf(source, parent?.group ?? null, signal);
  const name = descriptor.name === '' ? '' : (steps.at(-1) ?? '');
  return {
    ...describeArray(name, descriptor),
    attributes: await describeWithValues(attributesOfArray(descriptor), resolve),
  };
}

async function describeGroupAt(source: ApiSource, group: GroupHandle, signal: AbortSignal): Promise<Description> {
  const descriptor = openedGroup(group);
  const members: Description[] = [];
  for (const entry of await group.children({ signal })) {
    members.push(await describeMember(source, group, entry, signal));
  }
  const name = descriptor.name.split('/').at(-1) ?? '';
  const attributes = await describeWithValues(descriptor, resolverOf(source, group, signal));
  return { ...describeGroup(name, descriptor), attributes, members };
}

/** Describes a committed datatype, or a link without a target; null if there is neither. */
async function describeOther(
  source: ApiSource,
  steps: readonly string[],
  signal: AbortSignal,
): Promise<Description | null> {
  const found = await findEntry(source.catalog, steps, signal);
  if (found === null) return null;
  const { group, entry } = found;
  const datatype = await findDatatype(source.catalog, group, entry.name, signal);
  if (datatype === null) return entry.link === undefined ? null : describeLink(entry.name, entry.link);
  const attributes = await describeWithValues(datatype, resolverOf(source, group, signal));
  return { ...describeNamedType(entry.name, datatype), attributes };
}

async function describeAt(source: ApiSource, steps: readonly string[], signal: AbortSignal): Promise<Description> {
  let node: Awaited<ReturnType<typeof source.catalog.findStored>>;
  try {
    node = await source.catalog.findStored(steps, signal);
  } catch (error) {
    const other = isAbsent(error) ? await describeOther(source, steps, signal) : null;
    if (other === null) throw error;
    return other;
  }
  switch (node.kind) {
    case 'array':
      return await describeArrayAt(source, node.array, steps, signal);
    case 'group':
      return await describeGroupAt(source, node.group, signal);
    case 'directory':
      return { kind: 'directory', members: await source.catalog.list(node.path, signal) };
  }
}

export const describe = defineEndpoint({
  name: 'describe',
  summary: 'Describe an array, group, datatype, link or directory completely: types, shapes, attributes and members',
  parameters: { path: optionalText('Path below the served directory. Default: the directory itself') },
  replies: { 'application/json': { description: 'An object', ...schemas.describe } },
  async handle(source, { path }, signal) {
    const described = await describeAt(source, splitPath(path ?? ''), signal);
    return jsonReply(described, hashTag(JSON.stringify(described)));
  },
});
