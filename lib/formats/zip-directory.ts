/**
 * Reads the central directory of zip archives, including zip64, and locates the data of members.
 * Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3.
 * @module
 */
import { FormatError, UnsupportedError } from '../core/errors.js';
import { type Io, Pace, readExact } from '../io/io.js';

/** Member of an archive. */
export interface ZipMember {
  readonly name: string;
  readonly flags: number;
  /** Compression method; 0 means uncompressed. */
  readonly method: number;
  readonly storedBytes: number;
  readonly bytes: number;
  /** CRC-32 of the decoded bytes. */
  readonly crc32: number;
  /** Offset of the local header in the file. */
  readonly headerOffset: number;
}

/**
 * Members of an archive, and the file offset of its central directory. The data of each member ends at or before this
 * offset.
 */
export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  readonly directoryOffset: number;
}

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();
const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const maxCommentBytes = 0xffff;
const maxDirectoryBytes = 16 * 1024 * 1024;

/** Location of the central directory according to the end record of the archive. */
interface DirectoryPlace {
  readonly entries: number;
  readonly bytes: number;
  readonly offset: number;
  /** Offset of the first end record, where the directory must end. */
  readonly end: number;
}

/**
 * Reads the central directory of `path`.
 * @throws {FormatError} if it is damaged. @throws {UnsupportedError} if the archive has several parts.
 */
export function* readZipDirectory(path: string, fileSize: number): Io<ZipDirectory> {
  const place = yield* findDirectory(path, fileSize);
  if (place.bytes > maxDirectoryBytes || place.bytes > place.end) {
    throw new FormatError(
      `Expected a zip directory of at most ${Math.min(maxDirectoryBytes, place.end)} bytes, found ${place.bytes}`,
      { path, offset: place.end },
    );
  }
  // If bytes precede the archive (such as the program of a self-extracting archive), all stored offsets are too small
  // by their length.
  const start = place.end - place.bytes;
  const shift = start - place.offset;
  if (shift < 0) {
    throw new FormatError(`Expected the zip directory at byte ${start}, found an offset of ${place.offset}`, {
      path,
      offset: place.end,
    });
  }
  const bytes = yield* readExact(path, start, place.bytes, 'a zip directory');
  return { members: yield* parseEntries(bytes, place.entries, path, start, shift), directoryOffset: start };
}

function* findDirectory(path: string, fileSize: number): Io<DirectoryPlace> {
  const tailBytes = Math.min(fileSize, endBytes + maxCommentBytes);
  const tailStart = fileSize - tailBytes;
  const tail = viewOf(yield* readExact(path, tailStart, tailBytes, 'the end of a zip archive'));
  let at = tailBytes - endBytes;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === endSignature && at + endBytes + tail.getUint16(at + 20, true) === tailBytes)
  ) {
    at -= 1;
  }
  if (at < 0)
    throw new FormatError('Expected an end-of-directory record of a zip archive', { path, offset: tailStart });
  const end = tailStart + at;
  const disks = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  const entries = tail.getUint16(at + 10, true);
  const bytes = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  const locator = end >= 20 ? viewOf(yield* readExact(path, end - 20, 20, 'a zip64 locator')) : null;
  if (locator !== null && locator.getUint32(0, true) === locator64Signature) {
    return yield* findDirectory64(path, end - 20, safe64(locator, 8, path, end - 12));
  }
  if (disks.some((disk) => disk !== 0) || tail.getUint16(at + 8, true) !== entries) {
    throw new UnsupportedError('a zip archive of several parts', path);
  }
  return { entries, bytes, offset, end };
}

/**
 * Reads the zip64 end record, which is directly before its locator.
 * @param said stored offset of the record. It is too small if other bytes precede the archive.
 */
function* findDirectory64(path: string, locatorOffset: number, said: number): Io<DirectoryPlace> {
  const offset = locatorOffset - 56;
  const record = offset >= said ? viewOf(yield* readExact(path, offset, 56, 'a zip64 end record')) : null;
  if (record === null || record.getUint32(0, true) !== end64Signature) {
    throw new FormatError('Expected a zip64 end-of-directory record', { path, offset: Math.max(0, offset) });
  }
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0) {
    throw new UnsupportedError('a zip archive of several parts', path);
  }
  return {
    entries: safe64(record, 32, path, offset + 32),
    bytes: safe64(record, 40, path, offset + 40),
    offset: safe64(record, 48, path, offset + 48),
    end: offset,
  };
}

function* parseEntries(
  bytes: Uint8Array,
  count: number,
  path: string,
  start: number,
  shift: number,
): Io<readonly ZipMember[]> {
  const pace = new Pace(path);
  const view = viewOf(bytes);
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    if (pace.isDue()) yield* pace.pause();
    const where = { path, offset: start + at };
    if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) {
      throw new FormatError(`Expected entry ${i + 1} of ${count} of the zip directory`, where);
    }
    const flags = view.getUint16(at + 8, true);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw new FormatError('Expected an entry that ends within the zip directory', where);
    const name = decodeName(bytes.subarray(at + 46, nameEnd), flags);
    const wide = new WideFields(bytes.subarray(nameEnd, extraEnd), path, start + nameEnd);
    const size = wide.take(view.getUint32(at + 24, true));
    const storedBytes = wide.take(view.getUint32(at + 20, true));
    const headerOffset = wide.take(view.getUint32(at + 42, true)) + shift;
    const method = view.getUint16(at + 10, true);
    const crc32 = view.getUint32(at + 16, true);
    members.push({ name, flags, method, storedBytes, bytes: size, crc32, headerOffset });
    at = next;
  }
  if (at !== bytes.length) {
    throw new FormatError(`Expected the zip directory to end after ${count} entries`, { path, offset: start + at });
  }
  return members;
}

/**
 * Returns the file offset of the data of `member`. First compares its local header with the central directory.
 * @throws {FormatError} if they differ, or if the data would extend beyond `directoryOffset`.
 */
export function* locateMember(path: string, member: ZipMember, directoryOffset: number): Io<number> {
  const where = { path, offset: member.headerOffset };
  if (member.headerOffset + 30 > directoryOffset) {
    throw new FormatError(`Expected the zip member '${member.name}' before the directory`, where);
  }
  const header = viewOf(yield* readExact(path, member.headerOffset, 30, 'the header of a zip member'));
  if (header.getUint32(0, true) !== localSignature) {
    throw new FormatError(`Expected the header of the zip member '${member.name}'`, where);
  }
  const nameBytes = header.getUint16(26, true);
  const extraBytes = header.getUint16(28, true);
  const dataOffset = member.headerOffset + 30 + nameBytes + extraBytes;
  if (dataOffset + member.storedBytes > directoryOffset) {
    throw new FormatError(`Expected ${member.storedBytes} bytes of '${member.name}' before the zip directory`, where);
  }
  const rest = yield* readExact(path, member.headerOffset + 30, nameBytes + extraBytes, 'the header of a zip member');
  const flags = header.getUint16(6, true);
  const name = decodeName(rest.subarray(0, nameBytes), flags);
  if (name !== member.name) {
    throw new FormatError(`Expected the zip member '${member.name}', found the header of '${name}'`, where);
  }
  const agree = (what: string, local: number, central: number): void => {
    if (local !== central) {
      throw new FormatError(`Expected ${what} ${central} in the header of '${name}', found ${local}`, where);
    }
  };
  agree('compression method', header.getUint16(8, true), member.method);
  agree('encryption flag', flags & 1, member.flags & 1);
  // If flag 8 is set, the writer did not know the sizes in advance, and stored them in a data descriptor after the
  // data.
  if ((flags & 8) === 0) {
    const wide = new WideFields(rest.subarray(nameBytes), path, member.headerOffset + 30 + nameBytes);
    agree('size', wide.take(header.getUint32(22, true)), member.bytes);
    agree('stored size', wide.take(header.getUint32(18, true)), member.storedBytes);
  }
  return dataOffset;
}

/**
 * The zip64 extra field of a zip header. It contains a 64-bit value for each 32-bit size or offset of the header that
 * is 0xffffffff, in a fixed order.
 */
class WideFields {
  readonly #view: DataView | null = null;
  readonly #path: string;
  readonly #offset: number;
  #at = 0;

  constructor(extra: Uint8Array, path: string, offset: number) {
    this.#path = path;
    this.#offset = offset;
    const view = viewOf(extra);
    for (let at = 0; at + 4 <= extra.length; ) {
      const length = view.getUint16(at + 2, true);
      if (view.getUint16(at, true) === 1 && at + 4 + length <= extra.length) {
        this.#view = viewOf(extra.subarray(at + 4, at + 4 + length));
        return;
      }
      at += 4 + length;
    }
  }

  take(narrow: number): number {
    if (narrow !== 0xffffffff) return narrow;
    const view = this.#view;
    // If the extra field is absent, 0xffffffff is the actual value.
    if (view === null) return narrow;
    if (this.#at + 8 > view.byteLength) {
      throw new FormatError('Expected a longer zip64 field', { path: this.#path, offset: this.#offset });
    }
    const value = safe64(view, this.#at, this.#path, this.#offset);
    this.#at += 8;
    return value;
  }
}

function decodeName(bytes: Uint8Array, flags: number): string {
  // Flag 0x800 means UTF-8; otherwise names are in code page 437. Latin-1 decodes names beyond ASCII wrongly, but keeps
  // them distinct.
  return ((flags & 0x800) === 0 ? latin1 : utf8).decode(bytes);
}

function safe64(view: DataView, at: number, path: string, offset: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value))
    throw new FormatError(`Expected a number below 2^53, found ${value}`, { path, offset });
  return value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
