/**
 * Encodes and decodes the records of a saved index. Each chunk has one record: file offset as float64 (-1 if the chunk
 * is absent), stored length and filter mask as 32-bit integers, all little-endian.
 * @module
 */
import type { ChunkLocations } from '../../../plan/locations.js';

export const recordBytes = 16;

/** Locations of chunks, one entry per chunk. */
export interface Places {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly filterMasks: Uint32Array;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Writes records of absent chunks, from record `from` to the end of `records`. */
export function encodeAbsent(records: Uint8Array, from: number): void {
  const view = viewOf(records);
  for (let at = from * recordBytes; at + recordBytes <= records.length; at += recordBytes)
    view.setFloat64(at, -1, true);
}

/** Returns the records of `count` chunks. */
export function encodeRecords(locations: ChunkLocations, count: number): Uint8Array {
  const bytes = new Uint8Array(count * recordBytes);
  if (locations.kind !== 'table') {
    encodeAbsent(bytes, 0);
    return bytes;
  }
  const view = viewOf(bytes);
  for (let i = 0; i < count; i++) {
    const at = i * recordBytes;
    view.setFloat64(at, locations.offsets[i] ?? -1, true);
    view.setUint32(at + 8, locations.lengths[i] ?? 0, true);
    view.setUint32(at + 12, locations.filterMasks?.[i] ?? 0, true);
  }
  return bytes;
}

/** Copies record number `record` of `records` to entry `i` of `places`. */
export function decodeRecord(records: DataView, record: number, places: Places, i: number): void {
  const at = record * recordBytes;
  places.offsets[i] = records.getFloat64(at, true);
  places.lengths[i] = records.getUint32(at + 8, true);
  places.filterMasks[i] = records.getUint32(at + 12, true);
}
