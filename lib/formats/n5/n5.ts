/**
 * Reads N5 stores on a file system. See docs/formats/n5.md.
 * @see https://github.com/saalfeldlab/n5 (File-system specification)
 * @module
 */
import { ChoiceError, FormatError, isPosixParError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, listDirectory, readWhole, statPath } from '../../io/io.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor, GroupEntry } from '../group.js';
import { asObject } from '../zarr/fields.js';
import { type JsonObject, readJson } from '../zarr/json.js';
import { describeDataset, isDataset, userAttributes } from './dataset.js';

/** Maximum size of the attributes of a group or dataset. */
const maxAttributesBytes = 2 ** 24;
const documentName = 'attributes.json';

/** The N5 format. Takes no options. `array` names a dataset or group below the path, such as `a/b`. */
export const n5: Format = {
  name: 'n5',
  // The root of a store may have no attributes.
  opensUnrecognized: 'anything',

  *recognize(probe: Probe): Io<boolean> {
    if (probe.kind === 'file') return false;
    try {
      const attributes = yield* readAttributes(directoryOf(rootOf(probe)));
      return attributes !== null && ['n5', 'blockSize'].some((key) => Object.hasOwn(attributes, key));
    } catch (error) {
      if (isPosixParError(error, 'FormatError')) return false;
      throw error;
    }
  },

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    return yield* openArrayAt(resolve(checkedRoot(probe, request), request.array ?? ''));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    return yield* openGroupAt(resolve(checkedRoot(probe, request), request.array ?? ''));
  },
};

/** A directory of a store. */
interface Node {
  /** Path that the caller opened. */
  readonly root: string;
  /** Path components below the root. */
  readonly steps: readonly string[];
}

function rootOf({ path }: Probe): Node {
  return { root: path, steps: [] };
}

function directoryOf({ root, steps }: Node): string {
  return [root.endsWith('/') && root.length > 1 ? root.slice(0, -1) : root, ...steps].join('/');
}

function checkedRoot(probe: Probe, request: OpenRequest): Node {
  Fields.ofOptions(request.options).onlyKnown([], 'the format n5');
  if (probe.kind === 'file')
    throw new FormatError('Expected the directory of an N5 store, found a file', { path: probe.path });
  return rootOf(probe);
}

/**
 * Resolves `name` relative to `from`: `a/b` is below `from`, `/a/b` below the root.
 * @throws {ChoiceError} if the path would leave the store.
 */
function resolve(from: Node, name: string): Node {
  const steps = name.split('/').filter((step) => step !== '');
  if (steps.some((step) => step === '.' || step === '..' || step.includes('\0'))) {
    throw new ChoiceError('array', `Expected a path inside the N5 store, received '${name}'`, from.root);
  }
  return { root: from.root, steps: name.startsWith('/') ? steps : [...from.steps, ...steps] };
}

/** Reads the attributes in a directory. Returns null if there is no such file. @throws {FormatError} */
function* readAttributes(directory: string): Io<JsonObject | null> {
  const path = `${directory}/${documentName}`;
  const bytes = yield* readWhole(path, maxAttributesBytes);
  return bytes === null ? null : asObject(yield* readJson(bytes, path), { path, field: '' });
}

function* openArrayAt(node: Node): Io<ArrayDescriptor> {
  const directory = directoryOf(node);
  const attributes = yield* readAttributes(directory);
  if (attributes === null || !isDataset(attributes)) throw yield* missing(node, 'array');
  const document = `${directory}/${documentName}`;
  return describeDataset(attributes, { root: node.root, name: node.steps.join('/'), directory, document });
}

/** Opens a group, which is any directory that is not a dataset. */
function* openGroupAt(node: Node): Io<GroupDescriptor> {
  const directory = directoryOf(node);
  const attributes = yield* readAttributes(directory);
  const isGroup = attributes === null ? (yield* statPath(directory))?.kind === 'directory' : !isDataset(attributes);
  if (!isGroup) throw yield* missing(node, 'group');
  return {
    format: 'n5',
    path: node.root,
    name: node.steps.join('/'),
    attributes: userAttributes(attributes ?? {}),
    children: () => listChildren(node),
    openArray: (name) => openArrayAt(resolve(node, name)),
    openGroup: (name) => openGroupAt(resolve(node, name)),
  };
}

/** Lists the directories in a group. */
function* listChildren(node: Node): Io<readonly GroupEntry[]> {
  const directory = directoryOf(node);
  const entries: GroupEntry[] = [];
  for (const name of (yield* listDirectory(directory)) ?? []) {
    const kind = name.startsWith('.') ? null : yield* kindOf(`${directory}/${name}`);
    if (kind !== null) entries.push({ name, kind });
  }
  return entries;
}

/** Returns the kind of a directory; null if the path is not a directory. */
function* kindOf(directory: string): Io<GroupEntry['kind'] | null> {
  try {
    const attributes = yield* readAttributes(directory);
    if (attributes !== null) return isDataset(attributes) ? 'array' : 'group';
  } catch (error) {
    if (isPosixParError(error, 'FormatError')) return 'other';
    throw error;
  }
  return (yield* statPath(directory))?.kind === 'directory' ? 'group' : null;
}

/** Returns the error for a missing array or group, which says what the nearest group contains. */
function* missing(node: Node, expected: 'array' | 'group'): Io<ChoiceError> {
  const kind = yield* kindOf(directoryOf(node));
  const found =
    kind === null ? 'nothing' : kind === 'array' ? 'an array' : kind === 'group' ? 'a group' : 'damaged attributes';
  let nearest = node;
  // The directories in a dataset contain blocks.
  while (nearest.steps.length > 0 && (yield* kindOf(directoryOf(nearest))) !== 'group') {
    nearest = { root: node.root, steps: nearest.steps.slice(0, -1) };
  }
  const isBlocks = (yield* kindOf(directoryOf(nearest))) === 'array';
  const children = isBlocks ? [] : yield* listChildren(nearest);
  const listed = children.slice(0, 20).map(({ name, kind: of }) => `'${name}' (${of})`);
  const more = children.length > listed.length ? ` and ${children.length - listed.length} more` : '';
  const where = nearest.steps.length === 0 ? 'the store' : `'${nearest.steps.join('/')}'`;
  const hint = listed.length === 0 ? '' : `; ${where} holds ${listed.join(', ')}${more}`;
  const article = expected === 'array' ? 'an' : 'a';
  const message = `Expected ${article} ${expected} in this N5 store, found ${found}${hint}`;
  return new ChoiceError(expected, message, directoryOf(node));
}
