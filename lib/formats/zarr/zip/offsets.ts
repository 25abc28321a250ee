/**
 * Finds the data of zip members. The central directory contains only the offsets of their local headers, whose lengths
 * vary.
 * @module
 */
import { FormatError } from '../../../core/errors.js';
import { type Io, Pace, readRanges } from '../../../io/io.js';
import type { ZipMember } from '../../zip-directory.js';

const headerBytes = 30;
const signature = 0x04034b50;
/** Number of headers that are read in one request. */
const batchMembers = 4096;

/** Looks up the offsets of the data of members, and caches them. */
export class MemberOffsets {
  readonly #path: string;
  readonly #directoryOffset: number;
  readonly #known = new Map<ZipMember, number>();

  /** @param directoryOffset offset of the central directory, before which all data ends. */
  constructor(path: string, directoryOffset: number) {
    this.#path = path;
    this.#directoryOffset = directoryOffset;
  }

  /**
   * Returns the file offset of the data of each member.
   * @throws {FormatError} if a local header is damaged, or if the data overlaps the central directory.
   */
  *of(members: readonly ZipMember[]): Io<Float64Array> {
    const pace = new Pace(this.#path);
    const offsets = new Float64Array(members.length);
    const missing: number[] = [];
    for (const [i, member] of members.entries()) {
      if (pace.isDue()) yield* pace.pause();
      const known = this.#known.get(member);
      if (known === undefined) missing.push(i);
      else offsets[i] = known;
    }
    for (let first = 0; first < missing.length; first += batchMembers) {
      const batch = missing.slice(first, first + batchMembers);
      const ranges = batch.map((i) => ({ offset: members[i]?.headerOffset ?? 0, length: headerBytes }));
      const headers = yield* readRanges(this.#path, ranges);
      for (const [n, i] of batch.entries()) {
        if (pace.isDue()) yield* pace.pause();
        const member = members[i];
        if (member === undefined) continue;
        const offset = this.#dataOffset(member, headers[n] ?? new Uint8Array(0));
        this.#known.set(member, offset);
        offsets[i] = offset;
      }
    }
    return offsets;
  }

  #dataOffset({ name, headerOffset, storedBytes, method }: ZipMember, header: Uint8Array): number {
    const where = { path: this.#path, offset: headerOffset };
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    if (header.length < headerBytes || view.getUint32(0, true) !== signature) {
      throw new FormatError(`Expected the header of the zip member '${name}'`, where);
    }
    if (view.getUint16(8, true) !== method) {
      const found = view.getUint16(8, true);
      throw new FormatError(`Expected compression method ${method} in the header of '${name}', found ${found}`, where);
    }
    const offset = headerOffset + headerBytes + view.getUint16(26, true) + view.getUint16(28, true);
    if (offset + storedBytes > this.#directoryOffset) {
      throw new FormatError(`Expected ${storedBytes} bytes of '${name}' before the zip directory`, where);
    }
    return offset;
  }
}
