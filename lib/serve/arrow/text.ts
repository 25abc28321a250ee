/**
 * Writes texts as a stream of Apache Arrow: one record batch of one column, `values`.
 * @see https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-layout
 * @module
 */
import { product } from '../../core/numbers.js';
import type { Utf8Text } from '../../core/utf8-text.js';
import { HttpError } from '../http/problem.js';
import { checkRowSize, field, fixedList, streamOf, type Type, utf8Type } from './stream.js';

/** Maximum number of bytes of a column: offsets have 32 bits. */
const maxBytes = 2 ** 31 - 1;

/**
 * Returns the pieces of a stream with texts. A row of the column is a text if there is at most one dimension, otherwise
 * a list of the texts at one position along the first dimension.
 * @throws {HttpError} 413 if there are more texts or bytes than Arrow allows.
 */
export function arrowText({ offsets, bytes }: Utf8Text, shape: readonly number[]): readonly Uint8Array[] {
  const [rows = 1, ...inner] = shape;
  const perRow = product(inner);
  checkRowSize(perRow);
  if (bytes.length > maxBytes) {
    throw new HttpError(413, 'ResponseTooLarge', `Expected at most ${maxBytes} bytes of text for Arrow`);
  }
  const starts = new Uint8Array(Int32Array.from(offsets).buffer);
  const isList = inner.length > 0;
  const list: Type = fixedList(perRow);
  const values = isList
    ? field('values', list, [field('item', utf8Type, [], null)], null)
    : field('values', utf8Type, [], null);
  const lengths = isList ? [rows, rows * perRow] : [rows];
  // Bitmaps of missing elements are empty, because no element is missing: one of the list, and one of the texts.
  return streamOf(values, lengths, [...(isList ? [null] : []), null, starts, bytes]);
}
