/**
 * Finds arrays, groups and links, and describes them as h5grove does.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import type { GroupHandle } from '../../api/group-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import { codecLabel } from '../../codecs/codec.js';
import { isPosixParError } from '../../core/errors.js';
import type { GroupEntry } from '../../formats/group.js';
import { type ApiSource, splitPath } from '../api/endpoint.js';
import type { Node } from '../catalog/catalog.js';
import { HttpError } from '../http/problem.js';
import { describeAttribute, typeOf } from './types.js';

/** Name of the array of a file that holds one array and no groups. */
const onlyArray = 'data';

/** Object that a request names: an array, a group, or the root of a file that holds one array. */
export type Entity =
  | { readonly kind: 'array'; readonly name: string; readonly array: ArrayHandle }
  | { readonly kind: 'group'; readonly name: string; readonly group: GroupHandle }
  /** The root of a file that holds one array. */
  | { readonly kind: 'root'; readonly array: ArrayHandle };

/**
 * Finds the object at `path` in `file`.
 * @throws {HttpError} 404 if there is none. The messages are those that h5web recognises.
 */
export async function findEntity(
  { catalog }: ApiSource,
  file: string,
  path: string,
  signal: AbortSignal,
): Promise<Entity> {
  const steps = splitPath(path);
  const name = steps.at(-1) ?? '';
  const root = await catalog.find(splitPath(file), signal).catch(notFoundAs('File not found'));
  if (root.kind === 'directory') throw new HttpError(404, 'NotFound', 'File not found');
  if (root.kind === 'array') {
    if (steps.length === 0) return { kind: 'root', array: root.array };
    if (steps.length > 1 || name !== onlyArray) throw invalidPath(path);
    return { kind: 'array', name, array: root.array };
  }
  if (steps.length === 0) return { kind: 'group', name: '', group: root.group };
  const node = await catalog
    .find([...splitPath(file), ...steps], signal)
    .catch(notFoundAs(`${path} is not a valid path`));
  if (node.kind === 'directory') throw invalidPath(path);
  return node.kind === 'array'
    ? { kind: 'array', name, array: node.array }
    : { kind: 'group', name, group: node.group };
}

function invalidPath(path: string): HttpError {
  return new HttpError(404, 'NotFound', `${path} is not a valid path`);
}

/**
 * Returns an error handler. It throws a 404 error with `message` if the error concerns an absent path, else the error
 * itself.
 */
function notFoundAs(message: string): (error: unknown) => Node {
  return (error) => {
    const isAbsent = error instanceof HttpError ? error.status === 404 : isPosixParError(error, 'ChoiceError');
    throw isAbsent ? new HttpError(404, 'NotFound', message) : error;
  };
}

/** Returns the attributes of an object. */
export function attributesOf(entity: Entity): Readonly<Record<string, unknown>> {
  if (entity.kind === 'root') return {};
  return entity.kind === 'array' ? entity.array.attributes : entity.group.attributes;
}

function describeArray(name: string, array: ArrayHandle): Readonly<Record<string, unknown>> {
  const { descriptor } = openedParts(array);
  const { attributeTypes, fixedLayers } = descriptor;
  const { attributes, chunkShape, shape, dtype } = array;
  const codecs = fixedLayers?.[0]?.layout.codecs ?? [];
  const isChunked = codecs.length > 0 || chunkShape.some((size, d) => size !== Math.max(1, shape[d] ?? 1));
  return {
    kind: 'dataset',
    name,
    shape,
    type: typeOf(dtype),
    chunks: isChunked ? chunkShape : null,
    filters: codecs.length === 0 ? null : codecs.map((spec, id) => ({ id, name: codecLabel(spec) })),
    attributes: Object.entries(attributes).map(([key, value]) => describeAttribute(key, value, attributeTypes?.[key])),
  };
}

const describeGroup = (name: string, attributes: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  kind: 'group',
  name,
  attributes: Object.entries(attributes).map(([key, value]) => describeAttribute(key, value, undefined)),
});

/** Describes an object, and the children of a group. */
export async function describeEntity(entity: Entity, signal: AbortSignal): Promise<unknown> {
  if (entity.kind === 'array') return describeArray(entity.name, entity.array);
  if (entity.kind === 'root') return { ...describeGroup('', {}), children: [describeArray(onlyArray, entity.array)] };
  const { group, name } = entity;
  const children: unknown[] = [];
  for (const child of await group.children({ signal })) children.push(await describeChild(group, child, signal));
  return { ...describeGroup(name, group.attributes), children };
}

async function describeChild(group: GroupHandle, entry: GroupEntry, signal: AbortSignal): Promise<unknown> {
  const { name, kind, link } = entry;
  try {
    if (kind === 'group') return describeGroup(name, (await group.openGroup(name, { signal })).attributes);
    if (kind === 'array') {
      await using array = await group.openArray(name, { signal });
      return describeArray(name, array);
    }
  } catch (error) {
    if (!isPosixParError(error) || isPosixParError(error, 'AbortError')) throw error;
    return { kind: 'other', name };
  }
  if (link === undefined) return { kind: 'other', name };
  if (link.file === null) return { kind: 'soft_link', name, target_path: link.path };
  return { kind: 'external_link', name, target_file: link.file, target_path: link.path };
}

/**
 * Returns the paths of the objects in a group, at most 32 levels deep, relative to the group. The first path, `/`, is
 * the group itself.
 */
export async function listPaths(entity: Entity, signal: AbortSignal): Promise<readonly string[]> {
  if (entity.kind !== 'group') return ['/', `/${onlyArray}`];
  const paths = ['/'];
  for await (const { name } of entity.group.walk({ signal })) paths.push(`/${name}`);
  return paths;
}
