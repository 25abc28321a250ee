/**
 * Finds the decoded size of a chunk in its first and last stored bytes, for chunks whose size does not follow from the
 * metadata.
 * @module
 */
import type { CodecChain, CodecSpec } from './codec.js';

/** Number of bytes at the start and at the end of a stored chunk that {@link decodedSizeOf} needs. */
export const edgeBytes = 32;

/** Maximum ratio of decoded to stored bytes of deflate. A gzip stream that states more is truncated or damaged. */
const maxDeflateRatio = 1032;

/** Stored bytes of a chunk, as far as they tell its decoded size. */
export interface StoredEdges {
  /** First bytes: {@link edgeBytes}, or all if the chunk is shorter. */
  readonly head: Uint8Array;
  /** Last bytes, likewise. May be empty if {@link needsTail} is false. */
  readonly tail: Uint8Array;
  /** Number of stored bytes. */
  readonly length: number;
  /** Bit i is set if codec i of the chain was skipped. */
  readonly filterMask: number;
}

/** True if the decoded size of chunks is at their end. */
export function needsTail(chain: CodecChain): boolean {
  return chain.some(({ codec }) => codec === 'gzip');
}

/**
 * Returns the decoded size of a chunk as its compressor stored it, or null if it stored none. Without a compressor, it
 * is the number of stored bytes without checksums. The size may be wrong if the chunk is damaged.
 * @param chain codecs in the order in which the writer applied them.
 */
export function decodedSizeOf(chain: CodecChain, { head, tail, length, filterMask }: StoredEdges): number | null {
  const applied = chain.filter((_, i) => ((filterMask >>> i) & 1) === 0);
  let size = length;
  let cut = 0;
  for (let last = applied.pop(); last !== undefined; last = applied.pop()) {
    if (isChecksumAtEnd(last)) {
      size -= 4;
      cut += 4;
      continue;
    }
    const stated =
      applied.length > 0 ? null : sizeOfFrame(last, head, tail.subarray(0, Math.max(0, tail.length - cut)));
    const isPossible = stated === null || last.codec !== 'gzip' || stated <= maxDeflateRatio * size;
    return isPossible ? stated : null;
  }
  return Math.max(0, size);
}

function isChecksumAtEnd({ codec, params }: CodecSpec): boolean {
  return (codec === 'crc32c' && (params[0] ?? 0) === 0) || (codec === 'checksum32' && params[1] === 1);
}

function sizeOfFrame({ codec }: CodecSpec, head: Uint8Array, tail: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  switch (codec) {
    case 'zstd':
      return sizeOfZstd(view);
    case 'blosc':
      return view.byteLength < 16 ? null : view.getUint32(4, true);
    case 'lz4Numcodecs':
      return view.byteLength < 4 ? null : view.getUint32(0, true);
    case 'gzip':
      return tail.length < 4 ? null : new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - 4, true);
    default:
      return null;
  }
}

/** Returns the content size in the header of a Zstandard frame (RFC 8878, section 3.1.1.1); null if it has none. */
function sizeOfZstd(view: DataView): number | null {
  if (view.byteLength < 6 || view.getUint32(0, true) !== 0xfd2fb528) return null;
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const kind = descriptor >>> 6;
  const bytes = kind === 0 && !isSingleSegment ? 0 : 2 ** kind;
  if (bytes === 0 || view.byteLength < at + bytes) return null;
  switch (kind) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
