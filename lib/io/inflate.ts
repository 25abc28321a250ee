/**
 * Encodes the description of a deflate stream as numbers for the addon, and decodes the first bytes of a stream in
 * JavaScript.
 * @module
 */
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { isError } from '../core/brands.js';
import { FormatError } from '../core/errors.js';
import { deflateFramings, inflateWordCount, inflateWords } from '../core/generated/inflate.js';
import type { DeflateStream, InflateHeadRequest } from './io.js';

/** Returns the numbers that describe a stream to the addon. */
export function streamWords(stream: DeflateStream): Float64Array {
  const { pieces } = stream;
  const words = new Float64Array(inflateWordCount);
  words[inflateWords.framing] = deflateFramings.indexOf(stream.framing);
  words[inflateWords.offset] = stream.offset;
  words[inflateWords.length] = stream.length;
  words[inflateWords.skip] = pieces.skip;
  words[inflateWords.runs] = pieces.runs;
  words[inflateWords.runBytes] = pieces.runBytes;
  words[inflateWords.pieceBytes] = pieces.pieceBytes;
  words[inflateWords.decodedBytes] = stream.decodedBytes ?? -1;
  words[inflateWords.crc32] = stream.crc32 ?? -1;
  return words;
}

/** Maximum decoded size of the start of a stream. Protects against decompression bombs. */
const maxHeadBytes = 64 * 1024 * 1024;

/**
 * Decodes `bytes`, the start of a deflate stream. Returns everything that can be decoded without the rest of the
 * stream.
 * @throws {FormatError} if the bytes are damaged.
 */
export function inflateHead({ framing, bytes, path, offset }: InflateHeadRequest): Uint8Array {
  try {
    const decode = framing === 'gzip' ? gunzipSync : inflateRawSync;
    return decode(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxHeadBytes });
  } catch (cause) {
    const reason = isError(cause) ? cause.message : String(cause);
    throw new FormatError(`Expected deflate data, found ${reason}`, { path, offset }, { cause });
  }
}
