/**
 * Parses texts and byte sequences of variable length: the codecs `vlen-utf8` and `vlen-bytes`. A decoded chunk is the
 * number of elements, then the length and the bytes of each element; numbers are little-endian u32.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/vlen-utf8
 * @see https://numcodecs.readthedocs.io/en/stable/other/vlen.html
 * @module
 */
import { decodeBase64 } from '../../core/base64.js';
import { checkpoint, type Sliced } from '../../core/checkpoint.js';
import { type ErrorLocation, FormatError } from '../../core/errors.js';
import type { TextSpans } from '../descriptor.js';
import type { ElementType } from './element.js';
import { asArray, asInteger, asString, fieldError, inside, type Place } from './fields.js';
import type { Json } from './json.js';

/** Codecs that store elements of variable length, and the elements that they store. */
export const variableCodecs: ReadonlyMap<string, 'variable-text' | 'variable-bytes'> = new Map([
  ['vlen-utf8', 'variable-text'],
  ['vlen-bytes', 'variable-bytes'],
]);

/** Returns the type of elements of variable length. */
export function variableElement(kind: 'variable-text' | 'variable-bytes'): ElementType {
  return { kind, dtype: 'uint8', width: null, unit: null };
}

/** True if the elements have a variable length. */
export function isVariable({ kind }: ElementType): boolean {
  return kind === 'variable-text' || kind === 'variable-bytes';
}

/** Parses the fill value of elements of variable length. Null, 0 and an absent value mean no bytes. */
export function parseVariableFill(value: Json | undefined, { kind }: ElementType, place: Place): Uint8Array {
  if (value === null || value === undefined || value === 0) return new Uint8Array(0);
  if (kind === 'variable-text') return new TextEncoder().encode(asString(value, place));
  if (typeof value !== 'string') {
    return Uint8Array.from(asArray(value, place), (item, i) => asInteger(item, inside(place, i), 0, 255));
  }
  const bytes = decodeBase64(value, 'none');
  if (bytes === null) throw fieldError(place, 'a string in base64', value);
  return bytes;
}

/** Number of elements between two checkpoints, at which other work may run. */
const elementsPerCheckpoint = 16_384;

/**
 * Finds the elements of a decoded chunk.
 * @param count number of elements that the chunk must have.
 * @param where location of the stored chunk, for errors.
 * @throws {FormatError} if the chunk has another number of elements, or if they do not fill it exactly.
 */
export function* parseVariable(bytes: Uint8Array, count: number, where: ErrorLocation): Sliced<TextSpans> {
  const fail = (expected: string, found: string): FormatError =>
    new FormatError(`Zarr texts: expected ${expected} in the decoded chunk, found ${found}`, where);
  const size = bytes.length;
  if (size < 4) throw fail('the number of elements', `${size} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const found = view.getUint32(0, true);
  if (found !== count) throw fail(`${count} elements`, `${found}`);
  if (size < 4 + 4 * count) throw fail(`at least ${4 + 4 * count} bytes for ${count} elements`, `${size} bytes`);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (i % elementsPerCheckpoint === elementsPerCheckpoint - 1) yield checkpoint;
    if (at + 4 > size) throw fail(`the length of element ${i} at byte ${at}`, `${size} bytes`);
    const start = at + 4;
    const end = start + view.getUint32(at, true);
    if (end > size) throw fail(`${end - start} bytes of element ${i} at byte ${start}`, `${size - start}`);
    starts[i] = start;
    ends[i] = end;
    at = end;
  }
  if (at !== size) throw fail(`the end after element ${count - 1} at byte ${at}`, `${size - at} more bytes`);
  return { starts, ends };
}
