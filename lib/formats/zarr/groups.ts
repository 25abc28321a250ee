/**
 * Groups of a Zarr store.
 * @module
 */
import { FormatError } from '../../core/errors.js';
import { type Io, listDirectory } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import { directoryOf, type GroupNode, kindsOf, type NodePath, nameOf, readNode, resolveNode } from './nodes.js';

/** Directories whose documents are looked for in one request. */
const batchSize = 256;

/** Describes the group at `node`. */
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
 * The array at `node`.
 * @throws {FormatError} when there is none.
 */
export function* openArrayAt(node: NodePath): Io<ArrayDescriptor> {
  const found = yield* readNode(node);
  if (found?.kind === 'array') return found.array;
  throw yield* missing(node, 'an array', found === null ? 'nothing' : 'a group');
}

/**
 * The group at `node`.
 * @throws {FormatError} when there is none.
 */
export function* openGroupAt(node: NodePath): Io<GroupDescriptor> {
  const found = yield* readNode(node);
  if (found?.kind === 'group') return describeGroup(node, found);
  throw yield* missing(node, 'a group', found === null ? 'nothing' : 'an array');
}

/** The listing is that of the folder: consolidated metadata may be out of date. */
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

/** The error for what was not found at `node`; it lists what is there where that helps. */
function* missing(node: NodePath, expected: string, found: string): Io<FormatError> {
  const directory = directoryOf(node);
  const children = yield* listChildren(node);
  const listed = children.slice(0, 20).map(({ name, kind }) => `'${name}' (${kind})`);
  const more = children.length > listed.length ? ` and ${children.length - listed.length} more` : '';
  const hint = listed.length === 0 ? '' : `; it holds ${listed.join(', ')}${more}`;
  return new FormatError(`Expected ${expected} in this Zarr store, found ${found}${hint}`, { path: directory });
}
