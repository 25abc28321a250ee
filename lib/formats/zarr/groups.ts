/**
 * Opens and lists the groups of a Zarr store.
 * @module
 */
import { ChoiceError } from '../../core/errors.js';
import { type Io, listDirectory } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import { directoryOf, type GroupNode, kindsOf, type NodePath, nameOf, readNode, resolveNode } from './nodes.js';

/** Number of directories checked in one request. */
const batchSize = 256;

/** Returns the descriptor of the group at `node`. `group` contains its metadata. */
export function describeGroup(node: NodePath, group: GroupNode): GroupDescriptor {
  return {
    format: 'zarr',
    path: node.root,
    name: nameOf(node),
    attributes: group.attributes,
    children: () => listChildren(node),
    openArray: (name) => openArrayAt(resolveNode(node, name)),
    openGroup: (name) => openGroupAt(resolveNode(node, name)),
  };
}

/**
 * Opens the array at `node`.
 * @throws {ChoiceError} if there is no array.
 */
export function* openArrayAt(node: NodePath): Io<ArrayDescriptor> {
  const found = yield* readNode(node);
  if (found?.kind === 'array') return found.array;
  throw yield* missing(node, 'array', found === null ? 'nothing' : 'a group');
}

/**
 * Opens the group at `node`.
 * @throws {ChoiceError} if there is no group.
 */
export function* openGroupAt(node: NodePath): Io<GroupDescriptor> {
  const found = yield* readNode(node);
  if (found?.kind === 'group') return describeGroup(node, found);
  throw yield* missing(node, 'group', found === null ? 'nothing' : 'an array');
}

/** Lists the children in the group's folder. Does not use consolidated metadata, which may be outdated. */
function* listChildren(node: NodePath): Io<readonly GroupEntry[]> {
  const directory = directoryOf(node);
  const names = ((yield* listDirectory(directory)) ?? []).filter(
    (name) => !name.startsWith('.') && name !== 'zarr.json',
  );
  const entries: GroupEntry[] = [];
  for (let first = 0; first < names.length; first += batchSize) {
    const batch = names.slice(first, first + batchSize);
    const kinds = yield* kindsOf(batch.map((name) => `${directory}/${name}`));
    batch.forEach((name, i) => {
      const kind = kinds[i] ?? null;
      if (kind !== null) entries.push({ name, kind });
    });
  }
  return entries;
}

/** Returns the error for a missing node. It lists the contents of the node, or of its nearest non-empty ancestor. */
function* missing(node: NodePath, expected: 'array' | 'group', found: string): Io<ChoiceError> {
  const article = expected === 'array' ? 'an' : 'a';
  let nearest = node;
  let children = yield* listChildren(nearest);
  while (children.length === 0 && nearest.steps.length > 0) {
    nearest = { root: node.root, steps: nearest.steps.slice(0, -1) };
    children = yield* listChildren(nearest);
  }
  const listed = children.slice(0, 20).map(({ name, kind }) => `'${name}' (${kind})`);
  const more = children.length > listed.length ? ` and ${children.length - listed.length} more` : '';
  const where = nearest === node ? 'it' : nearest.steps.length === 0 ? 'the store' : `'${nearest.steps.join('/')}'`;
  const hint = listed.length === 0 ? '' : `; ${where} holds ${listed.join(', ')}${more}`;
  const message = `Expected ${article} ${expected} in this Zarr store, found ${found}${hint}`;
  const example = expected === 'array' ? children.find(({ kind }) => kind === 'array') : undefined;
  const advice = example === undefined ? '' : exampleOf({ ...nearest, steps: [...nearest.steps, example.name] });
  return new ChoiceError(expected, message + advice, directoryOf(node));
}

/** Shows how a path names a node of a store. */
function exampleOf({ root, steps }: NodePath): string {
  return `. Name one in the path, such as '${root.slice(root.lastIndexOf('/') + 1)}#${steps.join('/')}'`;
}
