/**
 * Changes the shape in the metadata documents of a Zarr array.
 * @module
 */
import { FormatError } from '../../../core/errors.js';
import { type Io, readWhole } from '../../../io/io.js';
import type { DocumentFile } from '../../descriptor.js';
import { replaceJsonValue } from '../../json-edit.js';

/** Maximum size of a document that is changed. */
const maxDocumentBytes = 2 ** 27;

/** An array in a store. */
export interface ArrayInStore {
  readonly version: 2 | 3;
  /** Path of the metadata document of the array. */
  readonly document: string;
  /** Path of the store, without a slash at its end. */
  readonly root: string;
  /** Path of the array in the store; '' if it is the root. */
  readonly name: string;
}

/**
 * Returns the documents that contain the shape, with the new shape: the document of the array, and the consolidated
 * metadata of the groups that contain the array, up to the path that was opened.
 * @throws {FormatError} if a document is damaged or has been removed.
 */
export function* resizedDocuments(array: ArrayInStore, shape: readonly number[]): Io<readonly DocumentFile[]> {
  const { version, document, root, name } = array;
  const own = yield* resized(document, ['shape'], shape);
  if (own === null) throw new FormatError("Expected a member 'shape'", { path: document });
  const documents = [own];
  const steps = name === '' ? [] : name.split('/');
  for (let depth = steps.length - 1; depth >= 0; depth -= 1) {
    const group = [root, ...steps.slice(0, depth)].join('/');
    const inner = steps.slice(depth).join('/');
    const consolidated =
      version === 3
        ? yield* resized(`${group}/zarr.json`, ['consolidated_metadata', 'metadata', inner, 'shape'], shape)
        : yield* resized(`${group}/.zmetadata`, ['metadata', `${inner}/.zarray`, 'shape'], shape);
    if (consolidated !== null) documents.push(consolidated);
  }
  return documents;
}

function* resized(path: string, keys: readonly string[], shape: readonly number[]): Io<DocumentFile | null> {
  const bytes = yield* readWhole(path, maxDocumentBytes);
  if (bytes === null) return null;
  const text = replaceJsonValue(new TextDecoder().decode(bytes), keys, `[${shape.join(', ')}]`, path);
  return text === null ? null : { path, bytes: new TextEncoder().encode(text) };
}
