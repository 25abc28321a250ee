/**
 * Finds arrays, groups, committed datatypes and links, and describes them as h5grove does.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import type { GroupHandle } from '../../api/group-handle.js';
import { openedGroup, openedParts } from '../../api/opened-parts.js';
import { isPosixParError } from '../../core/errors.js';
import type { ArrayDescriptor } from '../../formats/descriptor.js';
import type { DatatypeDescriptor, GroupEntry, GroupLink } from '../../formats/group.js';
import { type ApiSource, splitPath } from '../api/endpoint.js';
import { describeFilters } from '../array-storage.js';
import { findDatatype, findEntry, isAbsent, nullIfAbsent } from '../catalog/objects.js';
import { HttpError } from '../http/problem.js';
import { outerRank } from '../listed-elements.js';
import { describeAttributes, type ObjectAttributes } from './attributes.js';
import { describeType, type TypeMetadata } from './datatypes.js';
import { describeAttribute, textType, typeOf, typeOfStored } from './types.js';

/** Name of the array of a file that holds one array and no groups. */
const onlyArray = 'data';

/** Object that a request names. */
export type Entity =
  | { readonly kind: 'array'; readonly name: string; readonly array: ArrayHandle }
  | { readonly kind: 'group'; readonly name: string; readonly group: GroupHandle }
  /** The root of a file that holds one array. */
  | { readonly kind: 'root'; readonly array: ArrayHandle }
  | { readonly kind: 'datatype'; readonly name: string; readonly descriptor: DatatypeDescriptor }
  /** A link that was not followed. */
  | { readonly kind: 'link'; readonly name: string; readonly link: GroupLink };

/** Links to follow: none, those with a target, or all. With `all`, a link without a target is an error. */
export const linkResolutions = ['none', 'only_valid', 'all'] as const;
export type LinkResolution = (typeof linkResolutions)[number];

/** Path of an object in a file. */
export interface Place {
  readonly file: string;
  readonly path: string;
}

/**
 * Finds an object.
 * @throws {HttpError} 404 if there is none. The messages are those that h5web recognises.
 */
export async function findEntity(
  source: ApiSource,
  { file, path }: Place,
  links: LinkResolution,
  signal: AbortSignal,
): Promise<Entity> {
  const { catalog } = source;
  const steps = splitPath(path);
  const name = steps.at(-1) ?? '';
  const root = await catalog.findStored(splitPath(file), signal).catch((error: unknown) => {
    throw isAbsent(error) ? new HttpError(404, 'NotFound', 'File not found') : error;
  });
  if (root.kind === 'directory') throw new HttpError(404, 'NotFound', 'File not found');
  if (root.kind === 'array') {
    if (steps.length === 0) return { kind: 'root', array: root.array };
    if (steps.length > 1 || name !== onlyArray) throw invalidPath(path);
    return { kind: 'array', name, array: root.array };
  }
  if (steps.length === 0) return { kind: 'group', name: '', group: root.group };
  const inFile = { file, steps, path };
  if (links === 'none') {
    const link = (await findEntry(catalog, [...splitPath(file), ...steps], signal))?.entry.link;
    if (link !== undefined) return { kind: 'link', name, link };
  }
  const node = await catalog.findStored([...splitPath(file), ...steps], signal).catch(nullIfAbsent);
  if (node?.kind === 'array') return { kind: 'array', name, array: node.array };
  if (node?.kind === 'group') return { kind: 'group', name, group: node.group };
  return await findOther(source, inFile, links, root.group, signal);
}

interface InFile {
  readonly file: string;
  readonly steps: readonly string[];
  readonly path: string;
}

/** Finds a committed datatype, or a link without a target. */
async function findOther(
  source: ApiSource,
  inFile: InFile,
  links: LinkResolution,
  root: GroupHandle,
  signal: AbortSignal,
): Promise<Entity> {
  const name = inFile.steps.at(-1) ?? '';
  const descriptor = await findDatatype(source.catalog, root, inFile.steps.join('/'), signal);
  if (descriptor !== null) return { kind: 'datatype', name, descriptor };
  const link = (await findEntry(source.catalog, [...splitPath(inFile.file), ...inFile.steps], signal))?.entry.link;
  if (link === undefined) throw invalidPath(inFile.path);
  if (links === 'all') throw unresolved(inFile.path);
  return { kind: 'link', name, link };
}

function invalidPath(path: string): HttpError {
  return new HttpError(404, 'NotFound', `${path} is not a valid path`);
}

function unresolved(path: string): HttpError {
  return new HttpError(404, 'NotFound', `Cannot resolve the link ${path}`);
}

/** Returns the attributes of an object. @throws {HttpError} 404 if it is a link. */
export function attributesOf(entity: Entity): ObjectAttributes {
  switch (entity.kind) {
    case 'root':
      return { values: {} };
    case 'array':
      return arrayAttributes(openedParts(entity.array).descriptor);
    case 'group':
      return groupAttributes(openedGroup(entity.group));
    case 'datatype':
      return groupAttributes(entity.descriptor);
    case 'link':
      throw unresolved(entity.name);
  }
}

const arrayAttributes = ({ attributes, hdf5 }: ArrayDescriptor): ObjectAttributes => ({
  values: attributes,
  facts: hdf5?.attributes,
});

const groupAttributes = ({
  attributes,
  attributesFacts,
}: Pick<DatatypeDescriptor, 'attributes'> & Partial<DatatypeDescriptor>): ObjectAttributes => ({
  values: attributes,
  facts: attributesFacts,
});

function describeArray(name: string, array: ArrayDescriptor): Readonly<Record<string, unknown>> {
  const { hdf5, attributes, attributeTypes } = array;
  const rank = outerRank(array);
  return {
    kind: 'dataset',
    name,
    shape: hdf5?.isNull === true ? null : array.shape.slice(0, rank),
    type: hdf5 === undefined ? elementsType(array) : describeType(hdf5.datatype),
    ...storageOf(array),
    attributes:
      hdf5 === undefined
        ? Object.entries(attributes).map(([key, value]) => describeAttribute(key, value, attributeTypes?.[key]))
        : describeAttributes(arrayAttributes(array)),
  };
}

/** Describes chunks and filters. Codecs of other formats are numbered. */
function storageOf(array: ArrayDescriptor): Readonly<Record<string, unknown>> {
  const { chunks, filters } = describeFilters(array);
  const numbered = filters.map(({ id, name }, i) => ({ id: id ?? i, name }));
  return { chunks, filters: numbered.length === 0 ? null : numbered };
}

/** Describes the element type of a format other than HDF5. */
function elementsType({ records, text, chunkText, dtype }: ArrayDescriptor): TypeMetadata {
  if (records !== undefined) return typeOfStored(records.type);
  return text === undefined && chunkText === undefined ? typeOf(dtype) : textType;
}

const describeGroup = (name: string, attributes: ObjectAttributes): Record<string, unknown> => ({
  kind: 'group',
  name,
  attributes: describeAttributes(attributes),
});

const describeNamedType = (name: string, descriptor: DatatypeDescriptor): Record<string, unknown> => ({
  kind: 'datatype',
  name,
  type: describeType(descriptor.datatype),
  attributes: describeAttributes(groupAttributes(descriptor)),
});

function describeLink(name: string, { file, path }: GroupLink): Record<string, unknown> {
  if (file === null) return { kind: 'soft_link', name, target_path: path };
  return { kind: 'external_link', name, target_file: file, target_path: path };
}

/** Describes an object, and the children of a group. */
export async function describeEntity(source: ApiSource, entity: Entity, signal: AbortSignal): Promise<unknown> {
  switch (entity.kind) {
    case 'array':
      return describeArray(entity.name, openedParts(entity.array).descriptor);
    case 'root': {
      const children = [describeArray(onlyArray, openedParts(entity.array).descriptor)];
      return { ...describeGroup('', { values: {} }), children };
    }
    case 'datatype':
      return describeNamedType(entity.name, entity.descriptor);
    case 'link':
      return describeLink(entity.name, entity.link);
    case 'group': {
      const { group, name } = entity;
      const children: unknown[] = [];
      for (const child of await group.children({ signal })) {
        children.push(await describeChild(source, group, child, signal));
      }
      return { ...describeGroup(name, groupAttributes(openedGroup(group))), children };
    }
  }
}

async function describeChild(
  source: ApiSource,
  group: GroupHandle,
  { name, kind, link }: GroupEntry,
  signal: AbortSignal,
): Promise<unknown> {
  const { catalog } = source;
  const descriptor = openedGroup(group);
  try {
    if (kind === 'group') {
      return describeGroup(name, groupAttributes(await catalog.run(descriptor.openGroup(name), signal)));
    }
    if (kind === 'array') return describeArray(name, await catalog.run(descriptor.openArray(name), signal));
  } catch (error) {
    if (!isPosixParError(error) || isPosixParError(error, 'AbortError')) throw error;
    return { kind: 'other', name };
  }
  const datatype = await findDatatype(catalog, group, name, signal);
  if (datatype !== null) return describeNamedType(name, datatype);
  return link === undefined ? { kind: 'other', name } : describeLink(name, link);
}

/**
 * Returns the paths of the objects in a group, at most 32 levels deep. The first path is the group itself.
 * @throws {HttpError} 404 if `links` is `all`, and a link has no target.
 */
export async function listPaths(
  entity: Entity,
  path: string,
  links: LinkResolution,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (entity.kind === 'root') return ['/', `/${onlyArray}`];
  if (entity.kind !== 'group') throw new HttpError(404, 'NotAGroup', `${path} is not a group`);
  let end = path.length;
  while (path[end - 1] === '/') end--;
  const prefix = path.slice(0, end);
  const paths = [path];
  for await (const { name, kind, link } of entity.group.walk({ describe: false, signal })) {
    const found = `${prefix}/${name}`;
    if (links === 'all' && kind === 'other' && link !== undefined) throw unresolved(found);
    paths.push(found);
  }
  return paths;
}
