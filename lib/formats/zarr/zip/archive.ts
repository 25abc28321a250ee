/**
 * Presents the members of a zip archive as files below the path of the archive. So the parsers of Zarr metadata need no
 * changes for archives: their requests for files below this path are answered from the archive.
 * @module
 */
import { FormatError, UnsupportedError } from '../../../core/errors.js';
import {
  type FileInfo,
  type FileSlice,
  type Io,
  type IoReply,
  type IoRequest,
  Pace,
  readInflated,
  readRanges,
  readSlices,
  type SliceRequest,
  statPath,
} from '../../../io/io.js';
import type { Probe } from '../../format.js';
import { readZipDirectory, type ZipMember } from '../../zip-directory.js';
import { MemberOffsets } from './offsets.js';

/** Compression methods that are supported. */
export const zipMethods = { stored: 0, deflated: 8 } as const;

/** Maximum size of a deflated member that is decoded as metadata. */
const maxInflatedBytes = 64 * 2 ** 20;

/** Maximum number of folders inside each other. Each of them costs time in proportion to the length of its path. */
const maxDepth = 256;

/** A zip archive that contains a Zarr store. */
export class ZipArchive {
  readonly path: string;
  readonly offsets: MemberOffsets;
  /**
   * Members by name, without the folder of the store. The last of several members of the same name counts, as in
   * Python.
   */
  readonly members: ReadonlyMap<string, ZipMember>;
  /** Names in each folder. */
  readonly #folders: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #info: FileInfo;

  private constructor(
    path: string,
    info: FileInfo,
    members: ReadonlyMap<string, ZipMember>,
    folders: ReadonlyMap<string, ReadonlySet<string>>,
    directoryOffset: number,
  ) {
    this.path = path;
    this.members = members;
    this.#folders = folders;
    this.#info = info;
    this.offsets = new MemberOffsets(path, directoryOffset);
  }

  /**
   * Reads the directory of an archive. The store may be in a folder `*.zarr`, if the archive contains nothing else.
   * @throws {FormatError} if the archive is damaged. @throws {UnsupportedError} if a member is in too many folders.
   */
  static *open({ path, size }: Probe): Io<ZipArchive> {
    const info = yield* statPath(path);
    if (info === null) throw new FormatError('Expected a zip archive, found nothing', { path });
    const { members, directoryOffset } = yield* readZipDirectory(path, size);
    const pace = new Pace(path);
    let prefix: string | null = null;
    for (const { name } of members) {
      if (pace.isDue()) yield* pace.pause();
      const first = name.slice(0, name.indexOf('/') + 1);
      prefix = prefix === null || prefix === first ? first : '';
    }
    const byName = new Map<string, ZipMember>();
    const folders = new Map<string, Set<string>>([['', new Set()]]);
    for (const member of members) {
      if (pace.isDue()) yield* pace.pause();
      const name = member.name.slice(prefix?.endsWith('.zarr/') === true ? prefix.length : 0);
      if (name === '' || name.endsWith('/')) continue;
      byName.set(name, member);
      let child = name;
      let depth = 0;
      for (let slash = child.lastIndexOf('/'); ; slash = child.lastIndexOf('/')) {
        if (pace.isDue()) yield* pace.pause();
        depth += 1;
        if (depth > maxDepth + 1) throw new UnsupportedError(`a zip member in more than ${maxDepth} folders`, path);
        const folder = slash < 0 ? '' : child.slice(0, slash);
        const names = folders.get(folder) ?? new Set();
        const isKnown = folders.has(folder) && names.size > 0;
        names.add(child.slice(slash + 1));
        folders.set(folder, names);
        if (slash < 0 || isKnown) break;
        child = folder;
      }
    }
    return new ZipArchive(path, info, byName, folders, directoryOffset);
  }

  /** Runs a parser that reads members as files below the path of the archive. */
  *run<T>(parser: Io<T>): Io<T> {
    let step = parser.next();
    while (step.done !== true) {
      let reply: IoReply;
      try {
        reply = yield* this.#answer(step.value);
      } catch (error) {
        step = parser.throw(error);
        continue;
      }
      step = parser.next(reply);
    }
    return step.value;
  }

  /** Returns the name of the member or folder at `path`; null if the path is not below the archive. */
  nameOf(path: string): string | null {
    if (path === this.path) return '';
    return path.startsWith(`${this.path}/`) ? path.slice(this.path.length + 1) : null;
  }

  /**
   * Returns a member that can be read.
   * @throws {UnsupportedError} if it is encrypted, or compressed with a method that is not supported. @throws
   * {FormatError} if its sizes contradict each other.
   */
  checked(name: string, member: ZipMember): ZipMember {
    if ((member.flags & 1) !== 0) throw new UnsupportedError(`the encrypted zip member '${name}'`, this.path);
    if (member.method !== zipMethods.stored && member.method !== zipMethods.deflated) {
      throw new UnsupportedError(`the zip member '${name}' of compression method ${member.method}`, this.path);
    }
    if (member.method === zipMethods.stored && member.storedBytes !== member.bytes) {
      const found = `expected ${member.bytes} stored bytes of '${name}', found ${member.storedBytes}`;
      throw new FormatError(`Zip: ${found}`, { path: this.path, offset: member.headerOffset });
    }
    return member;
  }

  *#answer(request: IoRequest): Io<IoReply> {
    switch (request.kind) {
      case 'stat': {
        const name = this.nameOf(request.path);
        return name === null ? yield request : this.#stat(name);
      }
      case 'list': {
        const name = this.nameOf(request.path);
        if (name === null) return yield request;
        const names = this.#folders.get(name);
        return names === undefined ? null : [...names].sort();
      }
      case 'whole': {
        const name = this.nameOf(request.path);
        return name === null ? yield request : yield* this.#whole(name, request.maxBytes);
      }
      case 'slices':
        return yield* this.#slices(request.slices);
      default:
        return yield request;
    }
  }

  #stat(name: string): FileInfo | null {
    const { mtimeMs, ino } = this.#info;
    const member = this.members.get(name);
    if (member !== undefined) return { kind: 'file', size: member.bytes, mtimeMs, ino };
    return this.#folders.has(name) ? { kind: 'directory', size: 0, mtimeMs, ino } : null;
  }

  *#whole(name: string, maxBytes: number): Io<Uint8Array | null> {
    const found = this.members.get(name);
    if (found === undefined) return null;
    const member = this.checked(name, found);
    const { path } = this;
    if (member.bytes > Math.min(maxBytes, member.method === zipMethods.stored ? maxBytes : maxInflatedBytes)) {
      throw new FormatError(`Expected a zip member '${name}' of at most ${maxBytes} bytes, found ${member.bytes}`, {
        path,
      });
    }
    const [offset = 0] = yield* this.offsets.of([member]);
    if (member.method === zipMethods.stored) {
      const [bytes] = yield* readRanges(path, [{ offset, length: member.bytes }]);
      return bytes ?? new Uint8Array(0);
    }
    const stream = { framing: 'raw', offset, length: member.storedBytes } as const;
    const bytes = yield* readInflated(path, stream, member.bytes);
    if (bytes.length === member.bytes) return bytes;
    throw new FormatError(`Expected ${member.bytes} bytes of '${name}', found ${bytes.length}`, { path, offset });
  }

  /** Answers a request for parts of files, of which some may be members. */
  *#slices(slices: readonly SliceRequest[]): Io<readonly (FileSlice | null)[]> {
    const replies = new Array<FileSlice | null>(slices.length).fill(null);
    const wanted: { readonly at: number; readonly slice: SliceRequest; readonly member: ZipMember | null }[] = [];
    for (const [at, slice] of slices.entries()) {
      const name = this.nameOf(slice.path);
      const info = name === null ? null : this.#stat(name);
      if (name === null) wanted.push({ at, slice, member: null });
      else if (info !== null) {
        replies[at] = { info, bytes: new Uint8Array(0) };
        const member = this.members.get(name);
        if (slice.length === 0 || member === undefined) continue;
        if (this.checked(name, member).method !== zipMethods.stored) {
          throw new UnsupportedError(
            `the deflated Zarr shard '${name}' in a zip archive`,
            this.path,
            'Unpack the archive',
          );
        }
        wanted.push({ at, slice, member });
      }
    }
    const starts = yield* this.offsets.of(wanted.flatMap(({ member }) => member ?? []));
    let next = 0;
    const translated = wanted.map(({ slice, member }) => {
      if (member === null) return slice;
      const offset = slice.offset < 0 ? Math.max(0, member.bytes + slice.offset) : Math.min(slice.offset, member.bytes);
      const length = Math.min(slice.length, member.bytes - offset);
      return { path: this.path, offset: (starts[next++] ?? 0) + offset, length };
    });
    const found = yield* readSlices(translated);
    for (const [i, { at, member }] of wanted.entries()) {
      const reply = found[i] ?? null;
      const info = replies[at]?.info;
      replies[at] = member === null || reply === null || info === undefined ? reply : { info, bytes: reply.bytes };
    }
    return replies;
  }
}
