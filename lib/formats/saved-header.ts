/**
 * Reads and encodes the start of a saved index, which is the same for all kinds of saved indexes. See
 * docs/formats/saved-index.md.
 *
 * | bytes | content |
 * |---|---|
 * | 8 | magic: the kind of the index |
 * | 4 | length of the header (little-endian) |
 * | 4 | CRC-32C of the header (little-endian) |
 * | length | header: JSON with `version` 1 and `file`, the state of the indexed file |
 * @module
 */
import { isRecord } from '../core/validate.js';
import { type Io, readUpTo } from '../io/io.js';
import { crc32c } from './crc32c.js';
import type { FileState } from './indexed.js';

const fixedBytes = 16;
/** Maximum size of a header in bytes. It suffices for thousands of datasets. */
const maxHeaderBytes = 2 ** 24;
/** Number of bytes of the first read, which usually contains the whole header. */
const firstReadBytes = 4096;

/** The header of a saved index. */
export interface SavedStart {
  /** The JSON, of which only `version` is checked. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly checksum: number;
  /** Number of bytes of the saved index before the data that follows the header. */
  readonly bytesBefore: number;
}

/** Encodes the start of a saved index. */
export function encodeStart(magic: string, header: object): Uint8Array {
  const encoder = new TextEncoder();
  const text = encoder.encode(JSON.stringify(header));
  const bytes = new Uint8Array(fixedBytes + text.length);
  bytes.set(encoder.encode(magic));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, text.length, true);
  view.setUint32(12, crc32c(text), true);
  bytes.set(text, fixedBytes);
  return bytes;
}

/** Returns the checksum of the header from the start of a saved index. */
export function checksumOf(start: Uint8Array): number {
  return new DataView(start.buffer, start.byteOffset, start.byteLength).getUint32(12, true);
}

/** Reads the start of the saved index at `path`. Returns null if it is damaged, or of another kind or version. */
export function* readStart(path: string, magic: string): Io<SavedStart | null> {
  let bytes = yield* readUpTo(path, 0, firstReadBytes);
  if (bytes.length < fixedBytes || new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== magic) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true);
  if (length > maxHeaderBytes) return null;
  const bytesBefore = fixedBytes + length;
  if (bytesBefore > bytes.length) bytes = yield* readUpTo(path, 0, bytesBefore);
  const text = bytes.subarray(fixedBytes, bytesBefore);
  const checksum = checksumOf(bytes);
  if (text.length !== length || crc32c(text) !== checksum) return null;
  const value = parseJson(text);
  return isRecord(value) && value['version'] === 1 ? { value, checksum, bytesBefore } : null;
}

function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return null;
  }
}

/** True if `value` is an integer from 0 to 2⁵³ − 1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** True if the state of a file is known and has not changed since its index was saved. */
export function isUnchanged(now: FileState | null, then: FileState): boolean {
  return now?.size === then.size && now.mtimeMs === then.mtimeMs && now.identity === then.identity;
}

/** Warns that the saved index at `path` exists, but cannot be used. */
export function warnUnused(path: string, why: string): void {
  process.emitWarning(`The saved index ${path} is not used: ${why}`, 'PosixParWarning');
}
