/**
 * Describes codecs that are not in the core of Zarr v3 by the names of numcodecs, and encodes bytes for them
 * uncompressed. zarr-python and zarrita know these names.
 * @see https://numcodecs.readthedocs.io/en/stable/
 * @module
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { CodecSpec } from '../../codecs/codec.js';
import { HttpError } from '../http/problem.js';
import type { CodecMetadata } from './codec-metadata.js';

const deflateAsync = promisify(deflate);

/**
 * Returns the metadata of a codec with a name of numcodecs; null if numcodecs cannot decode it.
 * @param isFirst true if the codec encodes whole elements.
 * @param chunkBytes size in bytes of the elements of a chunk.
 */
export function numcodecsCodec(
  { codec, params: [first, second] }: CodecSpec,
  isFirst: boolean,
  chunkBytes: number,
): CodecMetadata | null {
  switch (codec) {
    case 'zlib':
      return named('zlib', { level: Math.min(9, Math.max(0, first ?? 1)) });
    case 'shuffle': {
      // HDF5 copies the bytes that do not fill an element. numcodecs refuses them.
      const elementsize = first ?? 1;
      return isFirst && chunkBytes % elementsize === 0 ? named('shuffle', { elementsize }) : null;
    }
    case 'fletcher32':
      return named('fletcher32', {});
    case 'lz4Numcodecs':
      return named('lz4', { acceleration: 1 });
    case 'bzip2':
      return named('bz2', { level: 1 });
    case 'lzma':
      // 0: the decoder recognizes the format.
      return named('lzma', { format: 0 });
    case 'crc32c':
      return named('crc32c', { location: first === 1 ? 'start' : 'end' });
    case 'checksum32':
      return named(first === 1 ? 'adler32' : 'crc32', { location: second === 1 ? 'end' : 'start' });
    default:
      return null;
  }
}

const named = (name: string, configuration: CodecMetadata['configuration']): CodecMetadata => ({
  name: `numcodecs.${name}`,
  ...(configuration === undefined ? {} : { configuration }),
});

/**
 * Encodes bytes with a codec of {@link numcodecsCodec}, without compressing them.
 * @throws {HttpError} 422 for codecs that have no format for uncompressed data.
 */
export async function storeWithNumcodecs(bytes: Uint8Array, { codec, params }: CodecSpec): Promise<Uint8Array> {
  switch (codec) {
    case 'zlib':
      return await deflateAsync(bytes, { level: 0 });
    case 'shuffle':
      return shuffled(bytes, params[0] ?? 1);
    case 'fletcher32':
      return withFletcher32(bytes);
    case 'lz4Numcodecs':
      return lz4Literals(bytes);
    default:
      throw new HttpError(
        422,
        'UnsupportedError',
        `The codec ${codec} was not applied to this chunk. Use /zarr instead`,
      );
  }
}

/** Collects the first bytes of all elements, then the second bytes, and so on. */
function shuffled(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const elements = Math.floor(bytes.length / elementBytes);
  const planes = new Uint8Array(bytes.length);
  for (let b = 0; b < elementBytes; b++) {
    for (let i = 0; i < elements; i++) planes[b * elements + i] = bytes[i * elementBytes + b] ?? 0;
  }
  planes.set(bytes.subarray(elements * elementBytes), elements * elementBytes);
  return planes;
}

/** Number of additions after which the sums of Fletcher-32 still fit into 32 bits. */
const fletcherRun = 360;

/** Appends the Fletcher-32 checksum of HDF5, little-endian: sums over big-endian 16-bit words. */
function withFletcher32(bytes: Uint8Array): Uint8Array {
  const fold = (sum: number): number => (sum & 0xffff) + Math.floor(sum / 0x10000);
  let [low, high] = [0, 0];
  const words = Math.ceil(bytes.length / 2);
  for (let i = 0; i < words; i++) {
    low += ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0);
    high += low;
    if (i % fletcherRun === fletcherRun - 1 || i === words - 1) [low, high] = [fold(low), fold(high)];
  }
  const stored = Buffer.alloc(bytes.length + 4);
  stored.set(bytes);
  stored.writeUInt16LE(fold(low), bytes.length);
  stored.writeUInt16LE(fold(high), bytes.length + 2);
  return stored;
}

/** Returns an LZ4 block of literals after the number of its bytes, as numcodecs stores it. */
function lz4Literals(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length - 15;
  const lengthBytes = rest < 0 ? 0 : Math.floor(rest / 255) + 1;
  const block = Buffer.alloc(4 + 1 + lengthBytes + bytes.length, 255);
  block.writeUInt32LE(bytes.length, 0);
  block[4] = Math.min(15, bytes.length) << 4;
  if (lengthBytes > 0) block[4 + lengthBytes] = rest % 255;
  block.set(bytes, 5 + lengthBytes);
  return block;
}
