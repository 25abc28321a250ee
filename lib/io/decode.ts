/**
 * Decodes compressed metadata for parsers.
 * @module
 */

import { inflateSync } from 'node:zlib';
import { isError } from '../core/brands.js';
import { FormatError, UnsupportedError } from '../core/errors.js';
import type { DecodeRequest } from './io.js';

/**
 * Returns the decoded bytes of a request. Stops after `decodedBytes` bytes, so that a small input cannot fill the
 * memory.
 * @throws {FormatError} if the bytes are damaged or decode to another size.
 * @throws {UnsupportedError} for every chain other than an empty one or a single `zlib` codec.
 */
export function decodeMetadata(request: DecodeRequest): Uint8Array {
  const { chain, bytes, decodedBytes, what } = request;
  let decoded: Uint8Array;
  if (chain.length === 0) {
    decoded = bytes;
  } else if (chain.length === 1 && chain[0]?.codec === 'zlib') {
    try {
      decoded = inflateSync(bytes, { maxOutputLength: Math.max(1, decodedBytes) });
    } catch (cause) {
      const reason = isError(cause) ? cause.message : String(cause);
      throw new FormatError(
        `Expected ${decodedBytes} bytes of ${what} compressed with zlib, found ${reason}`,
        request,
        { cause },
      );
    }
  } else {
    throw new UnsupportedError(`metadata encoded with ${chain.map(({ codec }) => codec).join(', ')}`, request.path);
  }
  if (decoded.length !== decodedBytes) {
    throw new FormatError(`Expected ${decodedBytes} bytes of ${what}, found ${decoded.length} after decoding`, request);
  }
  return decoded;
}
