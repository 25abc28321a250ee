/**
 * Replies with elements that are not numbers: texts, records and sequences.
 * @module
 */
import type { ArrayHandle } from '../../api/array-handle.js';
import { openedParts } from '../../api/opened-parts.js';
import { toJsonValue } from '../../core/json-value.js';
import { product } from '../../core/numbers.js';
import type { ArrayDescriptor } from '../../formats/descriptor.js';
import { arrowText } from '../arrow/text.js';
import { type Content, contentOf, sendVariable } from '../held-body.js';
import { HttpError } from '../http/problem.js';
import type { Body, Reply } from '../http/reply.js';
import { elementKind, type ListedKind, listedSize, readListed, readTexts } from '../listed-elements.js';
import { checkJsonSize, contentTypes } from './elements.js';
import type { ApiSource } from './endpoint.js';
import { encodePieces, jsonPieceBytes, listedText } from './json-pieces.js';

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
  const { array, kind } = wanted;
  const body = listedBody(source, wanted, 'JSON', 'text', async (maxBytes, signal) => {
    const { shape, textOf, bytes } = await readListed({ ...wanted, convert: toJsonValue }, maxBytes, signal);
    const fields = fieldsOf(openedParts(array).descriptor);
    const facts = { dtype: kind, shape, ...(fields === null ? {} : { fields }) };
    const before = `${JSON.stringify(facts).slice(0, -1)},"data":`;
    const pieces = encodePieces(listedText(before, product(shape), textOf, '}\n'));
    return { bytes: bytes + jsonPieceBytes, pieces };
  });
  return { status: 200, headers: { 'content-type': contentTypes.json }, tag, body };
}

/** Replies with a stream of Apache Arrow. */
export function textReply(source: ApiSource, wanted: ListedSelection, tag: string | null): Reply {
  const { array, selection } = wanted;
  const body = listedBody(source, wanted, 'texts', 'data', async (maxBytes, signal) => {
    const found = await readTexts(array, selection, maxBytes, signal);
    return contentOf(...arrowText(found, found.shape));
  });
  return { status: 200, headers: { 'content-type': contentTypes.arrow }, tag, body };
}

/** Memory in bytes that is reserved for values of variable length at first: in total, and per element. */
const [minFirstBytes, firstElementBytes] = [1 << 16, 64];

/**
 * Creates a body of elements that are not numbers.
 * @param form name of the form of the elements, for errors.
 * @param produce reads the elements. Values of variable length must have at most `maxBytes` bytes.
 * @throws {HttpError} 413 if there are too many elements, or too many bytes of elements of a fixed size.
 */
export function listedBody(
  { admission }: Pick<ApiSource, 'admission'>,
  { array, kind, selection }: ListedSelection,
  form: string,
  compressible: Body['compressible'],
  produce: (maxBytes: number, signal: AbortSignal) => Promise<Content>,
): Body {
  const { count, fixedBytes, isVariable, readBytes } = listedSize(array, kind, selection);
  checkJsonSize(count, form);
  admission.checkSize(fixedBytes);
  const firstBytes = isVariable ? Math.max(minFirstBytes, count * firstElementBytes) : 0;
  return {
    length: null,
    hasRanges: false,
    compressible,
    open: (_span, signal) =>
      sendVariable(admission, { readBytes, firstBytes }, signal, (maxBytes) => produce(maxBytes, signal)),
  };
}

function fieldsOf({ records }: ArrayDescriptor): readonly string[] | null {
  return records === undefined ? null : records.type.fields.map(({ name }) => name);
}
