/**
 * Finds arrays and groups in a store: resolves paths and reads the metadata documents of a folder.
 * @module
 */
import { ChoiceError, isPosixParError } from '../../core/errors.js';
import { type Io, readSlices } from '../../io/io.js';
import type { ArrayDescriptor } from '../format.js';
import type { NumberForm } from '../small-numbers.js';
import { describeArray } from './array.js';
import type { JsonObject } from './json.js';
import { readDocument } from './metadata.js';
import { checkGroupV2, documentsV2, parseArrayV2, readAttributesV2 } from './v2.js';
import { documentV3, nodeTypeOf, parseNodeV3 } from './v3.js';

/** Path of a node in a store. */
export interface NodePath {
  /** Path that the caller opened, which is the root of the store. */
  readonly root: string;
  /** Path components below the root. */
  readonly steps: readonly string[];
}

/** Returns the folder of `node`. Does not resolve symbolic links. */
export function directoryOf(node: NodePath): string {
  const { root, steps } = node;
  return [root.endsWith('/') && root.length > 1 ? root.slice(0, -1) : root, ...steps].join('/');
}

/** Returns the name of `node` in its store. */
export function nameOf(node: NodePath): string {
  return node.steps.join('/');
}

/**
 * Resolves `name` relative to `from`: `a/b` is below `from`, `/a/b` below the root.
 * @throws {ChoiceError} if the path would leave the store.
 */
export function resolveNode(from: NodePath, name: string): NodePath {
  const steps = name.split('/').filter((step) => step !== '');
  for (const step of steps) {
    if (step === '.' || step === '..' || step.includes('\0')) {
      throw new ChoiceError('array', `Expected a path inside the Zarr store, received '${name}'`, from.root);
    }
  }
  return { root: from.root, steps: name.startsWith('/') ? steps : [...from.steps, ...steps] };
}

/** Metadata of a group. */
export interface GroupNode {
  readonly version: 2 | 3;
  readonly attributes: JsonObject;
  /** Path of the file with the attributes. */
  readonly document: string;
}

/** An array or a group. Version 3 is used if a folder has documents of both versions. */
export type Node =
  | { readonly kind: 'array'; readonly array: ArrayDescriptor }
  | ({ readonly kind: 'group' } & GroupNode);

/**
 * Reads the metadata of the array or group at `node`. Returns null if there is no metadata document.
 * @param numbers what to read of numbers that no element type represents.
 * @throws {FormatError} if a document is damaged. @throws {UnsupportedError} if a feature is not supported.
 */
export function* readNode(node: NodePath, numbers: NumberForm = 'values'): Io<Node | null> {
  const directory = directoryOf(node);
  const pathV3 = `${directory}/${documentV3}`;
  const v3 = yield* readDocument(pathV3);
  if (v3 !== undefined) {
    const found = parseNodeV3(v3, pathV3, numbers);
    if (found.kind === 'group') {
      return { kind: 'group', version: 3, attributes: found.metadata.attributes, document: pathV3 };
    }
    return { kind: 'array', array: describeArray(found.metadata, directory, node.root, nameOf(node)) };
  }
  const pathV2 = `${directory}/${documentsV2.array}`;
  const v2 = yield* readDocument(pathV2);
  if (v2 !== undefined) {
    const metadata = parseArrayV2(v2, pathV2, yield* readAttributesV2(directory));
    return { kind: 'array', array: describeArray(metadata, directory, node.root, nameOf(node)) };
  }
  const groupPath = `${directory}/${documentsV2.group}`;
  const group = yield* readDocument(groupPath);
  if (group === undefined) return null;
  checkGroupV2(group, groupPath);
  const document = `${directory}/${documentsV2.attributes}`;
  return { kind: 'group', version: 2, attributes: yield* readAttributesV2(directory), document };
}

/**
 * Returns the kind of node in each of `directories`; null if there is no Zarr document, or if `zarr.json` is damaged or
 * not supported.
 */
export function* kindsOf(directories: readonly string[]): Io<('array' | 'group' | null)[]> {
  const names = [documentV3, documentsV2.array, documentsV2.group];
  const looks = directories.flatMap((directory) =>
    names.map((name) => ({ path: `${directory}/${name}`, offset: 0, length: 0 })),
  );
  const found = yield* readSlices(looks);
  const kinds: ('array' | 'group' | null)[] = [];
  for (const [i, directory] of directories.entries()) {
    const [v3, array, group] = found.slice(i * names.length, (i + 1) * names.length);
    if (v3 !== null && v3 !== undefined) kinds.push(yield* kindOfV3(`${directory}/${documentV3}`));
    else if (array !== null) kinds.push('array');
    else kinds.push(group === null ? null : 'group');
  }
  return kinds;
}

function* kindOfV3(path: string): Io<'array' | 'group' | null> {
  try {
    const document = yield* readDocument(path);
    return document === undefined ? null : nodeTypeOf(document, path);
  } catch (error) {
    if (isPosixParError(error, 'FormatError', 'UnsupportedError')) return null;
    throw error;
  }
}
