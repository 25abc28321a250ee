/**
 * Replies with elements that are not numbers: texts, records and sequences.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { defaultsOf, openedParts } from '../../api/opened-parts.js';
import { TextHandle } from '../../api/text-handle.js';
import { toJsonValue } from '../../core/json-value.js';
import type { ArrayDescriptor } from '../../formats/descriptor.js';
import { arrowText } from '../arrow/text.js';
import { heldBody } from '../held-body.js';
import { HttpError } from '../http/problem.js';
import type { Reply } from '../http/reply.js';
import { elementKind, type ListedKind, listedSize, readListed } from '../listed-elements.js';
import { checkJsonSize, contentTypes } from './elements.js';
import type { ApiSource } from './endpoint.js';
import { jsonPieceBytes, listedJson } from './json-pieces.js';

/**
 * Returns the kind of elements that are sent as lists; null for elements that are sent as numbers. Texts of a fixed
 * length are numbers, their code units, in formats that hold no texts.
 * @throws {HttpError} 422 if the elements cannot be sent in `format`.
 */
export function listedKind(array: ArrayHandle, format: string): ListedKind | null {
  const { descriptor } = openedParts(array);
  const kind = elementKind(descriptor);
  if (kind === 'number' || kind === 'none' || kind === 'opaque') return null;
  if (format === 'json' || (format === 'arrow' && kind === 'text')) return kind;
  if (kind === 'text' && descriptor.text !== undefined) return null;
  const hint = kind === 'record' ? ', or name a field of numbers with `field`' : '';
  const formats = kind === 'text' ? '`format=json` or `arrow`' : '`format=json`';
  throw new HttpError(422, 'UnsupportedError', `Expected ${formats} for elements of the kind ${kind}${hint}`);
}

/** A selection of an array whose elements are sent as lists. */
export interface ListedSelection {
  readonly array: ArrayHandle;
  readonly kind: ListedKind;
  readonly selection: string | null;
}

/** Replies with an object that has the elements in a flat list. */
export function listedReply(source: ApiSource, wanted: ListedSelection, tag: string | null): Reply {
  const { array, kind, selection } = wanted;
  const { count, bytes: elementBytes } = listedSize(array, kind, selection);
  checkJsonSize(count);
  const bytes = elementBytes + jsonPieceBytes;
  const body = heldBody(source.admission, { bytes, compressible: 'text' }, async (signal) => {
    const { shape, textOf } = await readListed({ ...wanted, convert: toJsonValue }, signal);
    const fields = fieldsOf(openedParts(array).descriptor);
    const facts = { dtype: kind, shape, ...(fields === null ? {} : { fields }) };
    const before = `${JSON.stringify(facts).slice(0, -1)},"data":`;
    return { bytes, pieces: listedJson(before, shape, textOf, '}\n') };
  });
  return { status: 200, headers: { 'content-type': contentTypes.json }, tag, body };
}

/** Replies with a stream of Apache Arrow. */
export function textReply(source: ApiSource, { array, selection }: ListedSelection, tag: string | null): Reply {
  const { count, bytes } = listedSize(array, 'text', selection);
  checkJsonSize(count, 'texts');
  const body = heldBody(source.admission, { bytes, compressible: 'data' }, async (signal) => {
    const text = new TextHandle(array, defaultsOf(array));
    const found = await text.read(selection ?? [], { strings: 'utf8', signal });
    const pieces = arrowText(found, found.shape);
    return { bytes: pieces.reduce((sum, piece) => sum + piece.length, 0), pieces };
  });
  return { status: 200, headers: { 'content-type': contentTypes.arrow }, tag, body };
}

function fieldsOf({ records }: ArrayDescriptor): readonly string[] | null {
  return records === undefined ? null : records.type.fields.map(({ name }) => name);
}
