/**
 * Results of reads of text, and the decoding of code units.
 * @module
 */
import { isBytes } from '../core/brands.js';
import { checkpoint, type Sliced } from '../core/checkpoint.js';
import type { TextType } from '../core/stored-type.js';
import type { Utf8Text } from '../core/utf8-text.js';
import type { ReadStats } from '../exec/stats.js';

/** Result of a read of text as strings. */
export interface TextResult {
  /** One string per element, in C order. */
  readonly data: readonly string[];
  /** Shape of the selection. A dimension that was selected by an integer is dropped. */
  readonly shape: readonly number[];
  /** Statistics of the read of the stored elements. */
  readonly stats: ReadStats;
}

/** Result of a read of text as UTF-8. Element `i` is `bytes.subarray(offsets[i], offsets[i + 1])`. */
export interface Utf8Result extends Utf8Text {
  /** Shape of the selection. A dimension that was selected by an integer is dropped. */
  readonly shape: readonly number[];
  /** Statistics of the read of the stored elements. */
  readonly stats: ReadStats;
}

/** Code units of text. */
export type TextUnits = Uint8Array | Uint16Array | Uint32Array;

/** Number of elements between two checkpoints, at which other work may run. */
const elementsPerCheckpoint = 1024;

/**
 * Converts the code units of text to UTF-8, without padding. Bytes are copied without a check. Invalid code points of
 * UTF-16 and UTF-32 become U+FFFD.
 * @param units code units of all elements in the byte order of the machine.
 * @param width number of code units per element.
 */
export function* unitsToUtf8(units: TextUnits, width: number, type: TextType, count: number): Sliced<Utf8Text> {
  const offsets = new Float64Array(count + 1);
  // A code point has at most 4 bytes in UTF-8, and one of 2 bytes in UTF-16 has at most 3.
  const isUtf16 = type.encoding === 'utf-16';
  const bytes = new Uint8Array(isUtf16 ? units.length * 3 : units.byteLength);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (i % elementsPerCheckpoint === elementsPerCheckpoint - 1) yield checkpoint;
    const begin = i * width;
    const end = begin + textLength(units, begin, width, type.padding);
    if (isBytes(units)) {
      bytes.set(units.subarray(begin, end), at);
      at += end - begin;
    } else if (isUtf16) {
      for (let k = begin; k < end; k++) {
        const pair = k + 1 < end ? pairOf(units[k] ?? 0, units[k + 1] ?? 0) : null;
        at = putCodePoint(bytes, at, pair ?? units[k] ?? 0);
        if (pair !== null) k += 1;
      }
    } else {
      for (let k = begin; k < end; k++) at = putCodePoint(bytes, at, units[k] ?? 0);
    }
    offsets[i + 1] = at;
  }
  return { offsets, bytes: at === bytes.length ? bytes : bytes.slice(0, at) };
}

/** Returns the code point of a surrogate pair of UTF-16; null if the code units are not a pair. */
function pairOf(high: number, low: number): number | null {
  const isPair = high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
  return isPair ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : null;
}

/** Returns the number of code units of a text without its padding. */
function textLength(units: TextUnits, begin: number, width: number, padding: TextType['padding']): number {
  if (padding === 'none') return width;
  if (padding === 'first-null') {
    for (let k = 0; k < width; k++) if (units[begin + k] === 0) return k;
    return width;
  }
  const pad = padding === 'trailing-nulls' ? 0 : 0x20;
  let length = width;
  while (length > 0 && units[begin + length - 1] === pad) length -= 1;
  return length;
}

function putCodePoint(bytes: Uint8Array, at: number, given: number): number {
  const isValid = given <= 0x10ffff && (given < 0xd800 || given > 0xdfff);
  const code = isValid ? given : 0xfffd;
  if (code < 0x80) {
    bytes[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6);
    bytes[at + 1] = 0x80 | (code & 63);
    return at + 2;
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12);
    bytes[at + 1] = 0x80 | ((code >> 6) & 63);
    bytes[at + 2] = 0x80 | (code & 63);
    return at + 3;
  }
  bytes[at] = 0xf0 | (code >> 18);
  bytes[at + 1] = 0x80 | ((code >> 12) & 63);
  bytes[at + 2] = 0x80 | ((code >> 6) & 63);
  bytes[at + 3] = 0x80 | (code & 63);
  return at + 4;
}

/** Decodes texts. Invalid bytes become U+FFFD. */
export function* toStrings({ offsets, bytes }: Utf8Text): Sliced<string[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings = new Array<string>(offsets.length - 1);
  for (let i = 0; i + 1 < offsets.length; ) {
    const stop = Math.min(offsets.length - 1, i + elementsPerCheckpoint);
    const begin = offsets[i] ?? 0;
    const end = offsets[stop] ?? 0;
    // Decodes blocks of pure ASCII at once, and cuts the strings of the elements from the result.
    const block =
      end - begin <= maxBlockBytes && isAscii(bytes, begin, end) ? buffer.toString('latin1', begin, end) : null;
    for (; i < stop; i++) {
      const from = offsets[i] ?? 0;
      const to = offsets[i + 1] ?? 0;
      strings[i] = block === null ? buffer.toString('utf8', from, to) : block.slice(from - begin, to - begin);
    }
    yield checkpoint;
  }
  return strings;
}

/** Maximum size of a block in bytes. Strings are slices of a decoded block, so each string keeps its block alive. */
const maxBlockBytes = 65536;

function isAscii(bytes: Uint8Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if ((bytes[i] ?? 0) > 0x7f) return false;
  return true;
}
