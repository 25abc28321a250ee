/**
 * Shows arrays of texts as Zarr v3 arrays of the type `string`, whose chunks are encoded by `vlen-utf8`.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/vlen-utf8
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { describeOuter } from '../../api/array-description.js';
import { product } from '../../core/numbers.js';
import type { Utf8Text } from '../../core/utf8-text.js';
import type { ArrayDescriptor } from '../../formats/format.js';
import type { CodecMetadata } from './codec-metadata.js';

/** The codec of chunks of texts. */
export const textCodec: CodecMetadata = { name: 'vlen-utf8' };

/** Maximum number of texts in a chunk. The chunks of the array are divided if they have more. */
const maxTexts = 1 << 16;

/** Shape of an array of texts, without the dimensions inside a text. */
export interface TextGrid {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
}

/** Returns the shape of an array of texts, and the shape of the chunks in which they are sent. */
export function textGridOf(array: ArrayDescriptor): TextGrid {
  const { shape, chunkShape: stored } = describeOuter(array);
  let room = maxTexts;
  const chunkShape = shape.map(() => 1);
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = Math.max(1, shape[d] ?? 1);
    const native = Math.max(1, Math.min(stored[d] ?? size, size));
    chunkShape[d] = Math.max(1, Math.min(native, room));
    room = Math.floor(room / (chunkShape[d] ?? 1));
  }
  return { shape, chunkShape };
}

/** Replaces bytes that are not UTF-8 by U+FFFD, as `openText` does: clients refuse the complete chunk otherwise. */
function validTexts(texts: Utf8Text): Utf8Text {
  const { offsets, bytes } = texts;
  const parts = Array.from({ length: offsets.length - 1 }, (_, i) => bytes.subarray(offsets[i], offsets[i + 1]));
  if (parts.every((part) => isUtf8(part))) return texts;
  const valid = parts.map((part) => Buffer.from(new TextDecoder().decode(part)));
  const ends = Float64Array.from(offsets);
  for (const [i, part] of valid.entries()) ends[i + 1] = (ends[i] ?? 0) + part.length;
  return { offsets: ends, bytes: Buffer.concat(valid) };
}

/**
 * Encodes texts as a chunk. Texts beyond the edge of the array are empty.
 * @param shape shape of `texts`, at most as large as `chunkShape` in each dimension.
 */
export function encodeTexts(texts: Utf8Text, shape: readonly number[], chunkShape: readonly number[]): Uint8Array {
  const { offsets, bytes } = validTexts(texts);
  const count = product(chunkShape);
  const chunk = Buffer.alloc(4 + 4 * count + bytes.length);
  chunk.writeUInt32LE(count, 0);
  const position = chunkShape.map(() => 0);
  let [at, next] = [4, 0];
  for (let i = 0; i < count; i++) {
    const isInside = position.every((index, d) => index < (shape[d] ?? 0));
    const [start, stop] = isInside ? [offsets[next] ?? 0, offsets[next + 1] ?? 0] : [0, 0];
    if (isInside) next += 1;
    at = chunk.writeUInt32LE(stop - start, at);
    chunk.set(bytes.subarray(start, stop), at);
    at += stop - start;
    for (let d = position.length - 1; d >= 0; d--) {
      position[d] = (position[d] ?? 0) + 1;
      if ((position[d] ?? 0) < (chunkShape[d] ?? 0)) break;
      position[d] = 0;
    }
  }
  return chunk;
}
