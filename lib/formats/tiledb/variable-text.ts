/**
 * Finds the texts of tiles of attributes of variable length. One tile contains the texts, one after the other. Another
 * one contains the start of each text in bytes, as u64.
 * @module
 */
import { checkpoint, type Sliced, stepsPerCheckpoint } from '../../core/checkpoint.js';
import { type ErrorLocation, FormatError, UnsupportedError } from '../../core/errors.js';
import type { TextSpans } from '../descriptor.js';
import type { Pipeline } from './filters.js';
import type { Attribute } from './schema.js';

/** Datatypes whose values are texts in UTF-8. */
const textTypes: ReadonlySet<string> = new Set(['CHAR', 'STRING_ASCII', 'STRING_UTF8']);
const runLengthFilter = 4;
/** Size of a start in bytes. */
export const startBytes = 8;

/** True if the attribute contains texts of variable length. */
export function isVariableText({ values, type }: Attribute): boolean {
  return values === null && textTypes.has(type.name);
}

/** Returns the text of unwritten cells. */
export function textFill({ fill, type }: Attribute): Uint8Array {
  const bytes = fill ?? Uint8Array.of(Number(type.fill));
  return bytes.subarray(0, lengthOf(bytes, 0, bytes.length));
}

/**
 * Returns the length of the text in `bytes` from `start` to `end`. A single NUL, the default fill value of strings in
 * TileDB, means an empty text, as in TileDB-Py. Consolidation stores it in unwritten cells.
 */
function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  return end - start === 1 && bytes[start] === 0 ? 0 : end - start;
}

/**
 * Checks that the filters of texts of variable length are supported. TileDB's run-length filter treats strings
 * differently from other values: it also replaces the tile of starts.
 * @throws {UnsupportedError} if they are not.
 */
export function checkTextFilters(pipeline: Pipeline, { type }: Attribute, path: string): void {
  if (type.name === 'CHAR' || pipeline.every((filter) => filter.type !== runLengthFilter)) return;
  throw new UnsupportedError('TileDB filter rle of strings of variable length', path);
}

/**
 * Finds the texts of a tile.
 * @param bytes texts of the tile. @param count number of cells of the tile.
 * @param where location of the stored texts, for errors.
 * @param starts start of each text as u64.
 * @throws {FormatError} if the starts do not ascend from 0 to at most the size of the texts.
 */
export function* parseTexts(
  bytes: Uint8Array,
  count: number,
  where: ErrorLocation,
  starts: Uint8Array,
): Sliced<TextSpans> {
  const fail = (expected: string, found: string): FormatError =>
    new FormatError(`TileDB texts: expected ${expected}, found ${found}`, where);
  if (starts.length !== count * startBytes) {
    throw fail(`${count * startBytes} bytes of starts of texts in the tile`, `${starts.length}`);
  }
  const view = new DataView(starts.buffer, starts.byteOffset, starts.byteLength);
  const startOf = (i: number): number =>
    view.getUint32(i * startBytes, true) + view.getUint32(i * startBytes + 4, true) * 2 ** 32;
  const spans = { starts: new Uint32Array(count), ends: new Uint32Array(count) };
  let start = count === 0 ? 0 : startOf(0);
  if (start !== 0) throw fail('text 0 of the tile to start at byte 0', `${start}`);
  for (let i = 0; i < count; i++) {
    if (i % stepsPerCheckpoint === stepsPerCheckpoint - 1) yield checkpoint;
    const end = i + 1 < count ? startOf(i + 1) : bytes.length;
    if (end < start || end > bytes.length) {
      throw fail(`text ${i} of the tile to end between bytes ${start} and ${bytes.length}`, `${end}`);
    }
    spans.starts[i] = start;
    spans.ends[i] = start + lengthOf(bytes, start, end);
    start = end;
  }
  return spans;
}
