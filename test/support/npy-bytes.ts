/**
 * Writes `.npy` files and zip archives for tests byte by byte, including invalid ones.
 * @module
 */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { ByteWriter } from './byte-writer.js';

/** Returns the text of a header in the form that NumPy writes. */
export function npyDict(descr: string, fortranOrder: boolean, shape: readonly number[]): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  return `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': ${tuple}, }`;
}

/** Returns a `.npy` file of version `major`.0 with the header text `dict`, padded to `alignment`. */
export function npyBytes(dict: string, data: Uint8Array, major = 1, alignment = 64): Uint8Array {
  const header = new TextEncoder().encode(dict);
  const prefix = major === 1 ? 10 : 12;
  const padding = (alignment - ((prefix + header.length + 1) % alignment)) % alignment;
  const length = header.length + padding + 1;
  const writer = new ByteWriter().u8(0x93).text('NUMPY').u8(major, 0);
  if (major === 1) writer.u16(length);
  else writer.u32(length);
  return writer
    .bytes(header)
    .text(`${' '.repeat(padding)}\n`)
    .bytes(data)
    .done();
}

/** A member of an archive. Optional fields are written unchanged, even if they are invalid. */
export interface ZipMemberBytes {
  readonly name: string;
  readonly content: Uint8Array;
  readonly method?: number;
  /** Decoded content if `content` is a deflate stream. Its size and CRC-32 are written. */
  readonly decoded?: Uint8Array;
  readonly flags?: number;
  /** Name in the local header. */
  readonly localName?: string;
  /**
   * Place of the sizes: `plain` stores them in the local header, `descriptor` after the data (the header then contains
   * 0), `zip64` in a zip64 field of the header.
   */
  readonly localSizes?: 'plain' | 'descriptor' | 'zip64';
  /** True if the directory contains sizes and offset in a zip64 field. */
  readonly wide?: boolean;
}

/** Returns the CRC-32 of the decoded content, which gzip stores in its trailer; 0 for stored members. */
function crcOf({ decoded }: ZipMemberBytes): number {
  return decoded === undefined ? 0 : gzipSync(decoded).readUInt32LE(gzipSync(decoded).length - 8);
}

/** Returns a member that is compressed with deflate. */
export function deflatedMember(name: string, content: Uint8Array): ZipMemberBytes {
  return { name, content: deflateRawSync(content), decoded: content, method: 8 };
}

/**
 * Returns a zip archive.
 * @param zip64End true adds the end record and the locator of zip64.
 */
export function zipBytes(members: readonly ZipMemberBytes[], zip64End = false, comment = ''): Uint8Array {
  const writer = new ByteWriter();
  const offsets: number[] = [];
  for (const member of members) {
    offsets.push(writer.length);
    const name = new TextEncoder().encode(member.localName ?? member.name);
    const size = member.content.length;
    const sizes = member.localSizes ?? 'plain';
    const flags = (member.flags ?? 0) | (sizes === 'descriptor' ? 8 : 0);
    const said = sizes === 'descriptor' ? 0 : sizes === 'zip64' ? 0xffffffff : size;
    const extra = sizes === 'zip64' ? new ByteWriter().u16(1, 16).i64(size, size).done() : new Uint8Array(0);
    writer
      .u32(0x04034b50)
      .u16(20, flags, member.method ?? 0, 0, 0)
      .u32(sizes === 'descriptor' ? 0 : crcOf(member), said, member.decoded?.length ?? said)
      .u16(name.length, extra.length);
    writer.bytes(name).bytes(extra).bytes(member.content);
    if (sizes === 'descriptor') writer.u32(0x08074b50, 0, size, size);
  }
  const start = writer.length;
  for (const [i, member] of members.entries()) {
    const name = new TextEncoder().encode(member.name);
    const size = member.content.length;
    const offset = offsets[i] ?? 0;
    const wide = member.wide === true;
    const extra = wide ? new ByteWriter().u16(1, 24).i64(size, size, offset).done() : new Uint8Array(0);
    const flags = (member.flags ?? 0) | (member.localSizes === 'descriptor' ? 8 : 0);
    writer
      .u32(0x02014b50)
      .u16(20, 20, flags, member.method ?? 0, 0, 0)
      .u32(crcOf(member));
    writer
      .u32(wide ? 0xffffffff : size, wide ? 0xffffffff : (member.decoded?.length ?? size))
      .u16(name.length, extra.length, 0, 0, 0)
      .u32(0);
    writer
      .u32(wide ? 0xffffffff : offset)
      .bytes(name)
      .bytes(extra);
  }
  const end = writer.length;
  const count = members.length;
  if (zip64End) {
    writer
      .u32(0x06064b50)
      .i64(44)
      .u16(45, 45)
      .u32(0, 0)
      .i64(count, count, end - start, start);
    writer.u32(0x07064b50, 0).i64(end).u32(1);
  }
  const said = (value: number, limit: number): number => (zip64End ? limit : value);
  writer.u32(0x06054b50).u16(0, 0, said(count, 0xffff), said(count, 0xffff));
  writer.u32(said(end - start, 0xffffffff), said(start, 0xffffffff));
  return writer.u16(comment.length).text(comment).done();
}
