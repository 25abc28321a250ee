/**
 * Reads NumPy's `.npz`, a zip archive of `.npy` members. Uncompressed members are read in place; deflated ones are
 * decoded from restart points. See docs/formats/npy.md.
 * @module
 */
import { FormatError, isPosixParError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../core/validate.js';
import { type Io, readInflated, ready } from '../../io/io.js';
import { chooseArray } from '../choose-array.js';
import { type DeflatedDescriptor, describeDeflated, type StreamPlace } from '../deflate/deflated-array.js';
import { describeStreams, savedStreamsOf } from '../deflate/indexed-streams.js';
import type { SavedStreams } from '../deflate/saved-streams.js';
import { describeFlatGroup } from '../flat-group.js';
import type { ArrayDescriptor, Format, OpenRequest, Probe } from '../format.js';
import type { GroupDescriptor } from '../group.js';
import type { IndexedFile } from '../indexed.js';
import { describeHeader, fileSource, type NpyHeader, type NpySource, readNpyHeader } from '../npy/npy-header.js';
import { describeWholeFile, type WholeFileArray } from '../whole-file.js';
import { locateMember, readZipDirectory, type ZipMember } from '../zip-directory.js';

const suffix = '.npy';
/** The compression method that `numpy.savez_compressed` uses. */
const deflate = 8;
const methods: Readonly<Record<number, string>> = { 9: 'deflate64', 12: 'bzip2', 14: 'lzma', 93: 'zstd' };

/** The `.npz` format. Does not recognise other zip archives. */
export const npz: Format = {
  name: 'npz',

  recognize: (probe: Probe): Io<boolean> => ready(() => isNpz(probe)),

  *open(probe: Probe, request: OpenRequest): Io<ArrayDescriptor> {
    const archive = yield* readArchive(probe, request);
    const { array } = request;
    const wanted = array !== null && !archive.arrays.has(array) ? stripSuffix(array) : array;
    return yield* openMember(archive, chooseArray([...archive.arrays.keys()], wanted, probe.path));
  },

  *openGroup(probe: Probe, request: OpenRequest): Io<GroupDescriptor> {
    const archive = yield* readArchive(probe, request);
    const names = [...archive.arrays.keys()];
    const open = (name: string): Io<ArrayDescriptor> => openMember(archive, name);
    return describeFlatGroup({ format: 'npz', path: probe.path, attributes: {}, names, open }, request.array);
  },

  *indexed(probe: Probe): Io<IndexedFile> {
    const archive = yield* readArchive(probe, { array: null, options: { savedIndex: 'none' } });
    const arrays: { key: string; descriptor: DeflatedDescriptor }[] = [];
    for (const [name, member] of archive.arrays) {
      if (member.method !== deflate || (member.flags & 1) !== 0) continue;
      try {
        arrays.push({ key: member.name, descriptor: yield* openDeflated(archive, name, member) });
      } catch (error) {
        if (!isPosixParError(error, 'UnsupportedError')) throw error;
      }
    }
    return yield* describeStreams(probe.path, arrays);
  },
};

function isNpz(probe: Probe): boolean {
  const { head } = probe;
  if (head[0] !== 0x50 || head[1] !== 0x4b) return false;
  const member = head[2] === 3 && head[3] === 4;
  if (probe.path.toLowerCase().endsWith('.npz')) return member || (head[2] === 5 && head[3] === 6);
  const nameEnd = 30 + (head[26] ?? 0) + 256 * (head[27] ?? 0);
  return member && new TextDecoder('latin1').decode(head.subarray(30, nameEnd)).endsWith(suffix);
}

/** An archive, and its arrays by name without suffix. */
interface Archive {
  readonly path: string;
  readonly size: number;
  readonly directoryOffset: number;
  readonly arrays: ReadonlyMap<string, ZipMember>;
  readonly saved: SavedStreams | null;
}

function* readArchive(probe: Probe, request: OpenRequest): Io<Archive> {
  const { path, size } = probe;
  const options = Fields.ofOptions(request.options);
  options.onlyKnown(['savedIndex'], 'the format npz');
  const { members, directoryOffset } = yield* readZipDirectory(path, size);
  // If a name repeats, the last member is used, as in Python, because programs append new versions to archives.
  const arrays = new Map<string, ZipMember>();
  for (const member of members) {
    if (member.name.endsWith(suffix)) arrays.set(stripSuffix(member.name), member);
  }
  return { path, size, directoryOffset, arrays, saved: savedStreamsOf(path, options) };
}

function* openMember(archive: Archive, name: string): Io<ArrayDescriptor> {
  const { path, size, directoryOffset, arrays } = archive;
  const member = arrays.get(name);
  if (member === undefined) throw new FormatError(`Expected the zip member '${name}${suffix}'`, { path });
  checkMember(member, path);
  if (member.method === deflate) return yield* openDeflated(archive, name, member);
  const start = yield* locateMember(path, member, directoryOffset);
  const end = start + member.bytes;
  const header = yield* readNpyHeader(fileSource(path), start, end);
  return describeWholeFile({ ...arrayOf(path, name, header), dataFileSize: size, end });
}

function* openDeflated(archive: Archive, name: string, member: ZipMember): Io<DeflatedDescriptor> {
  const { path, directoryOffset, saved } = archive;
  const offset = yield* locateMember(path, member, directoryOffset);
  const { bytes, storedBytes, crc32 } = member;
  const stream = { framing: 'raw', offset, length: storedBytes, decodedBytes: bytes, crc32 } as const;
  const header = yield* readNpyHeader(inflatedSource(path, stream), 0, bytes);
  return describeDeflated({ ...arrayOf(path, name, header), end: bytes, stream, key: member.name, saved });
}

/** Returns a source from which the npy header at the start of a compressed member can be read. */
function inflatedSource(path: string, stream: StreamPlace): NpySource {
  let head: Uint8Array = new Uint8Array(0);
  return {
    path,
    *read(offset: number, length: number, what: string): Io<Uint8Array> {
      const end = offset + length;
      if (head.length < end) head = yield* readInflated(path, stream, end);
      if (head.length < end) {
        const found = Math.max(0, head.length - offset);
        const message = `Expected ${length} bytes of ${what}, found ${found} in the compressed member`;
        throw new FormatError(message, { path, offset: stream.offset });
      }
      return head.subarray(offset, end);
    },
  };
}

/** Returns the properties of an array that its npy header contains. */
function arrayOf(path: string, name: string, header: NpyHeader): Omit<WholeFileArray, 'dataFileSize'> {
  return { format: 'npz', path, name, ...describeHeader(header) };
}

function stripSuffix(name: string): string {
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function checkMember(member: ZipMember, path: string): void {
  if ((member.flags & 1) !== 0) throw new UnsupportedError(`the encrypted npz member '${member.name}'`, path);
  if (member.method !== 0 && member.method !== deflate) {
    const method = methods[member.method] ?? `method ${member.method}`;
    throw new UnsupportedError(
      `the npz member '${member.name}', compressed with ${method}`,
      path,
      'Write the file with numpy.savez or numpy.savez_compressed',
    );
  }
  if (member.method === 0 && member.storedBytes !== member.bytes) {
    throw new FormatError(
      `Expected a stored member of ${member.bytes} bytes, found ${member.storedBytes} for '${member.name}'`,
      { path, offset: member.headerOffset },
    );
  }
}
