/**
 * Opens and lists the groups of a Zarr store.
 * @module
 */
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import { type Io, listDirectory } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import type { NumberForm } from '../small-numbers.js';
import {
  describeLevel,
  findMultiscale,
  type Level,
  levelAt,
  levelsByPath,
  type Multiscale,
  stepsOfLevel,
} from './multiscales.js';
import {
  directoryOf,
  type GroupNode,
  kindsOf,
  type Node,
  type NodePath,
  nameOf,
  readNode,
  resolveNode,
} from './nodes.js';

/** Number of directories checked in one request. */
const batchSize = 256;

/** Returns the level of an image that the array at `node` contains; null if the array is no level. */
type FindLevel = (node: NodePath) => Io<Level | null>;

/**
 * Returns the descriptor of the group at `node`. `group` contains its metadata.
 * @param findOuter finds the levels of images that contain this group.
 * @param numbers what to read of numbers that no element type represents.
 */
export function describeGroup(
  node: NodePath,
  group: GroupNode,
  findOuter: FindLevel | null = null,
  numbers: NumberForm = 'values',
): GroupDescriptor {
  const findLevel = levelFinder(node, group, findOuter);
  return {
    format: 'zarr',
    path: node.root,
    name: nameOf(node),
    attributes: group.attributes,
    children: () => listChildren(node, findLevel),
    *openArray(name: string): Io<ArrayDescriptor> {
      const target = resolveNode(node, name);
      const array = yield* openArrayAt(target, null, numbers);
      const level = yield* findLevel(target);
      return level === null ? array : describeLevel(array, level);
    },
    openGroup: (name) => openGroupAt(resolveNode(node, name), findLevel, numbers),
  };
}

/** Returns a function that finds levels of the image in `group`. Its first call parses the metadata. */
function levelFinder(node: NodePath, group: GroupNode, findOuter: FindLevel | null): FindLevel {
  let levels: ReadonlyMap<string, Level> | null = null;
  const prefix = node.steps.length === 0 ? '' : `${nameOf(node)}/`;
  return function* (target: NodePath): Io<Level | null> {
    if (levels === null) {
      const multiscale = multiscaleOrNull(group);
      levels = multiscale === null ? new Map() : yield* levelsByPath(multiscale);
    }
    const name = nameOf(target);
    const own = name.startsWith(prefix) ? levels.get(name.slice(prefix.length)) : undefined;
    return own ?? (findOuter === null ? null : yield* findOuter(target));
  };
}

/** Returns the image in a group. Returns null if there is none, or if its metadata is damaged. */
function multiscaleOrNull({ attributes, document }: GroupNode): Multiscale | null {
  try {
    return findMultiscale(attributes, document);
  } catch (error) {
    if (isPosixParError(error, 'FormatError')) return null;
    throw error;
  }
}

/**
 * Opens the array at `node`.
 * @param level level of the image in the group at `node`, whose array to open instead; null for the array itself.
 * @param numbers what to read of numbers that no element type represents.
 * @throws {ChoiceError} if there is no array.
 */
export function* openArrayAt(
  node: NodePath,
  level: number | null = null,
  numbers: NumberForm = 'values',
): Io<ArrayDescriptor> {
  const found = yield* readNode(node, numbers);
  if (level !== null) return yield* openLevel(node, found, level, numbers);
  if (found?.kind === 'array') return found.array;
  throw yield* missing(node, 'array', found);
}

/** Opens a level of the image in the group `found` at `node`. */
function* openLevel(node: NodePath, found: Node | null, index: number, numbers: NumberForm): Io<ArrayDescriptor> {
  const multiscale = found?.kind === 'group' ? findMultiscale(found.attributes, found.document) : null;
  if (multiscale === null) throw yield* missing(node, 'level', found);
  const level = levelAt(multiscale, index);
  const steps = [...node.steps, ...stepsOfLevel(level)];
  return describeLevel(yield* openArrayAt({ root: node.root, steps }, null, numbers), level);
}

/**
 * Opens the group at `node`.
 * @param findOuter finds the levels of images that contain this group.
 * @param numbers what to read of numbers that no element type represents.
 * @throws {ChoiceError} if there is no group.
 */
export function* openGroupAt(
  node: NodePath,
  findOuter: FindLevel | null = null,
  numbers: NumberForm = 'values',
): Io<GroupDescriptor> {
  const found = yield* readNode(node);
  if (found?.kind === 'group') return describeGroup(node, found, findOuter, numbers);
  throw yield* missing(node, 'group', found);
}

/** Lists the children in the group's folder. Does not use consolidated metadata, which may be outdated. */
function* listChildren(node: NodePath, findLevel: FindLevel | null = null): Io<readonly GroupEntry[]> {
  const directory = directoryOf(node);
  const names = ((yield* listDirectory(directory)) ?? []).filter(
    (name) => !name.startsWith('.') && name !== 'zarr.json',
  );
  const entries: GroupEntry[] = [];
  for (let first = 0; first < names.length; first += batchSize) {
    const batch = names.slice(first, first + batchSize);
    const kinds = yield* kindsOf(batch.map((name) => `${directory}/${name}`));
    for (const [i, name] of batch.entries()) {
      const kind = kinds[i] ?? null;
      if (kind === null) continue;
      const level = findLevel === null ? null : yield* findLevel({ root: node.root, steps: [...node.steps, name] });
      entries.push(level === null || kind !== 'array' ? { name, kind } : { name, kind, level: level.index });
    }
  }
  return entries;
}

const wantedNodes = {
  array: 'an array in this Zarr store',
  group: 'a group in this Zarr store',
  level: 'an OME-Zarr image (a group with `multiscales`) for `options.level`',
} as const;

/** Returns the error for a missing node. It lists the contents of the node, or of its nearest non-empty ancestor. */
function* missing(node: NodePath, expected: keyof typeof wantedNodes, found: Node | null): Io<ChoiceError> {
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
  const kind = found === null ? 'nothing' : found.kind === 'array' ? 'an array' : 'a group';
  const message = `Expected ${wantedNodes[expected]}, found ${kind}${hint}`;
  const example = expected === 'array' ? children.find(({ kind }) => kind === 'array') : undefined;
  const advice = example === undefined ? '' : exampleOf({ ...nearest, steps: [...nearest.steps, example.name] });
  const isImage = expected === 'array' && found?.kind === 'group' && multiscaleOrNull(found) !== null;
  const levels = isImage ? '. The option `level: 0` opens the finest level of this image' : '';
  return new ChoiceError(expected, message + advice + levels, directoryOf(node));
}

/** Shows how a path names a node of a store. */
function exampleOf({ root, steps }: NodePath): string {
  return `. Name one in the path, such as '${root.slice(root.lastIndexOf('/') + 1)}#${steps.join('/')}'`;
}
