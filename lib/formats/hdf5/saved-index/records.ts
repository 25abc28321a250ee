/**
 * The records of a saved index, one per chunk: offset in the file as float64 (-1: there is no such chunk), stored
 * length and filter mask as 32-bit integers, little-endian.
 * @module
 */
import type { ChunkLocations } from '../../../plan/locations.js';

export const recordBytes = 16;

/** Places of chunks, an entry a chunk. */
export interface Places {
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  readonly filterMasks: Uint32Array;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The records from the `from`-th on say: there is no such chunk. */
export function encodeAbsent(records: Uint8Array, from: number): void {
  const view = viewOf(records);
  for (let at = from * recordBytes; at + recordBytes <= records.length; at += recordBytes)
    view.setFloat64(at, -1, true);
}

/** The records of `count` chunks. */
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

/** Puts record `record` of `records` into entry `i` of `places`. */
export function decodeRecord(records: DataView, record: number, places: Places, i: number): void {
  const at = record * recordBytes;
  places.offsets[i] = records.getFloat64(at, true);
  places.lengths[i] = records.getUint32(at + 8, true);
  places.filterMasks[i] = records.getUint32(at + 12, true);
}
