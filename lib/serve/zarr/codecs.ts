/**
 * Describes the encoding of chunks by codecs of Zarr v3, and encodes bytes for these codecs uncompressed.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/index.html
 * @module
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CodecSpec } from '../../codecs/codec.js';
import { dtypeInfo } from '../../core/dtype.js';
import { crc32c } from '../../formats/crc32c.js';
import type { ChunkLayout } from '../../formats/format.js';
import type { CodecMetadata } from './codec-metadata.js';
import { numcodecsCodec, storeWithNumcodecs } from './native-codecs.js';

/** Codecs that a client knows: those in the core of Zarr v3, or also those of numcodecs. */
export type CodecProfile = 'core' | 'native';

const bloscNames = ['blosclz', 'lz4', 'snappy', 'zlib', 'zstd'] as const;
const shuffleNames = ['noshuffle', 'shuffle', 'bitshuffle'] as const;

/** Returns the metadata of the codec that turns elements into bytes. */
export function bytesCodec({ dtype, byteOrder }: Pick<ChunkLayout, 'dtype' | 'byteOrder'>): CodecMetadata {
  return dtypeInfo(dtype).swapSize > 1 ? { name: 'bytes', configuration: { endian: byteOrder } } : { name: 'bytes' };
}

/**
 * Returns the metadata of the codecs of `layout`, in the order of encoding. Returns null if the layout needs a codec
 * that is not in `profile`.
 * @param chunkBytes size in bytes of the elements of a chunk.
 */
export function codecsOf(
  layout: ChunkLayout,
  profile: CodecProfile,
  chunkBytes: number,
): readonly CodecMetadata[] | null {
  const { axisOrder, codecs, dtype } = layout;
  const isRowMajor = axisOrder.every((axis, i) => axis === i);
  const transpose: CodecMetadata[] = isRowMajor ? [] : [{ name: 'transpose', configuration: { order: axisOrder } }];
  const list: CodecMetadata[] = [...transpose, bytesCodec(layout)];
  for (const [i, spec] of codecs.entries()) {
    const core = coreCodec(spec, dtypeInfo(dtype).size);
    const found = core === null && profile === 'native' ? numcodecsCodec(spec, i === 0, chunkBytes) : core;
    if (found === null) return null;
    list.push(found);
  }
  return list;
}

/**
 * Returns the metadata of a codec; null if it is not in the core. Decoders ignore the settings of encoders, but the
 * metadata must have valid ones.
 */
function coreCodec({ codec, params }: CodecSpec, elementBytes: number): CodecMetadata | null {
  const [first, second, third, fourth, fifth] = params;
  switch (codec) {
    case 'zstd':
      return { name: 'zstd', configuration: { level: first ?? 3, checksum: second === 1 } };
    case 'gzip':
      return { name: 'gzip', configuration: { level: Math.min(9, Math.max(0, first ?? 6)) } };
    case 'crc32c':
      return first === 1 ? null : { name: 'crc32c' };
    case 'blosc': {
      const shuffle = shuffleNames[third ?? 1] ?? 'shuffle';
      const typesize = fourth !== undefined && fourth > 0 ? fourth : elementBytes;
      const cname = bloscNames[first ?? 1] ?? 'lz4';
      return { name: 'blosc', configuration: { typesize, cname, clevel: second ?? 5, shuffle, blocksize: fifth ?? 0 } };
    }
    default:
      return null;
  }
}

/**
 * Encodes the bytes of a chunk without compressing them: each codec has a format for uncompressed data. Used for single
 * chunks that the file stores without the codecs of their array.
 * @throws {HttpError} 422 if a codec has no such format.
 */
export async function storeBytes(bytes: Uint8Array, codecs: readonly CodecSpec[], size: number): Promise<Uint8Array> {
  let stored = bytes;
  for (const spec of codecs) {
    const { codec } = spec;
    if (codec === 'zstd') stored = zstdFrame(stored);
    else if (codec === 'gzip') stored = await promisify(gzip)(stored, { level: 0 });
    else if (codec === 'blosc') stored = bloscFrame(stored, size);
    else if (codec === 'crc32c' && spec.params[0] !== 1) stored = withChecksum(stored);
    else stored = await storeWithNumcodecs(stored, spec);
  }
  return stored;
}

/** Largest block of a zstd frame. */
const zstdBlockBytes = 128 << 10;

/** Returns a zstd frame (RFC 8878) of raw blocks. */
function zstdFrame(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / zstdBlockBytes));
  const frame = Buffer.alloc(4 + 1 + 8 + 3 * blocks + bytes.length);
  frame.writeUInt32LE(0xfd2fb528, 0);
  frame[4] = 0xe0; // The frame is one segment, and its size has 8 bytes.
  frame.writeBigUInt64LE(BigInt(bytes.length), 5);
  let at = 13;
  for (let i = 0; i < blocks; i++) {
    const block = bytes.subarray(i * zstdBlockBytes, (i + 1) * zstdBlockBytes);
    frame.writeUIntLE((block.length << 3) | (i === blocks - 1 ? 1 : 0), at, 3);
    frame.set(block, at + 3);
    at += 3 + block.length;
  }
  return frame;
}

/** Returns a Blosc-1 frame that holds the bytes without compression. */
function bloscFrame(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const frame = Buffer.alloc(16 + bytes.length);
  frame[0] = 2; // version of the format
  frame[1] = 1; // version of the inner codec
  frame[2] = 2; // copied
  frame[3] = Math.min(255, elementBytes);
  frame.writeUInt32LE(bytes.length, 4);
  frame.writeUInt32LE(bytes.length, 8);
  frame.writeUInt32LE(frame.length, 12);
  frame.set(bytes, 16);
  return frame;
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  const stored = Buffer.alloc(bytes.length + 4);
  stored.set(bytes);
  stored.writeUInt32LE(crc32c(bytes) >>> 0, bytes.length);
  return stored;
}
