/**
 * Partial reductions as bytes. All numbers are little-endian:
 *
 * | offset | content |
 * |---:|---|
 * | 0 | the characters `PPREDUCE` |
 * | 8 | version (uint32): 1 |
 * | 12 | length of the header in bytes (uint32) |
 * | 16 | header: JSON in UTF-8, padded by spaces to a multiple of 8 bytes |
 * | then | the states: 64-bit words (docs/adr/0012-reductions.md) |
 * @module
 */
import { isBytes } from '../core/brands.js';
import { type DType, isComplex } from '../core/dtype.js';
import { FormatError } from '../core/errors.js';
import { product } from '../core/numbers.js';
import { expected, Fields, isRecord } from '../core/validate.js';
import { type Reduction, reductions } from './reduce-options.js';

/** Describes a partial reduction. */
export interface PartialHeader {
  readonly operation: Reduction;
  /** Type of the elements. */
  readonly elementType: DType;
  /** Shape of the result. */
  readonly shape: readonly number[];
  readonly skipMissing: boolean;
  readonly ddof: number;
  /** Number of elements that were selected. */
  readonly elements: number;
}

const magic = 'PPREDUCE';
const version = 1;
const fixedBytes = 16;
/** Name of the bytes in errors. */
const path = 'partial reduction';

/** Encodes a partial reduction. @param words words of its states. */
export function encodePartial(header: PartialHeader, words: BigUint64Array): Uint8Array {
  const encoder = new TextEncoder();
  const json = JSON.stringify(header);
  const text = encoder.encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(fixedBytes + text.length + words.byteLength);
  bytes.set(encoder.encode(magic));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, version, true);
  view.setUint32(12, text.length, true);
  bytes.set(text, fixedBytes);
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), fixedBytes + text.length);
  return bytes;
}

/**
 * Decodes a partial reduction.
 * @param wordsOf returns the number of words of its states.
 * @throws {TypeError} if `bytes` is not a Uint8Array. @throws {FormatError}
 */
export function decodePartial(
  bytes: unknown,
  wordsOf: (header: PartialHeader) => number,
): { readonly header: PartialHeader; readonly words: BigUint64Array } {
  if (!isBytes(bytes)) throw expected('a Uint8Array', 'bytes', bytes);
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, magic.length));
  if (bytes.length < fixedBytes || text !== magic)
    throw new FormatError('Expected the bytes of a partial reduction', { path, offset: 0 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(8, true);
  if (found !== version) throw new FormatError(`Expected version ${version}, found ${found}`, { path, offset: 8 });
  const start = fixedBytes + view.getUint32(12, true);
  if (start > bytes.length) {
    const held = bytes.length - fixedBytes;
    throw new FormatError(`Expected a header of ${start - fixedBytes} bytes, found ${held}`, { path, offset: 12 });
  }
  const header = decodeHeader(bytes.subarray(fixedBytes, start));
  const count = wordsOf(header);
  const stateLength = bytes.length - start;
  if (stateLength !== 8 * count)
    throw new FormatError(`Expected ${8 * count} bytes of states, found ${stateLength}`, { path, offset: start });
  // Copies the bytes, because words must be aligned. `slice` of a Buffer would not copy them.
  return { header, words: new BigUint64Array(new Uint8Array(bytes.subarray(start)).buffer) };
}

function decodeHeader(bytes: Uint8Array): PartialHeader {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new FormatError('Expected JSON', { path, offset: fixedBytes }, { cause });
  }
  if (!isRecord(content)) throw new FormatError('Expected an object of JSON', { path, offset: fixedBytes });
  const fields = Fields.ofFile(content, path);
  const header: PartialHeader = {
    operation: fields.oneOf<Reduction>('operation', reductions),
    elementType: fields.dtype('elementType'),
    shape: fields.shape('shape', 0),
    skipMissing: fields.boolean('skipMissing'),
    ddof: fields.integer('ddof', 0),
    elements: fields.integer('elements', 0),
  };
  if (!Number.isSafeInteger(product(header.shape))) throw fields.error('a shape of fewer than 2^53 elements', 'shape');
  const isDefined = header.operation === 'count' || header.operation === 'sum' || header.operation === 'mean';
  if (isComplex(header.elementType) && (!isDefined || header.skipMissing))
    throw fields.error('an operation for complex numbers', 'operation');
  return header;
}
